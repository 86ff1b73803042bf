import { describe, expect, test } from 'vitest';
import { plus, va } from '../../../../src/base/address.ts';
import { interruptGates } from '../../../../src/kernel/arch/x86/interrupt-gates.ts';
import { I386_ABI, X86_64_ABI } from '../../../../src/kernel/arch/x86/stack-abi.ts';
import { readPtRegs } from '../../../../src/unwind/pt-regs.ts';
import { registerOffset, registersSize } from '../../../../src/unwind/types.ts';
import { fakeTarget, Pieces } from '../../fake-target.ts';
import { DUMPS, needsDumps, sharedTarget } from '../../shared-dumps.ts';

const AT = va(0xc1000000n);

describe('struct pt_regs', () => {
  test('of i386 that interrupted the kernel has no sp: the stack goes on in its place', () => {
    const words = new Map<bigint, bigint>([[plus(AT, registerOffset(I386_ABI, 'cs')), 0x60n]]);
    const saved = readPtRegs((at) => words.get(at) ?? 0n, AT, I386_ABI);
    expect(saved?.user).toBe(false);
    expect(saved?.registers.sp).toBe(AT + BigInt(registerOffset(I386_ABI, 'sp')));
  });

  test('of virtual 8086 mode is of user space, whatever its code segment', () => {
    expect(I386_ABI.isUser({ cs: 0x1000n, flags: 1n << 17n })).toBe(true);
    expect(I386_ABI.isUser({ cs: 0x60n, flags: 2n })).toBe(false);
    expect(X86_64_ABI.isUser({ cs: 0x33n })).toBe(true);
  });

  test('of FRED has more than the selector in the word of cs', () => {
    const words = new Map<bigint, bigint>([
      [plus(AT, registerOffset(X86_64_ABI, 'cs')), 0x1234_0000_0010n],
    ]);
    const saved = readPtRegs((at) => words.get(at) ?? 0n, AT, X86_64_ABI);
    expect(saved?.registers.cs).toBe(0x10n);
  });
});

describe('an interrupt gate', () => {
  test('has its handler in three pieces of 16 bytes', () => {
    const memory = new Pieces();
    const table = memory.piece(AT, 256 * 16);
    table.setUint16(14 * 16, 0x5678, true);
    table.setUint16(14 * 16 + 6, 0x8234, true);
    table.setUint32(14 * 16 + 8, 0xffffffff, true);
    const gates = [...interruptGates(fakeTarget(memory, '', { idt_table: AT }))];
    expect(gates).toHaveLength(256);
    expect(gates[14]).toEqual({ vector: 14, handler: 0xffff_ffff_8234_5678n });
  });
});

describe('the registers of x86_64', needsDumps, () => {
  test.each(DUMPS)('are the members of struct pt_regs as %s has them', (name) => {
    const { types } = sharedTarget(name);
    expect(registersSize(X86_64_ABI)).toBe(types.sizeof('pt_regs'));
    for (const register of X86_64_ABI.registers) {
      const member = types.findMember('pt_regs', register);
      expect(member?.offset, register).toBe(registerOffset(X86_64_ABI, register));
    }
  });
});
