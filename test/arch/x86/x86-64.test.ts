import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { x8664 } from '../../../src/arch/x86/x86-64.ts';
import { pa, va } from '../../../src/base/address.ts';
import { ReadError } from '../../../src/base/errors.ts';

/** Entries by physical address; whatever is not in it is not in the dump. */
type Tables = ReadonlyMap<bigint, bigint>;

const reader = (tables: Tables) => (address: bigint) => {
  const entry = tables.get(address);
  if (entry === undefined) throw new ReadError('physical', address, 'not-ram');
  return entry;
};

/** The SDM's walk, word for word and slowly: digits of a binary string instead of shifts and masks. */
function slowWalk(tables: Tables, root: bigint, address: bigint, fiveLevel: boolean): string {
  const digits = (value: bigint) => value.toString(2).padStart(64, '0');
  const bits = (value: bigint, high: number, low: number) =>
    BigInt(`0b${digits(value).slice(63 - high, 64 - low)}`);
  const levels = fiveLevel
    ? [
        [56, 48, 0],
        [47, 39, 0],
        [38, 30, 30],
        [29, 21, 21],
        [20, 12, 12],
      ]
    : [
        [47, 39, 0],
        [38, 30, 30],
        [29, 21, 21],
        [20, 12, 12],
      ];
  let table = root;
  for (const [high, low, leafShift] of levels as [number, number, number][]) {
    const entry = tables.get(table + bits(address, high, low) * 8n);
    if (entry === undefined) return 'unreadable';
    const isPresent = bits(entry, 0, 0) === 1n;
    const isLarge = leafShift > 12 && bits(entry, 7, 7) === 1n;
    const isLeaf = leafShift === 12 || isLarge;
    if (!isPresent && !(isLeaf && bits(entry, 8, 8) === 1n)) return 'not-present';
    let frame = entry;
    // PROT_NONE entries hold their frame inverted, which their highest frame bits show.
    if (!isPresent && bits(entry, 51, 50) === 3n) frame = entry ^ 0x000f_ffff_ffff_f000n;
    if (isLeaf) {
      const page = BigInt(`0b${digits(frame).slice(12, 64 - leafShift)}${'0'.repeat(leafShift)}`);
      return (page + bits(address, leafShift - 1, 0)).toString(16);
    }
    table = BigInt(`0b${digits(entry).slice(12, 52)}${'0'.repeat(12)}`);
  }
  return 'not-present';
}

/** Tables at 16 frames that point at each other, at large pages and at nothing: loops and all. */
const FRAMES = 16n;
const entryArbitrary = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.bigInt(0n, FRAMES - 1n), fc.bigInt(0n, 0xfffn), fc.boolean())
      .map(([frame, flags, nx]) => (frame << 12n) | flags | 1n | (nx ? 1n << 63n : 0n)),
  },
  { weight: 1, arbitrary: fc.constant(0n) },
  { weight: 2, arbitrary: fc.bigInt(0n, (1n << 64n) - 1n) },
);
const slots = [0n, 1n, 255n, 256n, 511n];
const tablesArbitrary = fc
  .array(entryArbitrary, {
    minLength: Number(FRAMES) * slots.length,
    maxLength: Number(FRAMES) * slots.length,
  })
  .map((entries) => {
    const tables = new Map<bigint, bigint>();
    entries.forEach((entry, i) => {
      const frame = BigInt(Math.floor(i / slots.length));
      tables.set((frame << 12n) + slots[i % slots.length]! * 8n, entry);
    });
    return tables;
  });
const addressArbitrary = fc
  .tuple(fc.array(fc.constantFrom(...slots), { minLength: 5, maxLength: 5 }), fc.bigInt(0n, 0xfffn))
  .map(
    ([indices, offset]) =>
      indices.reduce((value, index) => (value << 9n) | index, 0n) * 4096n + offset,
  );

