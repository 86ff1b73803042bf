import { describe, expect, it } from 'vitest';
import { buildKdump, type KdumpSpec, type Packing } from '../../dumps/build/kdump.ts';
import { openDump } from '../../src/dump/open.ts';
import type { PhysicalMemory } from '../../src/dump/types.ts';
import { block, file } from './builders.ts';

const page = new Uint8Array(4096);
const statuses = (memory: PhysicalMemory, from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => memory.readPage(from + i, page));
const pageOf = (memory: PhysicalMemory, pfn: number) => {
  const target = new Uint8Array(4096);
  expect(memory.readPage(pfn, target)).toBe('present');
  return target;
};
const blocks = (...numbers: number[]) => new Map(numbers.map((n) => [n, block(n)]));
const open = (spec: KdumpSpec) => openDump([file(buildKdump(spec))]);

describe('kdump-compressed files', () => {
  const packings: Packing[] = ['raw', 'zlib', 'lzo', 'snappy', 'zstd'];
  it.each(packings)('%s pages come back as they were', (packing) => {
    const { memory, facts } = open({ maxMapnr: 100, blocks: blocks(0, 1, 40, 99), packing });
    for (const pfn of [99, 0, 40, 1]) expect(pageOf(memory, pfn)).toEqual(block(pfn));
    expect(facts.format).toBe(`kdump v6 (${packing})`);
  });

  it('a page that is RAM but not dumped is excluded; one that is not RAM is not', () => {
    const { memory } = open({ maxMapnr: 100, ram: [5, 6], blocks: blocks(7) });
    expect(statuses(memory, 4, 9)).toEqual([
      'not-ram',
      'excluded',
      'excluded',
      'present',
      'not-ram',
    ]);
    expect(memory.readPage(100, page)).toBe('not-ram');
    expect([...memory.runs()]).toEqual([
      { start: 0, end: 5, status: 'not-ram' },
      { start: 5, end: 7, status: 'excluded' },
      { start: 7, end: 8, status: 'present' },
      { start: 8, end: 100, status: 'not-ram' },
    ]);
    expect([...memory.runs(6, 8)]).toEqual([
      { start: 6, end: 7, status: 'excluded' },
      { start: 7, end: 8, status: 'present' },
    ]);
  });

  it('runs agree with status, page by page, across words of the bitmap', () => {
    const dumped = Array.from({ length: 400 }, (_, i) => i).filter(
      (i) => (i * i) % 7 < 2 || (i > 128 && i < 224),
    );
    const ram = Array.from({ length: 350 }, (_, i) => i).filter((i) => i % 64 !== 5);
    const { memory } = open({ maxMapnr: 500, ram, blocks: blocks(...dumped) });
    for (const { start, end, status } of memory.runs(3, 490)) {
      for (let pfn = start; pfn < end; pfn++)
        expect([pfn, memory.status(pfn)]).toEqual([pfn, status]);
    }
  });

  it.each([1, 2, 3, 4, 5, 6])('version %i says what its sub-header knows', (version) => {
    const { facts, memory } = open({
      version,
      maxMapnr: 64,
      blocks: blocks(3),
      vmcoreinfo: 'OSRELEASE=6.1\n',
    });
    expect(facts.vmcoreinfo).toBe(version >= 3 ? 'OSRELEASE=6.1\n' : undefined);
    expect(facts.dumpLevel).toBe(31);
    expect(facts.physBase).toBe(0x1000000n);
    expect(pageOf(memory, 3)).toEqual(block(3));
  });

  it.each([
    ['i686', false],
    ['armv7l', true],
  ] as const)('32-bit headers of %s are told apart', (machine, alignedOff) => {
    const spec: KdumpSpec = {
      wordSize: 4,
      alignedOff,
      machine,
      maxMapnr: 64,
      blocks: blocks(9),
      vmcoreinfo: 'A=1\n',
    };
    const { facts, memory } = open(spec);
    expect(facts.vmcoreinfo).toBe('A=1\n');
    expect(memory.maxPfn).toBe(64);
    expect(pageOf(memory, 9)).toEqual(block(9));
  });

  it('a block of 64 KiB is sixteen pages', () => {
    const big = new Map([[2, block(2, 65536)]]);
    const { memory } = open({
      blockSize: 65536,
      maxMapnr: 4,
      ram: [1],
      blocks: big,
      packing: 'zlib',
    });
    expect(memory.maxPfn).toBe(64);
    expect(pageOf(memory, 35)).toEqual(block(2, 65536).subarray(3 * 4096, 4 * 4096));
    expect([memory.status(15), memory.status(16), memory.status(48)]).toEqual([
      'not-ram',
      'excluded',
      'not-ram',
    ]);
    expect([...memory.runs(20, 40)]).toEqual([
      { start: 20, end: 32, status: 'excluded' },
      { start: 32, end: 40, status: 'present' },
    ]);
  });

  it('a page of smaller blocks is present when all of them are', () => {
    const small = new Map([0, 1, 2, 3, 4].map((n) => [n, block(n, 1024)]));
    const { memory } = open({ blockSize: 1024, maxMapnr: 16, ram: [5, 6, 7], blocks: small });
    expect(pageOf(memory, 0).subarray(1024, 2048)).toEqual(block(1, 1024));
    expect(statuses(memory, 0, 3)).toEqual(['present', 'excluded', 'not-ram']);
    expect([...memory.runs()].map((run) => run.status)).toEqual(['present', 'excluded', 'not-ram']);
  });

  it('a page far beyond the first bitmap chunk finds its descriptor', () => {
    const far = [1, 32767, 32768, 100_000, 131_071, 200_000];
    const { memory } = open({ maxMapnr: 200_001, blocks: blocks(...far) });
    for (const pfn of [...far].reverse()) expect(pageOf(memory, pfn)).toEqual(block(pfn));
  });

  it('a descriptor of zeros in an incomplete dump is a page that was not written', () => {
    const descriptors = new Map([[1, { offset: 0, size: 0 }]]);
    const { memory, facts } = open({ status: 8, maxMapnr: 8, blocks: blocks(0, 1), descriptors });
    expect(statuses(memory, 0, 2)).toEqual(['present', 'truncated']);
    expect(facts.incomplete).toBe(true);
  });

  it.each([
    ['a size of zero', { size: 0 }, 'damaged'],
    ['a size of 4 GB', { size: 0xffffffff }, 'damaged'],
    ['an offset beyond the file', { offset: 2 ** 50 }, 'truncated'],
    ['a raw page that is short', { size: 4000 }, 'damaged'],
    ['data that do not inflate', { flags: 1 }, 'damaged'],
  ] as const)('%s makes a page %j', (_, over, status) => {
    const { memory } = open({
      maxMapnr: 8,
      blocks: blocks(0, 1),
      descriptors: new Map([[0, over]]),
    });
    expect(statuses(memory, 0, 2)).toEqual([status, 'present']);
  });

  it('a diskdump, the elder brother without these sub-headers, opens as well', () => {
    const bytes = buildKdump({ maxMapnr: 64, blocks: blocks(3), vmcoreinfo: 'A=1\n' });
    bytes.write('DISKDUMP');
    const { memory, facts } = openDump([file(bytes)]);
    expect(facts).toMatchObject({
      format: 'diskdump v6 (raw)',
      vmcoreinfo: undefined,
      physBase: undefined,
    });
    expect(pageOf(memory, 3)).toEqual(block(3));
  });

  it('counts in the header are believed only as far as the file goes', () => {
    const bytes = buildKdump({ maxMapnr: 64, blocks: blocks(3) });
    bytes.writeUInt32LE(0xffffffff, 424 + 12);
    expect(() => openDump([file(bytes)])).toThrow(/ends inside its bitmaps/);
    bytes.writeUInt32LE(2, 424 + 12);
    bytes.writeBigUInt64LE(2n ** 60n, 4096 + 96);
    const { memory, facts } = openDump([file(bytes)]);
    expect(memory.maxPfn).toBe(2 * 4096 * 8);
    expect(facts.warnings[0]).toMatch(/the header speaks of \d+ pages/);
  });
});

