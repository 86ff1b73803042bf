import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stripAnsi } from '../../../src/output/text/color.ts';
import { displayWidth } from '../../../src/ui/editor/width.ts';
import { readPattern } from '../../../src/ui/pager/pattern.ts';
import { drawRow, type RowView } from '../../../src/ui/pager/row.ts';

const draw = (text: string, view: Partial<RowView> = {}) =>
  drawRow(text, { shift: 0, columns: 10, mark: '>', ranges: [], ...view });
const plain = (text: string, view?: Partial<RowView>): string => stripAnsi(draw(text, view).text);

describe('a row of the pager', () => {
  test.each([
    ['short', {}, 'short'],
    ['0123456789', {}, '0123456789'],
    ['0123456789a', {}, '012345678>'],
    ['0123456789abcdef', { shift: 4 }, '456789abc>'],
    ['0123456789abcdef', { shift: 6 }, '6789abcdef'],
    ['0123456789', { shift: 20 }, ''],
    ['', {}, ''],
    ['a\tb', {}, 'a       b'],
    ['a\tb\tc', {}, 'a       b>'],
    ['\tb', { shift: 3 }, '     b'],
    ['日本語日本', {}, '日本語日本'],
    ['日本語日本語', {}, '日本語日 >'],
    ['a日本語日本', {}, 'a日本語日>'],
    ['日本', { shift: 1 }, ' 本'],
    ['e\u0301e\u0301e\u0301', { columns: 3 }, 'e\u0301e\u0301e\u0301'],
  ] as const)('of %j seen with %j is %j', (text, view, row) => {
    expect(plain(text, view)).toBe(row);
    expect(draw(text, view).width).toBe(displayWidth(row));
  });

  test('is never wider than the window, and ends in no colour of its own', () => {
    const piece = fc.constantFrom(
      'ab',
      '日',
      '\t',
      ' ',
      '\x1b[31m',
      '\x1b[0m',
      'e\u0301',
      '👩‍👩‍👧',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.nat(30),
        fc.integer({ min: 1, max: 40 }),
        (pieces, shift, columns) => {
          const text = pieces.join('');
          const row = draw(text, { shift, columns, ranges: [[2, 5]] });
          expect(displayWidth(stripAnsi(row.text))).toBe(row.width);
          expect(row.width).toBeLessThanOrEqual(columns);
          if (row.text.includes('\x1b')) expect(row.text).toMatch(/\x1b\[0m$/);
        },
      ),
    );
  });

  test('shows matches in reverse, through colours and over the edges', () => {
    expect(draw('a bug b', { ranges: [[2, 5]] }).text).toBe('a \x1b[7mbug\x1b[27m b\x1b[0m');
    expect(draw('a \x1b[31mbu\x1b[0mg', { ranges: [[2, 5]] }).text).toBe(
      'a \x1b[31m\x1b[7mbu\x1b[0m\x1b[7mg\x1b[0m',
    );
    expect(draw('a bug b', { ranges: [[2, 5]], shift: 3 }).text).toContain('\x1b[7mug');
    expect(plain('a bug b', { ranges: [[2, 5]] })).toBe('a bug b');
  });
});

describe('a pattern', () => {
  const ranges = (pattern: string, line: string, ignoreCase = false) =>
    readPattern(pattern, ignoreCase).ranges(line);

  test('is an expression; every match has its place', () => {
    expect(ranges('b.g', 'bug, bag')).toEqual([
      [0, 3],
      [5, 8],
    ]);
    expect(ranges('x*', 'axxb')).toEqual([[1, 3]]);
    expect(ranges('BUG', 'bug', true)).toEqual([[0, 3]]);
    expect(readPattern('BUG', false).test('bug')).toBe(false);
  });

  test('with ! in front is the lines without it, and marks nothing', () => {
    const pattern = readPattern('!bug', false);
    expect([pattern.test('a bug'), pattern.test('none')]).toEqual([false, true]);
    expect(pattern.ranges('a bug')).toEqual([]);
    expect(readPattern('!', false).test('a!')).toBe(true);
  });

  test.each(['*next', '(', '[', 'a{', '+0x42', '\\'])('%s stands for itself', (text) => {
    expect(readPattern(text, false).test(`schedule${text}/0x1`)).toBe(true);
  });

  test('asked the same thing twice answers the same', () => {
    const pattern = readPattern('a', false);
    expect([pattern.test('a'), pattern.test('a'), pattern.ranges('a'), pattern.test('a')]).toEqual([
      true,
      true,
      [[0, 1]],
      true,
    ]);
  });
});