describe('the page walk of x86_64', () => {
  test.each([false, true])(
    'agrees with a slow plain walk on random tables (five levels: %s)',
    (fiveLevel) => {
      const arch = x8664({ fiveLevel, smeMask: 0n });
      fc.assert(
        fc.property(tablesArbitrary, addressArbitrary, (tables, address) => {
          const walk = arch.walk(pa(0), va(address), reader(tables));
          const got = walk.outcome === 'mapped' ? walk.physical!.toString(16) : walk.outcome;
          expect(got).toBe(slowWalk(tables, 0n, address, fiveLevel));
          expect(walk.steps.length).toBeLessThanOrEqual(fiveLevel ? 5 : 4);
        }),
        { numRuns: 400 },
      );
    },
  );

  const four = x8664({ fiveLevel: false, smeMask: 0n });

  test('a 1 GB page ends the walk at the PUD and keeps 30 bits of the address', () => {
    const tables = new Map([
      [0n, 0x1067n],
      [0x1008n, 0x8000_0000_4000_00e7n],
    ]);
    const walk = four.walk(pa(0), va(0x4234_5678n), reader(tables));
    expect(walk).toMatchObject({
      outcome: 'mapped',
      pageSize: 2 ** 30,
      pageAddress: 0x4000_0000n,
      physical: 0x4234_5678n,
    });
    expect(walk.steps.map(({ level }) => level)).toEqual(['PGD', 'PUD']);
  });

  test('the PAT bit of a 2 MB page is no part of its address', () => {
    const tables = new Map([
      [0n, 0x1067n],
      [0x1000n, 0x2067n],
      [0x2000n, 0x40_1000n | 0xe7n],
    ]);
    expect(four.walk(pa(0), va(0x123n), reader(tables)).physical).toBe(0x40_0123n);
  });

  test('a table that is not in the dump is unreadable, not unmapped', () => {
    const walk = four.walk(pa(0), va(0), reader(new Map([[0n, 0x9067n]])));
    expect(walk.outcome).toBe('unreadable');
    expect(walk.failure).toBeInstanceOf(ReadError);
    expect(walk.steps).toHaveLength(1);
  });

  test('the memory-encryption bit is no part of an address', () => {
    const arch = x8664({ fiveLevel: false, smeMask: 1n << 47n });
    expect(arch.entryAddress((1n << 47n) | 0x1234_5067n, 12)).toBe(0x1234_5000n);
  });

  test('a PROT_NONE page is mapped at its frame turned right side up', () => {
    const inverted = (~0x5678_9000n & 0x000f_ffff_ffff_f000n) | 0x100n;
    expect(four.entryAddress(inverted, 12)).toBe(0x5678_9000n);
    expect(four.entryFlags(inverted)).toEqual(['PROTNONE', 'GLOBAL']);
  });
});

describe('entries that are not present', () => {
  const arch = x8664({ fiveLevel: false, smeMask: 0n });

  test('swap type and offset survive the inverted layout of 4.18.1', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 31 }),
        fc.bigInt(0n, (1n << 50n) - 1n),
        (type, offset) => {
          // __swp_entry(): offset inverted in bits 9..58, type in 59..63.
          const entry = (BigInt.asUintN(64, ~offset << 14n) >> 5n) | (BigInt(type) << 59n);
          fc.pre(entry !== 0n);
          const { kind, ...decoded } = arch.notPresent(entry) as {
            kind: string;
            type: number;
            offset: bigint;
          };
          expect(decoded).toEqual({ type, offset });
          expect(['swap', 'special']).toContain(kind);
        },
      ),
    );
  });

  test('the plain layout has the type in bits 9 to 13 and the offset above', () => {
    expect(arch.notPresent((5n << 9n) | (1234n << 14n), 'plain')).toMatchObject({
      type: 5,
      offset: 1234n,
    });
  });

  test('an entry of zeros says nothing', () => {
    expect(arch.notPresent(0n)).toEqual({ kind: 'none' });
  });
});
