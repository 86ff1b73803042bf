import { describe, expect, it } from 'vitest';
import { buildElf, type ElfSpec, type SegmentSpec } from '../../dumps/build/elf.ts';
import { note } from '../../dumps/build/notes.ts';
import { openDump } from '../../src/dump/open.ts';
import { effort } from '../run/effort.ts';
import { block, file } from './builders.ts';

const PAGE = 4096;
const page = new Uint8Array(PAGE);
const open = (segments: readonly SegmentSpec[], more: Omit<ElfSpec, 'segments'> = {}) =>
  openDump([file(buildElf({ segments, ...more }))]);
const bytesOf = (...numbers: number[]) => Buffer.concat(numbers.map((n) => block(n)));

describe('ELF cores', () => {
  it('bytes beyond p_filesz are excluded, what no segment covers is not RAM', () => {
    const { memory, facts } = open([
      { physical: 2 * PAGE, bytes: bytesOf(2, 3), memorySize: 4 * PAGE },
    ]);
    expect([1, 2, 3, 4, 5, 6].map((pfn) => memory.readPage(pfn, page))).toEqual([
      'not-ram',
      'present',
      'present',
      'excluded',
      'excluded',
      'not-ram',
    ]);
    expect([...memory.runs()]).toEqual([
      { start: 0, end: 2, status: 'not-ram' },
      { start: 2, end: 4, status: 'present' },
      { start: 4, end: 6, status: 'excluded' },
    ]);
    expect(facts).toMatchObject({
      format: 'ELF',
      container: 'elf',
      machine: 'x86_64',
      incomplete: false,
    });
  });

  it('segments may come in any order', () => {
    const { memory } = open([
      { physical: 9 * PAGE, bytes: bytesOf(9) },
      { physical: 0, bytes: bytesOf(0, 1) },
      { physical: 5 * PAGE, bytes: bytesOf(5) },
    ]);
    for (const pfn of [0, 1, 5, 9]) {
      expect(memory.readPage(pfn, page)).toBe('present');
      expect(page).toEqual(block(pfn));
    }
  });

  it('where segments overlap, bytes win over holes, then the first segment wins', () => {
    const { memory } = open([
      { physical: 0, memorySize: 8 * PAGE },
      { physical: PAGE, bytes: bytesOf(1, 2) },
      { physical: 2 * PAGE, bytes: bytesOf(72, 73) },
      { physical: 3 * PAGE, bytes: bytesOf(83, 84, 85) },
    ]);
    const found = [0, 1, 2, 3, 4, 5, 6].map((pfn) => {
      const status = memory.readPage(pfn, page);
      return status === 'present'
        ? [1, 2, 73, 84, 85].find((n) => Buffer.compare(block(n), page) === 0)
        : status;
    });
    expect(found).toEqual(['excluded', 1, 2, 73, 84, 85, 'excluded']);
  });

  it('a page pieced together from two segments has the bytes of both', () => {
    const { memory } = open([
      { physical: 0x1800, bytes: new Uint8Array(0x800).fill(2) },
      { physical: 0x1000, bytes: new Uint8Array(0x400).fill(1) },
    ]);
    expect(memory.readPage(1, page)).toBe('present');
    expect([page[0], page[0x3ff], page[0x400], page[0x7ff], page[0x800], page[0xfff]]).toEqual([
      1, 1, 0, 0, 2, 2,
    ]);
  });

  it.each([
    ['a 32-bit container', { bits: 32 }],
    ['PN_XNUM', { extendedCount: true }],
    ['what QEMU 7.2 writes', { likeQemu: true }],
  ] as const)('%s opens', (_, more) => {
    const { memory, facts } = open(
      [
        { physical: PAGE, bytes: bytesOf(1) },
        { physical: 7 * PAGE, bytes: bytesOf(7) },
      ],
      more,
    );
    expect(memory.readPage(7, page)).toBe('present');
    expect(page).toEqual(block(7));
    expect(facts.header).toContainEqual(['e_phnum', '2']);
  });

  it('a segment of the kernel map is a mapping; one that repeats its physical address is not', () => {
    const { facts } = open([
      { physical: 0x1000000, virtual: 0xffffffff81000000n, bytes: bytesOf(1) },
      { physical: 0x5000, virtual: 0x5000n, bytes: bytesOf(5) },
    ]);
    expect(facts.mappings).toEqual([
      { virtual: 0xffffffff81000000n, physical: 0x1000000n, size: 4096n },
    ]);
  });

  it('big-endian cores are refused by name', () => {
    expect(() => open([{ bytes: bytesOf(1) }], { bigEndian: true })).toThrow(/big-endian ELF/);
  });

  it('a core without memory is refused', () => {
    expect(() => open([{ type: 4, bytes: new Uint8Array(12) }])).toThrow(
      /an ELF core without memory/,
    );
  });

  it('a segment that wraps round the address space is ignored, and said', () => {
    const wild = { physical: Number.MAX_SAFE_INTEGER, bytes: bytesOf(1) };
    const { memory, facts } = open([wild, { physical: PAGE, bytes: bytesOf(1) }]);
    expect(memory.maxPfn).toBe(2);
    expect(facts.warnings).toEqual(['1 segments have no usable physical address, ignored']);
  });

  it('a hundred thousand segments that overlap each other open in a moment', () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({
      physical: i * PAGE,
      memorySize: 2 ** 40 - i,
    }));
    const cost = effort(() => {
      const { memory } = open([...many, { physical: 5 * PAGE, bytes: bytesOf(5) }], {
        extendedCount: true,
      });
      expect(memory.readPage(5, page)).toBe('present');
      expect(memory.readPage(6, page)).toBe('excluded');
    }, 1);
    expect(cost).toBeLessThan(150);
  });
});

