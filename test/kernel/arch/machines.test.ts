import { describe, expect, test } from 'vitest';
import { openDisassembler } from '../../../src/arch/disassembler.ts';
import { va } from '../../../src/base/address.ts';
import { DumpError } from '../../../src/base/errors.ts';
import type { DumpFacts } from '../../../src/dump/types.ts';
import { machineNamed, machineOfVmcoreinfo, machines } from '../../../src/kernel/arch/index.ts';
import { parseVmcoreinfo } from '../../../src/symbols/vmcoreinfo.ts';
import { registerOffset, registersSize } from '../../../src/unwind/types.ts';

/** A VMCOREINFO of each machine, with what tells it from the others. */
const INFO: Readonly<Record<string, string>> = {
  x86_64: 'OSRELEASE=6.1.0\nSYMBOL(swapper_pg_dir)=ffffffff82610000\nNUMBER(phys_base)=0\n',
  i386: 'OSRELEASE=2.6.36\nSYMBOL(swapper_pg_dir)=c1400000\n',
};
const infoOf = (name: string) => parseVmcoreinfo(INFO[name] ?? '');
const NO_FACTS = { cpus: [], mappings: [], physBase: undefined } as unknown as DumpFacts;

describe('a machine', () => {
  test('of an unknown name is refused, with the known ones', () => {
    expect(() => machineNamed('s390x')).toThrow(DumpError);
    expect(() => machineNamed('s390x')).toThrow('dumps of s390x machines are not supported');
    expect(() => machineNamed('constructor')).toThrow(DumpError);
  });

  test('that a dump does not name is told by VMCOREINFO, or is refused', () => {
    for (const { name } of machines) expect(machineOfVmcoreinfo(infoOf(name)).name).toBe(name);
    expect(() => machineOfVmcoreinfo(parseVmcoreinfo('OSRELEASE=6.1.0\n'))).toThrow(
      'the dump does not say what machine it is of',
    );
    // arm64's image may lie as high; its VMCOREINFO says how far it was moved.
    const arm = `${INFO.x86_64}NUMBER(kimage_voffset)=0xffffc87c00c00000\n`;
    expect(() => machineOfVmcoreinfo(parseVmcoreinfo(arm))).toThrow(DumpError);
  });

  test.each(machines.map((machine) => [machine.name, machine] as const))(
    '%s finds its paging by VMCOREINFO alone, and says so when it cannot',
    (name, machine) => {
      const { arch, root } = machine.findPaging(NO_FACTS, infoOf(name));
      expect(arch.name).toBe(name);
      expect(root % BigInt(2 ** arch.pageShift)).toBe(0n);
      expect(() => machine.findPaging(NO_FACTS, parseVmcoreinfo(''))).toThrow(
        'the kernel page tables cannot be found',
      );
    },
  );

  test.each(machines.map((machine) => [machine.name, machine] as const))(
    '%s has two halves that fit each other',
    (name, machine) => {
      const { arch } = machine.findPaging(NO_FACTS, infoOf(name));
      const { abi } = machine.stacks;
      expect(abi.wordSize).toBe(arch.pointerSize);
      expect(abi.registers).toContain('ip');
      expect(registersSize(abi)).toBe(abi.registers.length * arch.pointerSize);
      expect(registerOffset(abi, 'sp') - registerOffset(abi, 'ip')).toBe(3 * abi.wordSize);
      expect(arch.levelShift('PTE')).toBe(arch.pageShift);
      expect(arch.levelShift(arch.levels[0] ?? 'PTE')).toBeGreaterThan(arch.pageShift);
      expect(arch.isUser(va(arch.userEnd - 1n))).toBe(true);
      expect(arch.isUser(va(arch.userEnd))).toBe(false);
      expect(arch.isUser(va(arch.kernelStart))).toBe(false);
      expect(openDisassembler(arch).maxLength).toBeGreaterThan(arch.callSite.bytes - 1);
    },
  );
});

describe('the root of the page tables', () => {
  test('is what a CPU had in CR3, without the bits that are no address', () => {
    const [wide, narrow] = [machineNamed('x86_64'), machineNamed('i386')];
    expect(wide.rootsOf({ cr3: 0x1234_5801n })).toEqual([0x1234_5000n, 0x1234_4000n]);
    expect(narrow.rootsOf({ cr3: 0x01f2_4828n })).toEqual([0x01f2_4820n]);
    for (const machine of machines) expect(machine.rootsOf({})).toEqual([]);
  });
});
