import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildElf } from '../../dumps/build/elf.ts';
import { flatten, recordsOf } from '../../dumps/build/flattened.ts';
import { buildKdump, type Packing } from '../../dumps/build/kdump.ts';
import { KERNEL_DATA, type PageSize, PageTables } from '../../dumps/build/page-tables.ts';
import { Ram } from '../../dumps/build/ram.ts';
import { x8664 } from '../../src/arch/x86/x86-64.ts';
import { pa, va } from '../../src/base/address.ts';
import { Lru } from '../../src/base/lru.ts';
import { ExtentMap, Extents } from '../../src/dump/extents.ts';
import { openDump } from '../../src/dump/open.ts';
import type { PhysicalMemory } from '../../src/dump/types.ts';
import { block, file } from '../dump/builders.ts';

const RUNS = { numRuns: 60, seed: 20_240_117 };

describe('page walks', () => {
  const SIZES: readonly PageSize[] = [4096, 0x20_0000, 0x4000_0000];
  /** Addresses that share tables with each other, in both halves, and the levels' boundaries. */
  const address = fc
    .tuple(fc.constantFrom(0n, 0xffff_8000_0000_0000n), fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3))
    .map(
      ([half, pgd, pud, pmd, pte]) =>
        half +
        (BigInt(pgd) << 39n) +
        (BigInt(pud) << 30n) +
        (BigInt(pmd) << 21n) +
        (BigInt(pte) << 12n),
    );
  const mapping = fc.record({ at: address, size: fc.constantFrom(...SIZES), frame: fc.nat(200) });

  /** The tables by another way: every entry of every table, as the manual's figures have it, by address range. */
  function slowly(ram: Ram, table: number, shift: number, wanted: bigint): number | undefined {
    for (let index = 0; index < 512; index++) {
      const entry = ram.u64(table + index * 8);
      const inTable = (wanted >> BigInt(shift)) % 512n;
      if (BigInt(index) !== inTable || entry % 2n === 0n) continue;
      const bits = Number(entry % 0x10_0000_0000_0000n);
      const size = 2 ** shift;
      const large = (entry / 0x80n) % 2n === 1n;
      if (shift === 12 || (large && shift <= 30))
        return Math.floor(bits / size) * size + Number(wanted % BigInt(size));
      return slowly(ram, Math.floor(bits / 4096) * 4096, shift - 9, wanted);
    }
    return undefined;
  }

  test.each([4, 5] as const)(
    'with %i levels agree with a plain slow walk, mapped or not',
    (levels) => {
      fc.assert(
        fc.property(
          fc.array(mapping, { maxLength: 12 }),
          fc.array(address, { minLength: 1, maxLength: 12 }),
          fc.nat(0xfff),
          (mappings, asked, offset) => {
            const ram = new Ram([[1, 600]], 1);
            const tables = new PageTables(ram, levels);
            for (const { at, size, frame } of mappings) {
              const start = at - (at % BigInt(size));
              // What lies under a larger page has no tables of its own: the first mapping of a place stays.
              if (
                tables.translate(start) !== undefined ||
                (size > 4096 &&
                  tables.entry(start, size === 4096 ? 12 : size === 0x20_0000 ? 21 : 30) !== 0n)
              )
                continue;
              tables.map(start, frame * size, size, KERNEL_DATA, size);
            }
            const arch = x8664({ fiveLevel: levels === 5, smeMask: 0n });
            for (const place of [...asked, ...mappings.map(({ at }) => at)]) {
              const wanted = BigInt.asUintN(64, place + BigInt(offset));
              const walk = arch.walk(pa(BigInt(tables.root)), va(wanted), (at) =>
                ram.u64(Number(at)),
              );
              const plain = slowly(ram, tables.root, levels === 5 ? 48 : 39, wanted);
              expect(walk.outcome).toBe(plain === undefined ? 'not-present' : 'mapped');
              if (plain !== undefined) expect(walk.physical).toBe(BigInt(plain));
            }
          },
        ),
        RUNS,
      );
    },
  );

  test('of a table that points to itself end after as many steps as there are levels', () => {
    const ram = new Ram([[1, 64]], 1);
    const tables = new PageTables(ram, 4);
    for (let index = 0; index < 512; index++)
      ram.setU64(tables.root + index * 8, BigInt(tables.root) | 0x67n);
    const arch = x8664({ fiveLevel: false, smeMask: 0n });
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 47n) - 1n), (wanted) => {
        const walk = arch.walk(pa(BigInt(tables.root)), va(wanted), (at) => ram.u64(Number(at)));
        expect(walk.steps).toHaveLength(4);
        expect(walk.outcome).toBe('mapped');
      }),
      RUNS,
    );
  });
});

