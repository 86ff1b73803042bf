import { describe, expect, test } from 'vitest';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKdump } from '../../dumps/build/kdump.ts';
import { note } from '../../dumps/build/notes.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { runTranscript } from '../../dumps/transcript.ts';
import { DumpError } from '../../src/base/errors.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Dump } from '../../src/dump/types.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { block, file } from './builders.ts';

/** What other readers of dumps have found worth a test of its own, and this one had none of yet. */
const PAGE = 4096;
const page = new Uint8Array(PAGE);
const blocks = (...numbers: number[]) => new Map(numbers.map((n) => [n, block(n)]));
const open = (...files: Uint8Array[]): Dump => openDump(files.map(file));
/** The block's number when a page has its bytes, else the page's status. */
const contentOf = ({ memory }: Dump, pfn: number, candidates: readonly number[]) => {
  const status = memory.readPage(pfn, page);
  return status === 'present'
    ? candidates.find((n) => Buffer.compare(block(n), page) === 0)
    : status;
};

describe('a dump without a page', () => {
  test.each([
    ['x86_64', 8, true],
    ['i686', 4, false],
    ['s390x', 8, true],
    ['ppc64', 8, true],
  ] as const)('of %s opens, and has none', (machine, wordSize, alignedOff) => {
    const dump = open(
      buildKdump({ machine, wordSize, alignedOff, maxMapnr: 64, blocks: new Map() }),
    );
    expect([...dump.memory.runs()]).toEqual([{ start: 0, end: 64, status: 'not-ram' }]);
    expect(dump.memory.readPage(3, page)).toBe('not-ram');
    expect(dump.facts.machine).toBe(machine === 'i686' ? 'i386' : machine);
    expect(dump.facts.warnings).toEqual([]);
  });

  test('of no page frames at all has no bitmaps, and is refused as damaged', () => {
    const bytes = buildKdump({ maxMapnr: 0, blocks: new Map() });
    expect(() => open(bytes)).toThrow(/damaged kdump header: .*bitmap blocks 0/);
  });

  test.each(['s390x', 'ppc64', 'aarch64'])('of %s is no kernel that can be read', (machine) => {
    const dump = open(
      buildKdump({ machine, maxMapnr: 8, blocks: blocks(1), vmcoreinfo: 'OSRELEASE=6.1.0\n' }),
    );
    expect(() => openTarget(dump)).toThrow(new RegExp(machine));
  });
});

test('a page that is read again and again, and others between, is the same each time', () => {
  for (const packing of ['raw', 'zlib', 'lzo', 'snappy', 'zstd'] as const) {
    const dump = open(buildKdump({ maxMapnr: 16, blocks: blocks(2, 9), packing }));
    for (const pfn of [2, 9, 2, 2, 9, 9, 2]) expect(contentOf(dump, pfn, [2, 9])).toBe(pfn);
  }
});

describe('parts of a split set', () => {
  const parts = [
    { start: 0, end: 20 },
    { start: 20, end: 40 },
    { start: 40, end: 64 },
  ].map((split) => buildKdump({ maxMapnr: 64, blocks: blocks(3, 25, 60), packing: 'lzo', split }));

  test('may all be flattened', () => {
    const dump = open(...parts.map((part) => flatten(recordsOf(part, 900).reverse())).reverse());
    expect([3, 25, 60].map((pfn) => contentOf(dump, pfn, [3, 25, 60]))).toEqual([3, 25, 60]);
    expect(dump.facts).toMatchObject({ flattened: true, incomplete: false, warnings: [] });
  });

  test('given twice are the same set', () => {
    const dump = open(...parts, ...parts);
    expect([3, 25, 60].map((pfn) => contentOf(dump, pfn, [3, 25, 60]))).toEqual([3, 25, 60]);
  });

  test('that overlap give each page once, and right', () => {
    const wide = buildKdump({
      maxMapnr: 64,
      blocks: blocks(3, 25, 60),
      packing: 'lzo',
      split: { start: 10, end: 64 },
    });
    const dump = open(parts[0] as Buffer, wide);
    expect([3, 25, 60].map((pfn) => contentOf(dump, pfn, [3, 25, 60]))).toEqual([3, 25, 60]);
  });
});

