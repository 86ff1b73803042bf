import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { i386, pageOffsetOf } from '../../../src/arch/x86/i386.ts';
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
function slowWalk(tables: Tables, root: bigint, address: bigint, pae: boolean): string {
  const width = pae ? 64 : 32;
  const bits = (value: bigint, high: number, low: number, of = width) =>
    BigInt(
      `0b${value
        .toString(2)
        .padStart(of, '0')
        .slice(of - 1 - high, of - low)}`,
    );
  const levels: [high: number, low: number, leaf: boolean][] = pae
    ? [
        [31, 30, false],
        [29, 21, true],
        [20, 12, true],
      ]
    : [
        [31, 22, true],
        [21, 12, true],
      ];
  let table = root;
  for (const [high, low, mayBeLeaf] of levels) {
    const entry = tables.get(table + bits(address, high, low, 32) * (pae ? 8n : 4n));
    if (entry === undefined) return 'unreadable';
    const isPresent = bits(entry, 0, 0) === 1n;
    const isLeaf = low === 12 || (mayBeLeaf && bits(entry, 7, 7) === 1n);
    if (!isPresent && !(isLeaf && bits(entry, 8, 8) === 1n)) return 'not-present';
    if (!isLeaf) {
      table = bits(entry, pae ? 51 : 31, 12) * 4096n;
      continue;
    }
    const offset = bits(address, low - 1, 0, 32);
    let page: bigint;
    if (pae) {
      // PROT_NONE entries hold their frame inverted, which their highest frame bits show.
      const inverted = !isPresent && bits(entry, 51, 50) === 3n;
      const frame = inverted ? entry ^ 0x000f_ffff_ffff_f000n : entry;
      page = bits(frame, 51, low) * 2n ** BigInt(low);
    } else if (low === 22) page = bits(entry, 31, 22) * 2n ** 22n + bits(entry, 20, 13) * 2n ** 32n;
    else page = bits(entry, 31, 12) * 4096n;
    return (page + offset).toString(16);
  }
  return 'not-present';
}

/** Tables at 8 frames that point at each other, at large pages and at nothing: loops and all. */
const FRAMES = 8n;
const entryArbitrary = (pae: boolean) =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc
        .tuple(fc.bigInt(0n, FRAMES - 1n), fc.bigInt(0n, 0xfffn))
        .map(([frame, flags]) => (frame << 12n) | flags | 1n),
    },
    { weight: 1, arbitrary: fc.constant(0n) },
    { weight: 2, arbitrary: fc.bigInt(0n, (1n << (pae ? 64n : 32n)) - 1n) },
  );
const slotsOf = (pae: boolean) => (pae ? [0n, 1n, 3n, 511n] : [0n, 1n, 768n, 1023n]);

const tablesArbitrary = (pae: boolean) => {
  const slots = slotsOf(pae);
  const count = Number(FRAMES) * slots.length;
  return fc.array(entryArbitrary(pae), { minLength: count, maxLength: count }).map((entries) => {
    const tables = new Map<bigint, bigint>();
    entries.forEach((entry, i) => {
      const frame = BigInt(Math.floor(i / slots.length)) << 12n;
      tables.set(frame + slots[i % slots.length]! * (pae ? 8n : 4n), entry);
    });
    return tables;
  });
};
const addressArbitrary = (pae: boolean) =>
  fc
    .tuple(
      fc.constantFrom(...(pae ? [0n, 1n, 3n] : slotsOf(pae))),
      fc.constantFrom(...slotsOf(pae)),
      fc.constantFrom(...slotsOf(pae)),
      fc.bigInt(0n, 0xfffn),
    )
    .map(([top, middle, low, offset]) =>
      pae
        ? (top << 30n) | (middle << 21n) | (low << 12n) | offset
        : (top << 22n) | (low << 12n) | offset,
    );

const PAGE_OFFSET = 0xc000_0000n;
const two = i386({ pae: false, pageOffset: PAGE_OFFSET });
const pae = i386({ pae: true, pageOffset: PAGE_OFFSET });

