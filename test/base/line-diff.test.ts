import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, diffLines } from '../../src/base/line-diff.ts';
import { effort } from '../run/effort.ts';

function diff(a: readonly string[], b: readonly string[]): Change[] {
  const steps = diffLines(a, b);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
const size = (changes: readonly Change[]): number =>
  changes.reduce((sum, { aLength, bLength }) => sum + aLength + bLength, 0);

/** What the changes make of the first list. */
function patched(a: readonly string[], b: readonly string[], changes: readonly Change[]): string[] {
  const result: string[] = [];
  let at = 0;
  for (const { aStart, aLength, bStart, bLength } of changes) {
    result.push(...a.slice(at, aStart), ...b.slice(bStart, bStart + bLength));
    at = aStart + aLength;
  }
  return [...result, ...a.slice(at)];
}

/** The length of the fewest edits, by the plain table. */
function fewest(a: readonly string[], b: readonly string[]): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] =
        a[i - 1] === b[j - 1] ? (row[j - 1] ?? 0) : 1 + Math.min(row[j] ?? 0, next[j - 1] ?? 0);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 40 });

describe('the difference of two lists of lines', () => {
  test('makes one of the other, with as few edits as there can be', () => {
    fc.assert(
      fc.property(list, list, (a, b) => {
        const changes = diff(a, b);
        expect(patched(a, b, changes)).toEqual(b);
        expect(size(changes)).toBe(fewest(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test('is nothing between equal lists, and everything where one is empty', () => {
    expect(diff(['a', 'b'], ['a', 'b'])).toEqual([]);
    expect(diff([], ['a', 'b'])).toEqual([{ aStart: 0, aLength: 0, bStart: 0, bLength: 2 }]);
    expect(diff(['a', 'b'], [])).toEqual([{ aStart: 0, aLength: 2, bStart: 0, bLength: 0 }]);
    expect(diff([], [])).toEqual([]);
  });

  test('names the one line that differs in 100,000', () => {
    const a = Array.from({ length: 100_000 }, (_, i) => `line ${i}`);
    const b = a.with(70_000, 'another');
    expect(diff(a, b)).toEqual([{ aStart: 70_000, aLength: 1, bStart: 70_000, bLength: 1 }]);
  });

  test('of long lists with nothing in common is found in bounded time, and is right', () => {
    const a = Array.from({ length: 20_000 }, (_, i) => `a${(i * 7919) % 5000}`);
    const b = Array.from(
      { length: 20_000 },
      (_, i) => `${i % 3 ? 'a' : 'b'}${(i * 104729) % 5000}`,
    );
    let changes: ReturnType<typeof diff> = [];
    const cost = effort(() => {
      changes = diff(a, b);
    }, 1);
    expect(cost).toBeLessThan(100);
    expect(patched(a, b, changes)).toEqual(b);
  });

  test('can be stopped on its way', () => {
    const steps = diffLines(
      Array.from({ length: 3000 }, (_, i) => `${i % 17}`),
      Array.from({ length: 3000 }, (_, i) => `${i % 13}`),
    );
    expect(steps.next()).toEqual({ done: false, value: undefined });
    steps.return([]);
    expect(steps.next().done).toBe(true);
  });
});
