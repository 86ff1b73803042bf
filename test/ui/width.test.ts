import { describe, expect, test } from 'vitest';
import { displayWidth, nextPlace, previousPlace, shorten } from '../../src/ui/editor/width.ts';

describe('columns', () => {
  test.each([
    ['abc', 3],
    ['日本', 4],
    ['e\u0301', 1],
    ['👩‍👩‍👧', 2],
    ['👍🏽', 2],
    ['ｆｕｌｌ', 8],
    ['한글', 4],
    ['é', 1],
    ['', 0],
  ])('%s takes %i', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });
  test('a text is cut so that it fits, wide characters whole', () => {
    expect(shorten('日本語', 5)).toBe('日本…');
    expect(shorten('日本語', 4)).toBe('日…');
    expect(shorten('abc', 3)).toBe('abc');
    expect(shorten('abcdef', 5, '...')).toBe('ab...');
  });
});

test('going right and then left through a text visits the same places', () => {
  const text = 'a日e\u0301👩‍👩‍👧 ok\nü';
  const right: number[] = [0];
  while ((right.at(-1) ?? 0) < text.length) right.push(nextPlace(text, right.at(-1) ?? 0));
  const left: number[] = [text.length];
  while ((left.at(-1) ?? 0) > 0) left.push(previousPlace(text, left.at(-1) ?? 0));
  expect(left.reverse()).toEqual(right);
});