describe('ELF segments', () => {
  const bytesOf = (...numbers: number[]) => Buffer.concat(numbers.map((n) => block(n)));

  test('may hold a page twice, the first time cut off: the second has the rest', () => {
    const whole = block(5);
    const dump = open(
      buildElf({
        segments: [
          { physical: 4 * PAGE, bytes: Buffer.concat([block(4), whole.subarray(0, 1000)]) },
          { physical: 5 * PAGE, bytes: bytesOf(5, 6) },
        ],
      }),
    );
    expect([4, 5, 6].map((pfn) => contentOf(dump, pfn, [4, 5, 6]))).toEqual([4, 5, 6]);
  });

  test('may have virtual addresses that are physical ones of others', () => {
    const dump = open(
      buildElf({
        segments: [
          { physical: PAGE, virtual: BigInt(8 * PAGE), bytes: bytesOf(1) },
          { physical: 8 * PAGE, virtual: BigInt(PAGE), bytes: bytesOf(8) },
        ],
      }),
    );
    expect([1, 8].map((pfn) => contentOf(dump, pfn, [1, 8]))).toEqual([1, 8]);
    // Neither is a kernel address: nothing is translated by them.
    expect(dump.facts.mappings).toEqual([]);
  });

  test('of a last page that is not whole are read as far as they go', () => {
    const dump = open(
      buildElf({ segments: [{ physical: 2 * PAGE, bytes: block(2).subarray(0, 100) }] }),
    );
    expect(dump.memory.readPage(2, page)).toBe('present');
    expect(page.subarray(0, 100)).toEqual(block(2).subarray(0, 100));
    expect(page.subarray(100).every((byte) => byte === 0)).toBe(true);
  });

  test('beside notes of another kind, of Xen and of erased data, are read all the same', () => {
    const notes = Buffer.concat([
      note('Xen', 3, new Uint8Array(200).fill(0xff)),
      note('ERASEINFO', 0, Buffer.from('erase init_task.comm\n')),
      note('XEN CORE', 0x1000002, new Uint8Array(16)),
      note('VMCOREINFO_XEN', 0, Buffer.from('OSRELEASE=4.17\n')),
      note('VMCOREINFO', 0, Buffer.from('OSRELEASE=6.1.0\n')),
    ]);
    const dump = open(
      buildElf({
        segments: [
          { type: 4, bytes: notes },
          { physical: PAGE, bytes: bytesOf(1) },
        ],
      }),
    );
    expect(dump.facts.vmcoreinfo).toBe('OSRELEASE=6.1.0\n');
    expect(dump.facts.cpus).toEqual([]);
    expect(contentOf(dump, 1, [1])).toBe(1);
  });

  test('of machines with unknown registers have notes without registers', () => {
    // EM_PPC64, EM_S390, EM_RISCV, EM_ARM
    for (const machine of [21, 22, 243, 40]) {
      const notes = note('CORE', 1, new Uint8Array(504));
      const dump = open(
        buildElf({
          machine,
          segments: [
            { type: 4, bytes: notes },
            { physical: PAGE, bytes: bytesOf(1) },
          ],
        }),
      );
      expect(dump.facts.cpus.map(({ registers }) => registers)).toEqual([{}]);
      expect(dump.facts.machine).not.toBe('x86_64');
    }
  });
});

describe('a kernel whose notes say little', () => {
  const built = healthy.build();
  const lines = ['ps', 'bt 94', 'vtop ffff9d4240170000', 'rd -p 600000', 'sym schedule', 'log'];
  const say = async (vmcoreinfo: string) =>
    runTranscript(openTarget(open(built.kdump({ vmcoreinfo }))), lines);
  const without = (pattern: RegExp) =>
    built.vmcoreinfo
      .split('\n')
      .filter((line) => !pattern.test(line))
      .join('\n');

  test.each([
    ['no release', /^OSRELEASE/],
    ['no numbers, sizes and offsets', /^(OSRELEASE|NUMBER|SIZE|OFFSET|LENGTH|KERNELOFFSET)/],
    ['no places of kallsyms, and no phys_base', /^(SYMBOL\(kallsyms|NUMBER\(phys|KERNELOFFSET)/],
  ])('answers as with all of them: %s', async (_, pattern) => {
    expect(without(pattern).length).toBeLessThan(built.vmcoreinfo.length);
    expect(await say(without(pattern))).toEqual(await say(built.vmcoreinfo));
  });

  test('or nothing at all is refused by name', () => {
    const dump = open(built.kdump({ vmcoreinfo: '' }));
    expect(() => openTarget(dump)).toThrow(DumpError);
    expect(() => openTarget(dump)).toThrow(/page tables cannot be found/);
  });
});
