import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/session/line/expression.ts';
import {
  parseCount,
  parseCpus,
  parseDecimal,
  parseHex,
  parseLong,
} from '../../../src/session/line/numbers.ts';

describe('numbers in crash words', () => {
  test('an address is hexadecimal with or without 0x, and h is skipped', () => {
    expect(parseHex('10')).toBe(16n);
    expect(parseHex('0xFFFF')).toBe(0xffffn);
    expect(parseHex('10h')).toBe(16n);
  });

  test.each([
    [() => parseHex('zzz'), 'invalid input: "zzz"'],
    [() => parseHex('12345678901234567'), 'input string too large: "12345678901234567" (17 vs 16)'],
    [
      () => parseHex('0xfffffffffffffffff'),
      'input string too large: "fffffffffffffffff" (17 vs 16)',
    ],
    [() => parseLong('zzz'), 'not a valid number: zzz'],
    [() => parseDecimal('0x1'), '0x1: "x" is not a digit 0 - 9'],
    [() => parseCpus('9', 2), 'invalid cpu specification: 9'],
    [() => parseCpus('0-9', 2), 'invalid cpu specification: 0-9'],
    [() => parseCpus('a-b', 2), 'a: "a" is not a digit 0 - 9'],
  ])('refuses %s', (parse, text) => {
    expect(parse).toThrow(text);
  });

  test('a count is decimal when all its characters are digits, else hexadecimal', () => {
    expect([parseCount('10'), parseCount('a'), parseCount('0x10'), parseCount('1f')]).toEqual([
      10, 10, 16, 31,
    ]);
  });

  test('a cpu list may be all, a list or ranges; a range that runs backwards is empty', () => {
    expect(parseCpus('a', 3)).toEqual([0, 1, 2]);
    expect(parseCpus('2,0-1', 3)).toEqual([0, 1, 2]);
    expect(parseCpus('2-0', 3)).toEqual([]);
    expect(parseCpus('-1', 3)).toEqual([1]);
  });
});

describe('expressions', () => {
  const symbols = new Map([
    ['jiffies', 0xffffffff81000000n],
    ['x', 5n],
  ]);
  const value = (text: string): bigint => evaluate(text, (name) => symbols.get(name));

  test.each([
    ['1+1', 2n],
    ['(1 << 32)', 1n << 32n],
    ['128m', 128n << 20n],
    ['1f', 31n],
    ['010', 10n],
    ['-1', (1n << 64n) - 1n],
    ['~0', (1n << 64n) - 1n],
    ['2#10', 1024n],
    ['jiffies + 8', 0xffffffff81000008n],
    ['x', 5n],
    ['(1 << 64)', 0n],
  ])('%s', (text, expected) => {
    expect(value(text)).toBe(expected);
  });

  test('a division by zero is an error and not an endless loop', () => {
    expect(() => value('(1/0)')).toThrow('division by zero: (1/0)');
    expect(() => value('(1%0)')).toThrow('division by zero: (1%0)');
  });

  test('an enormous power takes no time', () => {
    expect(value('(3#ffffffffffffffff)')).toBeTypeOf('bigint');
  });

  test.each(['(1+)', '(zzz)', '(1+1', '((1+1))', '(1.5)', '(-z)', '(1 < 2)'])(
    '%s is invalid',
    (text) => {
      expect(() => value(text)).toThrow(`invalid expression: ${text}`);
    },
  );

  test('sums wrap at 64 bits', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        (a, b) => {
          expect(value(`(0x${a.toString(16)} + 0x${b.toString(16)})`)).toBe(
            BigInt.asUintN(64, a + b),
          );
        },
      ),
    );
  });
});
