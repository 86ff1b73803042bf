import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageScanner } from '../../../src/kernel/search/patterns.ts';

const read = (page: Uint8Array, at: number, width: number): bigint => {
  let value = 0n;
  for (let index = width - 1; index >= 0; index--)
    value = (value << 8n) | BigInt(page[at + index]!);
  return value;
};

describe('the page scanner', () => {
  test('finds what a plain walk finds, of every width and mask', () => {
    const byte = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff);
    fc.assert(
      fc.property(
        fc.array(byte, { minLength: 64, maxLength: 64 }),
        fc.constantFrom(2 as const, 4 as const, 8 as const),
        fc.constantFrom(0n, 0xffn, 0xff00000000000000n, 0xffff00000000n),
        fc.array(fc.nat({ max: 7 }), { minLength: 1, maxLength: 3 }),
        (few, width, wide, places) => {
          const page = Uint8Array.from(few);
          const mask = BigInt.asUintN(width * 8, wide);
          const values = places.map((place) => read(page, place * 8, width));
          const found = pageScanner({ width, values, mask })(page, 8, 56);
          const expected: { offset: number; which: number }[] = [];
          for (let offset = 8; offset < 56; offset += width) {
            for (const [which, value] of values.entries()) {
              if ((read(page, offset, width) & ~mask) === (value & ~mask)) {
                expected.push({ offset, which });
              }
            }
          }
          expect(found).toEqual(expected);
        },
      ),
    );
  });

  test('finds strings wherever they begin, those that overlap too', () => {
    const page = Buffer.from('aaaa swapper aaa');
    const strings = ['aa', 'swapper'].map((text) => Buffer.from(text));
    const found = pageScanner({ width: 1, strings })(page, 0, page.length);
    expect(found.map(({ offset, which }) => [offset, which])).toEqual([
      [0, 0],
      [1, 0],
      [2, 0],
      [5, 1],
      [13, 0],
      [14, 0],
    ]);
  });

  test('does not find the empty string', () => {
    const strings = ['', 'b'].map((text) => Buffer.from(text));
    const page = Buffer.from('abc');
    expect(pageScanner({ width: 1, strings })(page, 0, page.length)).toEqual([
      { offset: 1, which: 1 },
    ]);
  });
});