describe('containers', () => {
  const MAX = 90;
  const pages = fc
    .uniqueArray(fc.nat(MAX - 1), { maxLength: 24 })
    .map((pfns) => new Map(pfns.map((pfn) => [pfn, block(pfn)])));
  const ram = fc.uniqueArray(fc.nat(MAX - 1), { maxLength: 30 });
  const packing = fc.constantFrom<Packing>('raw', 'zlib', 'lzo', 'snappy', 'zstd');

  function expectPages(
    memory: PhysicalMemory,
    written: ReadonlyMap<number, Uint8Array>,
    known: readonly number[] | undefined,
  ): void {
    const buffer = new Uint8Array(4096);
    for (let pfn = 0; pfn < MAX; pfn++) {
      const bytes = written.get(pfn);
      const status = memory.readPage(pfn, buffer);
      if (bytes) {
        expect(status, `page ${pfn}`).toBe('present');
        expect(Buffer.compare(buffer, bytes), `page ${pfn}`).toBe(0);
      } else expect(status, `page ${pfn}`).toBe(known?.includes(pfn) ? 'excluded' : 'not-ram');
    }
  }

  test('a kdump gives back the pages that were written, however they are packed', () => {
    fc.assert(
      fc.property(pages, ram, packing, fc.boolean(), (blocks, known, packed, share) => {
        const dump = openDump([
          file(buildKdump({ maxMapnr: MAX, blocks, ram: known, packing: packed, share })),
        ]);
        expectPages(dump.memory, blocks, known);
        dump.close();
      }),
      RUNS,
    );
  });

  test('a split set gives back the same pages in any order of its parts', () => {
    fc.assert(
      fc.property(
        pages,
        ram,
        fc.uniqueArray(fc.integer({ min: 1, max: MAX - 1 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (blocks, known, cuts, reverse) => {
          const edges = [0, ...cuts.sort((a, b) => a - b), MAX];
          const parts = edges.slice(1).map((end, i) =>
            file(
              buildKdump({
                maxMapnr: MAX,
                blocks,
                ram: known,
                split: { start: edges[i] ?? 0, end },
              }),
            ),
          );
          const dump = openDump(reverse ? parts.reverse() : parts);
          expectPages(dump.memory, blocks, known);
          dump.close();
        },
      ),
      { ...RUNS, numRuns: 30 },
    );
  });

  test('a flattened file gives back the same pages in any order of its records', () => {
    fc.assert(
      fc.property(
        pages,
        fc.integer({ min: 300, max: 9000 }),
        fc.infiniteStream(fc.nat()),
        (blocks, size, order) => {
          const records = recordsOf(buildKdump({ maxMapnr: MAX, blocks, packing: 'zlib' }), size);
          const shuffled = records
            .map((record) => ({ record, key: Number(order.next().value) }))
            .sort((a, b) => a.key - b.key);
          const dump = openDump([file(flatten(shuffled.map(({ record }) => record)))]);
          expectPages(dump.memory, blocks, []);
          dump.close();
        },
      ),
      { ...RUNS, numRuns: 30 },
    );
  });

  test('an ELF core gives back the pages of its segments', () => {
    fc.assert(
      fc.property(pages, fc.constantFrom(32 as const, 64 as const), (blocks, bits) => {
        const segments = [...blocks].map(([pfn, bytes]) => ({
          physical: pfn * 4096,
          virtual: bits === 64 ? 0xffff888000000000n + BigInt(pfn * 4096) : 0n,
          bytes,
        }));
        if (segments.length === 0) return;
        const path = file(buildElf({ bits, segments }));
        const dump = openDump([path]);
        expectPages(dump.memory, blocks, undefined);
        dump.close();
      }),
      RUNS,
    );
  });
});

describe('helpers', () => {
  test('an LRU forgets what a list that is searched from the end would', () => {
    const step = fc.record({ key: fc.nat(7), set: fc.boolean() });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 80 }),
        (capacity, steps) => {
          const lru = new Lru<number, number>(capacity);
          const model: [number, number][] = [];
          for (const [n, { key, set }] of steps.entries()) {
            const at = model.findIndex(([own]) => own === key);
            if (set) {
              if (at >= 0) model.splice(at, 1);
              model.push([key, n]);
              const gone = model.length > capacity ? model.shift() : undefined;
              expect(lru.set(key, n)).toBe(gone?.[1]);
            } else {
              expect(lru.get(key)).toBe(model[at]?.[1]);
              if (at >= 0) model.push(...model.splice(at, 1));
            }
            expect(lru.size).toBe(model.length);
          }
        },
      ),
      RUNS,
    );
  });

  test.each(['first', 'last'] as const)(
    'of overlapping extents the %s wins, byte by byte',
    (prefer) => {
      const extent = fc.record({
        start: fc.nat(60),
        length: fc.integer({ min: 1, max: 25 }),
        offset: fc.integer({ min: -1, max: 500 }),
      });
      fc.assert(
        fc.property(fc.array(extent, { maxLength: 12 }), (list) => {
          const extents = new Extents();
          const painted = new Map<number, number>();
          for (const { start, length, offset } of list) {
            extents.push(start, start + length, offset);
            for (let at = start; at < start + length; at++) {
              if (prefer === 'last' || !painted.has(at))
                painted.set(at, offset < 0 ? -1 : offset + at - start);
            }
          }
          const map = new ExtentMap(extents, prefer);
          for (let at = 0; at < 90; at++) {
            const index = map.firstEndingAfter(at);
            const inside = index < map.length && map.startOf(index) <= at;
            const offset = inside ? map.offsetOf(index) : undefined;
            const found =
              offset === undefined ? undefined : offset < 0 ? -1 : offset + at - map.startOf(index);
            expect(found, `byte ${at}`).toBe(painted.get(at));
          }
        }),
        RUNS,
      );
    },
  );
});