describe('split sets', () => {
  const all = { maxMapnr: 300, blocks: blocks(1, 99, 100, 150, 200, 299), packing: 'lzo' } as const;
  const part = (start: number, end: number) => file(buildKdump({ ...all, split: { start, end } }));
  const [a, b, c] = [part(0, 100), part(100, 200), part(200, 300)];

  it('parts may come in any order', () => {
    const { memory, facts } = openDump([c, a, b]);
    for (const pfn of all.blocks.keys()) expect(pageOf(memory, pfn)).toEqual(block(pfn));
    expect(facts.format).toBe('split kdump v6 (lzo), 3 parts');
    expect(facts.incomplete).toBe(false);
  });

  it('a missing part is said, and only its pages are missing', () => {
    const { memory, facts } = openDump([c, a]);
    expect(facts.warnings).toEqual(['a part of the split dump is missing: page frames 64-c7']);
    expect(facts.incomplete).toBe(true);
    expect([99, 100, 150, 200, 2].map((pfn) => memory.readPage(pfn, page))).toEqual([
      'present',
      'truncated',
      'truncated',
      'present',
      'not-ram',
    ]);
  });

  it('files of different dumps are not a set', () => {
    const other = file(buildKdump({ ...all, maxMapnr: 40_000, split: { start: 100, end: 200 } }));
    expect(() => openDump([a, other])).toThrow(`${other}: not a supported file format`);
    const whole = file(buildKdump(all));
    expect(() => openDump([whole, whole])).toThrow('not a supported file format');
  });
});