describe('notes', () => {
  const registers = Buffer.alloc(336);
  registers.writeInt32LE(149, 32);
  registers.writeBigUInt64LE(0xffffffff81234567n, 112 + 16 * 8);
  registers.writeBigUInt64LE(0xffffc90000123000n, 112 + 19 * 8);
  const qemu = Buffer.alloc(440);
  qemu.writeUInt32LE(1, 0);
  qemu.writeUInt32LE(440, 4);
  qemu.writeBigUInt64LE(0xffffffff8abcdef0n, 8 + 16 * 8);
  qemu.writeBigUInt64LE(0xfffffe0000000000n, 8 + 18 * 8 + 9 * 24 + 16);
  qemu.writeBigUInt64LE(0x1234000n, 8 + 18 * 8 + 240 + 3 * 8);
  const memory = { physical: PAGE, bytes: bytesOf(1) };
  const withNotes = (...notes: Buffer[]) =>
    open([{ type: 4, bytes: Buffer.concat(notes) }, memory]).facts;

  it('NT_PRSTATUS and QEMU notes give registers by the names of pt_regs', () => {
    const { cpus } = withNotes(
      note('CORE', 1, registers),
      note('CORE', 1, registers),
      note('QEMU', 0, qemu),
    );
    expect(cpus.map(({ cpu, source, pid }) => [cpu, source, pid])).toEqual([
      [0, 'prstatus', 149],
      [1, 'prstatus', 149],
      [0, 'qemu', 0],
    ]);
    expect(cpus[0]?.registers).toMatchObject({ ip: 0xffffffff81234567n, sp: 0xffffc90000123000n });
    expect(cpus[2]?.registers).toMatchObject({
      ip: 0xffffffff8abcdef0n,
      cr3: 0x1234000n,
      idt: 0xfffffe0000000000n,
    });
  });

  it('VMCOREINFO is found after a note of an odd length', () => {
    const facts = withNotes(
      note('LINUX', 7, Buffer.alloc(13)),
      note('VMCOREINFO', 0, Buffer.from('A=1\nB=2\n')),
    );
    expect(facts.vmcoreinfo).toBe('A=1\nB=2\n');
  });

  it('a note longer than its segment ends the list, and what came before stays', () => {
    const wild = note('CORE', 1, registers);
    wild.writeUInt32LE(0xfffffff0, 4);
    expect(
      withNotes(note('CORE', 1, registers), wild, note('CORE', 1, registers)).cpus,
    ).toHaveLength(1);
  });

  it('a short NT_PRSTATUS gives the registers that it has', () => {
    const { cpus } = withNotes(note('CORE', 1, registers.subarray(0, 128)));
    expect(Object.keys(cpus[0]?.registers ?? {})).toEqual(['r15', 'r14']);
  });
});
