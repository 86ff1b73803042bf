import { createHash } from 'node:crypto';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKdump } from '../../dumps/build/kdump.ts';
import { note } from '../../dumps/build/notes.ts';
import { DumpError } from '../../src/base/errors.ts';
import { KdumpMemory, KdumpPart } from '../../src/dump/kdump.ts';
import { parseKdumpHeader } from '../../src/dump/kdump-header.ts';
import { openDump } from '../../src/dump/open.ts';
import { type ByteSource, openSource } from '../../src/dump/source.ts';
import type { PageStatus, PhysicalMemory } from '../../src/dump/types.ts';
import { dumpPath, needsDumps } from '../kernel/shared-dumps.ts';
import { cpuTime, unitOfEffort } from '../run/effort.ts';
import { block, file } from './builders.ts';

const page = new Uint8Array(4096);

const blocks = new Map([0, 1, 2, 40, 41, 63].map((n) => [n, block(n)]));
const notes = note('VMCOREINFO', 0, Buffer.from('A=1\n'));
const kdump = buildKdump({ maxMapnr: 64, blocks, packing: 'lzo', vmcoreinfo: 'A=1\n', notes });
const built = {
  kdump,
  'split kdump': buildKdump({
    maxMapnr: 64,
    blocks,
    packing: 'zlib',
    split: { start: 1, end: 60 },
  }),
  'ELF core': buildElf({
    segments: [
      { type: 4, bytes: notes },
      { physical: 0x1000, bytes: block(1), memorySize: 0x3000 },
      { physical: 0x8000, bytes: block(8) },
    ],
  }),
  'flattened kdump': flatten(recordsOf(kdump, 3000)),
};

const unit = unitOfEffort();
/** Opens and reads as far as it goes. Only a DumpError may come of it, and soon. */
function exercise(path: string): string {
  const before = cpuTime();
  let outcome: string;
  try {
    const dump = openDump([path]);
    const last = Math.min(dump.memory.maxPfn, 4096);
    for (let pfn = 0; pfn < last; pfn++) dump.memory.readPage(pfn, page);
    dump.memory.readPage(dump.memory.maxPfn - 1, page);
    let runs = 0;
    for (const _ of dump.memory.runs()) if (++runs > 1000) break;
    dump.close();
    outcome = 'opened';
  } catch (error) {
    if (!(error instanceof DumpError)) throw error;
    outcome = error.message;
  }
  expect((cpuTime() - before) / unit).toBeLessThan(100);
  return outcome;
}

describe.each(Object.entries(built))('a damaged %s', (_, bytes) => {
  const path = file(bytes);

  it('cut anywhere opens as far as it goes, or says what is wrong', () => {
    const lengths = [...Array(120).keys()].map((i) => Math.floor((i / 120) * bytes.length));
    for (const length of [1, 7, 8, 15, 16, 63, 64, 463, 464, ...lengths.slice(1)]) {
      writeFileSync(path, bytes.subarray(0, length));
      expect(exercise(path)).toBeTruthy();
    }
    writeFileSync(path, bytes);
    expect(exercise(path)).toBe('opened');
  });

  it('with bytes changed in its headers opens, or says what is wrong', () => {
    const change = fc.tuple(
      fc.nat(Math.min(bytes.length - 1, 9000)),
      fc.constantFrom(0, 1, 2, 0x7f, 0x80, 0xff),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const broken = Buffer.from(bytes);
        for (const [at, value] of changes) broken[at] = value;
        writeFileSync(path, broken);
        exercise(path);
      }),
      { numRuns: 300 },
    );
  });
});

/** How often each status comes of reading every page that the bitmaps say is there. */
function readAll(
  memory: PhysicalMemory,
  see: (pfn: number) => void = () => {},
): Partial<Record<PageStatus, number>> {
  const counts: Partial<Record<PageStatus, number>> = {};
  for (const run of memory.runs()) {
    if (run.status !== 'present') continue;
    for (let pfn = run.start; pfn < run.end; pfn++) {
      const status = memory.readPage(pfn, page);
      counts[status] = (counts[status] ?? 0) + 1;
      if (status === 'present') see(pfn);
    }
  }
  return counts;
}

/** A file in which one byte of every `step` is changed, from `from` on. */
function flipping(source: ByteSource, from: number, step: number): ByteSource {
  return {
    path: source.path,
    size: source.size,
    close: () => source.close(),
    read(offset, target) {
      const got = source.read(offset, target);
      for (
        let at = Math.ceil(Math.max(offset, from) / step) * step;
        at < offset + got;
        at += step
      ) {
        target[at - offset]! ^= 1 << ((at / step) & 7);
      }
      return got;
    },
  };
}

describe('real dumps', needsDumps, () => {
  // The digests are those of a separate reader over liblzo2, libsnappy, libzstd and zlib.
  it.each([
    ['kd61-null/vmcore', 'kdump v6 (zlib)', 19380, 2, '5a37270d5a7098f1'],
    ['x61-hwpoison-1g/vmcore', 'kdump v6 (lzo)', 35266, 4, '64467c1c3808d19e'],
    ['x61-badpte/vmcore', 'kdump v6 (snappy)', 18205, 4, 'fd147c89089372d0'],
    ['x61-la57-nx/vmcore', 'kdump v6 (zstd)', 18602, 4, '8f999eeccb3b59b8'],
    ['x612-gpf/vmcore', 'kdump v6 (zstd)', 19008, 4, '9a7550df33e0c18b'],
    ['x61-hang/vmcore.elf', 'ELF', 17548, 4, '60df34599d565279'],
  ])(
    'every page of %s is what the reference libraries make of it',
    (name, format, present, cpus, digest) => {
      const { memory, facts } = openDump([dumpPath(name)]);
      const hash = createHash('sha256');
      expect(readAll(memory, (pfn) => hash.update(String(pfn)).update(page))).toEqual({ present });
      expect(hash.digest('hex').slice(0, 16)).toBe(digest);
      expect(facts).toMatchObject({ format, machine: 'x86_64', warnings: [], incomplete: false });
      expect(facts.vmcoreinfo).toMatch(/^OSRELEASE=6\.1.*\nBUILD-ID=/);
      expect(facts.cpus).toHaveLength(cpus);
    },
  );

  it.each(['kd61-null/vmcore', 'x61-hang/vmcore.elf'])('%s cut at any length', (name) => {
    const bytes = readFileSync(dumpPath(name));
    const path = file(bytes);
    const lengths = [...Array(16).keys()].map((i) => Math.floor(bytes.length * 0.94 ** (i * i)));
    for (const length of lengths.slice(1)) {
      truncateSync(path, length);
      const outcome = exercise(path);
      if (outcome !== 'opened') continue;
      const { facts } = openDump([path]);
      expect(facts.incomplete).toBe(true);
      expect(facts.warnings.join()).toMatch(/cut short/);
    }
  });

  it.each(['kd61-null', 'x61-hwpoison-1g', 'x61-badpte', 'x61-la57-nx'])(
    'changed bytes in the pages of %s are damage at worst',
    (name) => {
      const source = openSource(`${dumpPath(name)}/vmcore`);
      const header = parseKdumpHeader(source);
      const plain = new KdumpPart(source, header);
      const pages = plain.descOffset + plain.dumped.rank(plain.end) * 24;
      const memory = new KdumpMemory([new KdumpPart(flipping(source, pages, 3001), header)]);
      const { present = 0, damaged = 0, ...others } = readAll(memory);
      expect(others).toEqual({});
      expect(damaged).toBeGreaterThan(500);
      expect(present).toBeGreaterThan(500);
    },
  );
});
