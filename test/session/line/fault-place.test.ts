import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Fault } from '../../../src/base/errors.ts';
import { faultLines, placeOfFault } from '../../../src/session/line/fault-place.ts';
import { wordSpans } from '../../../src/session/line/words.ts';

const shown = (text: string) => ({ text, words: wordSpans(text) });
/** What of the line is underlined. */
function marked(line: string, fault: Fault): string | undefined {
  const place = placeOfFault(shown(line), fault);
  return place && line.slice(place.start, place.end);
}

describe('the place of a fault', () => {
  test('is its word, by number where the number is known', () => {
    const fault: Fault = { kind: 'text', word: '9', index: 2 };
    expect(placeOfFault(shown('x 9 8 9'), fault)).toEqual({ start: 6, end: 7 });
    expect(placeOfFault(shown('x 9 8 9'), { kind: 'text', word: '9' })).toEqual({
      start: 2,
      end: 3,
    });
  });

  test('is a part of the word where a part is wrong', () => {
    const fault: Fault = { kind: 'flag', word: '-lz', at: 2, length: 1 };
    expect(placeOfFault(shown('bt -lz'), fault)).toEqual({ start: 5, end: 6 });
    expect(marked('rd 12g', { kind: 'number', word: '12g', at: 2, length: 1 })).toBe('g');
  });

  test('is inside the quotes of a quoted word', () => {
    expect(marked('rd "jiffes"', { kind: 'symbol', word: 'jiffes' })).toBe('jiffes');
  });

  test('of a member is behind the dot', () => {
    const fault: Fault = { kind: 'member', word: 'page', of: 'page' };
    expect(placeOfFault(shown('struct page.page'), fault)).toEqual({ start: 12, end: 16 });
  });

  test('of a command is the first word, of anything else never', () => {
    expect(placeOfFault(shown('bt bt'), { kind: 'command', word: 'bt' })?.start).toBe(0);
    expect(placeOfFault(shown('bt bt'), { kind: 'task', word: 'bt' })?.start).toBe(3);
  });

  test('of an expression is where it stands on the line, parentheses of crash aside', () => {
    const fault: Fault = { kind: 'expression', word: '(3+jiffes)', at: 3, length: 6 };
    expect(marked('eval 3+jiffes', fault)).toBe('jiffes');
    expect(marked('p a + b', { kind: 'expression', word: 'a + b', at: 4, length: 1 })).toBe('b');
  });

  test('of a word that is not on the line is nowhere', () => {
    expect(marked('alias', { kind: 'task', word: '77' })).toBeUndefined();
    expect(marked('x', { kind: 'text', word: '' })).toBeUndefined();
  });
});

describe('the lines below an error', () => {
  const lines = (text: string, start: number, end: number, remark: string, columns = 80) =>
    faultLines(text, { start, end }, [remark], columns);

  test('underline the word and say what was meant beside it', () => {
    expect(lines('kmme -i', 0, 4, 'did you mean kmem?')).toEqual([
      '   kmme -i',
      '   ^~~~ did you mean kmem?',
    ]);
  });

  test('put a remark that does not fit below the caret', () => {
    expect(lines('rd jiffes', 3, 9, 'a b c d e f g h', 24)).toEqual([
      '   rd jiffes',
      '      ^~~~~~',
      '   a b c d e f g h',
    ]);
  });

  test('show the part of a long line that the fault is in', () => {
    const text = `rd ${'a'.repeat(200)} wrong ${'b'.repeat(200)}`;
    const [line = '', mark = ''] = lines(text, 204, 209, '');
    expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('~') + 1)).toBe('wrong');
    expect(line).toMatch(/^ {3}\.\.a+ wrong b+\.\.$/);
  });

  test('are never wider than the terminal, and the caret stands below its word', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '"', 'é', '字') });
    fc.assert(
      fc.property(
        letters,
        fc.nat(),
        fc.integer({ min: 1, max: 30 }),
        fc.string({ unit: fc.constantFrom('x', 'y', ' '), maxLength: 60 }),
        fc.integer({ min: 40, max: 120 }),
        (text, at, length, remark, columns) => {
          fc.pre(text.length > 0 && remark.split(' ').every((word) => word.length < 30));
          const start = at % text.length;
          const end = Math.min(text.length, start + length);
          const rows = lines(text, start, end, remark, columns);
          for (const row of rows) expect(row.length).toBeLessThan(columns);
          const column = (rows[1] ?? '').indexOf('^');
          expect(rows[0]?.[column]).toBe(text.replace(/[^\x20-\x7e]/g, '?')[start]);
        },
      ),
    );
  });

  test('without a place are the remark alone, and without a remark nothing', () => {
    expect(faultLines('x', undefined, ['"h" lists the lines'], 80)).toEqual([
      '   "h" lists the lines',
    ]);
    expect(faultLines('x', undefined, ['', ''], 80)).toEqual([]);
  });
});