describe('the page walk of i386', () => {
  test.each([
    ['two levels', false],
    ['PAE', true],
  ])('agrees with a slow plain walk on random tables: %s', (_, isPae) => {
    const arch = isPae ? pae : two;
    fc.assert(
      fc.property(tablesArbitrary(isPae), addressArbitrary(isPae), (tables, address) => {
        const walk = arch.walk(pa(0), va(address), reader(tables));
        const got = walk.outcome === 'mapped' ? walk.physical!.toString(16) : walk.outcome;
        expect(got).toBe(slowWalk(tables, 0n, address, isPae));
      }),
      { numRuns: 500 },
    );
  });

  test('a 4 MB page ends the walk at the PGD and keeps 22 bits of the address', () => {
    const walk = two.walk(pa(0x1000), va(0xc105af4fn), reader(new Map([[0x1c10n, 0x10001e3n]])));
    expect(walk).toMatchObject({ outcome: 'mapped', pageSize: 2 ** 22, physical: 0x105af4fn });
    expect(walk.steps.map(({ level }) => level)).toEqual(['PGD']);
  });

  test('a 4 MB page may lie above 4 GB', () => {
    expect(two.entryAddress(0x0040_2083n, 22)).toBe(0x1_0040_0000n);
  });

  test('a 2 MB page ends the walk of PAE at the PMD', () => {
    const tables = new Map([
      [0x18n, 0x2001n],
      [0x2008n, 0x8000_0000_0120_00e3n],
    ]);
    const walk = pae.walk(pa(0), va(0xc023_4567n), reader(tables));
    expect(walk).toMatchObject({ outcome: 'mapped', pageSize: 2 ** 21, physical: 0x123_4567n });
    expect(walk.steps.map(({ level }) => level)).toEqual(['PGD', 'PMD']);
    expect(pae.entryFlags(tables.get(0x2008n)!)).toContain('NX');
  });

  test('PAE reaches memory above 4 GB', () => {
    const tables = new Map([
      [0n, 0x2001n],
      [0x2000n, 0x3067n],
      [0x3000n, 0x1_2345_6067n],
    ]);
    expect(pae.walk(pa(0), va(0x789n), reader(tables)).physical).toBe(0x1_2345_6789n);
  });

  test('a table that is not in the dump is unreadable, not unmapped', () => {
    const walk = two.walk(pa(0), va(0), reader(new Map([[0n, 0x9067n]])));
    expect(walk.outcome).toBe('unreadable');
    expect(walk.failure).toBeInstanceOf(ReadError);
  });
});

describe('i386', () => {
  test('swap entries have their type in bits 1 to 5, with PAE in the upper half', () => {
    expect(two.notPresent((0x1234n << 9n) | (3n << 1n))).toEqual({
      kind: 'swap',
      type: 3,
      offset: 0x1234n,
    });
    expect(pae.notPresent(((0x1234n << 5n) | 3n) << 32n, 'plain')).toEqual({
      kind: 'swap',
      type: 3,
      offset: 0x1234n,
    });
    expect(two.notPresent(0n)).toEqual({ kind: 'none' });
  });

  test('user addresses end at CONFIG_PAGE_OFFSET, and none is above 4 GB', () => {
    expect(two.isUser(va(0xbfff_ffffn))).toBe(true);
    expect(two.isUser(va(0xc000_0000n))).toBe(false);
    expect(two.isCanonical(va(0xffff_ffffn))).toBe(true);
    expect(two.isCanonical(va(0x1_0000_0000n))).toBe(false);
  });

  test.each([
    [0xc100_0000n, 0xc000_0000n],
    [0xb100_0000n, 0xb000_0000n],
    [0x8100_0000n, 0x8000_0000n],
    [0x7900_0000n, 0x7800_0000n],
    [0x4100_0000n, 0x4000_0000n],
  ])('the direct map of an image at %s begins at %s', (symbol, offset) => {
    expect(pageOffsetOf(va(symbol))).toBe(offset);
  });
});
