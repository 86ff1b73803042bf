import { describe, expect, test } from 'vitest';
import { openDisassembler } from '../../../src/arch/disassembler.ts';
import type { Instruction } from '../../../src/arch/instruction.ts';

const BASE = 0xffffffff81000000n;
const WIDE = openDisassembler({ name: 'x86_64' });
const NARROW = openDisassembler({ name: 'i386' });
const decode = (hexBytes: string): Instruction[] => [
  ...WIDE.decode(Buffer.from(hexBytes.replaceAll(' ', ''), 'hex'), BASE),
];
const text = (hexBytes: string): string | undefined => decode(hexBytes)[0]?.text;

describe('instructions are written as gdb writes them', () => {
  // Each pair was printed by gdb 10 inside crash 8.0.6 for these bytes of a kernel.
  test.each([
    ['0f 1f 44 00 00', 'nopl   0x0(%rax,%rax,1)'],
    ['66 66 2e 0f 1f 84 00 00 00 00 00', 'data16 nopw %cs:0x0(%rax,%rax,1)'],
    ['2e 0f 1f 84 00 00 00 00 00', 'nopl   %cs:0x0(%rax,%rax,1)'],
    ['90', 'nop'],
    ['66 90', 'xchg   %ax,%ax'],
    ['c3', 'ret    '],
    ['cc', 'int3   '],
    ['0f 0b', 'ud2    '],
    ['f3 0f 1e fa', 'endbr64 '],
    ['0f 01 f8', 'swapgs '],
    ['48 0f 07', 'sysretq '],
    ['48 cb', 'lretq  '],
    ['cf', 'iret   '],
    ['f3 a4', 'rep movsb %ds:(%rsi),%es:(%rdi)'],
    ['f3 48 ab', 'rep stos %rax,%es:(%rdi)'],
    ['af', 'scas   %es:(%rdi),%eax'],
    ['48 d1 ea', 'shr    %rdx'],
    ['48 c1 ea 20', 'shr    $0x20,%rdx'],
    ['45 69 e4 fa 00 00 00', 'imul   $0xfa,%r12d,%r12d'],
    ['ff 77 28', 'push   0x28(%rdi)'],
    ['ff 10', 'call   *(%rax)'],
    ['ed', 'in     (%dx),%eax'],
    ['0f 01 c8', 'monitor %rax,%ecx,%edx'],
    ['0f 01 c9', 'mwait  %eax,%ecx'],
    ['0f 21 d0', 'mov    %db2,%rax'],
    ['48 8d 04 d0', 'lea    (%rax,%rdx,8),%rax'],
    ['65 48 8b 1c 25 80 fb 01 00', 'mov    %gs:0x1fb80,%rbx'],
    ['48 83 e0 f0', 'and    $0xfffffffffffffff0,%rax'],
    ['48 b8 00 01 00 00 00 00 ad de', 'movabs $0xdead000000000100,%rax'],
    ['2e e8 00 00 00 00', 'cs call 0xffffffff81000006'],
    ['67 e8 00 00 00 00', 'addr32 call 0xffffffff81000006'],
  ])('%s', (bytes, expected) => {
    expect(text(bytes)).toBe(expected);
  });
});

describe('i386 code is decoded as 32-bit code', () => {
  // Printed by the same gdb, told that the machine is an i386, for bytes of a 32-bit kernel.
  test.each([
    ['40', 'inc    %eax'],
    ['48 0f 07', 'dec    %eax'],
    ['8d b4 26 00 00 00 00', 'lea    0x0(%esi,%eiz,1),%esi'],
    ['8d 04 64', 'lea    (%esp,%eiz,2),%eax'],
    ['2b 04 25 28 00 00 00', 'sub    0x28(,%eiz,1),%eax'],
    ['03 14 e5 60 cb 39 9e', 'add    -0x61c634a0(,%eiz,8),%edx'],
    ['8d 74 24 08', 'lea    0x8(%esp),%esi'],
    ['ff 76 08', 'push   0x8(%esi)'],
    ['ff 15 6c 5a ac c1', 'call   *0xc1ac5a6c'],
    ['ff 62 18', 'jmp    *0x18(%edx)'],
    ['8f 45 d0', 'pop    -0x30(%ebp)'],
    ['0f 01 55 fa', 'lgdtl  -0x6(%ebp)'],
    ['0f 01 c8', 'monitor %eax,%ecx,%edx'],
    ['9b', 'fwait'],
    ['f2 ae', 'repnz scas %es:(%edi),%al'],
    ['f3 a6', 'repz cmpsb %es:(%edi),%ds:(%esi)'],
    ['64 a1 00 00 00 00', 'mov    %fs:0x0,%eax'],
  ])('%s', (bytes, expected) => {
    const code = Buffer.from(bytes.replaceAll(' ', ''), 'hex');
    expect([...NARROW.decode(code, 0xc1000000n)][0]?.text).toBe(expected);
  });

  test('a branch stays in 32 bits', () => {
    const [call] = NARROW.decode(Buffer.from('e800000080', 'hex'), 0xc1000000n);
    expect(call?.reference).toEqual({ kind: 'branch', address: 0x41000005n });
  });
});

describe('decoding', () => {
  test('a rip-relative operand and a direct branch say what they refer to', () => {
    expect(decode('8b 05 10 00 00 00')[0]?.reference).toEqual({
      kind: 'memory',
      address: BASE + 0x16n,
    });
    expect(decode('eb fe')[0]).toMatchObject({
      flow: 'jump',
      reference: { kind: 'branch', address: BASE },
    });
    expect(decode('ff e0')[0]).toMatchObject({ flow: 'jump' });
    expect(decode('ff e0')[0]?.reference).toBeUndefined();
  });

  test('bytes that are no instruction are taken one at a time, and decoding goes on behind them', () => {
    expect(decode('06 07 0e 90').map(({ text, length }) => [text.trim(), length])).toEqual([
      ['(bad)', 1],
      ['(bad)', 1],
      ['(bad)', 1],
      ['nop', 1],
    ]);
  });

  test('an instruction that the end cuts off is not given', () => {
    expect(decode('90 48 b8 00 01')).toHaveLength(1);
  });

  test('random bytes give instructions that cover them without a gap', () => {
    let seed = 12345;
    const bytes = Uint8Array.from({ length: 4096 }, () => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed >> 16;
    });
    let at = BASE;
    for (const { address, length } of WIDE.decode(bytes, BASE)) {
      expect(address).toBe(at);
      expect(length).toBeGreaterThan(0);
      at += BigInt(length);
    }
    expect(Number(at - BASE)).toBeGreaterThan(4096 - 15);
  });
});
