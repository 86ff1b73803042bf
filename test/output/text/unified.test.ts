import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffLines } from '../../../src/base/line-diff.ts';
import { DIFF_MARKS, unifiedLines } from '../../../src/output/text/unified.ts';
import { needs } from '../../run/needs.ts';
import { scratch } from '../../run/scratch.ts';

function unified(a: readonly string[], b: readonly string[]): string[] {
  const steps = diffLines(a, b);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return [...unifiedLines(a, b, step.value)].map(({ kind, text }) => DIFF_MARKS[kind] + text);
}
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i + 1}`);

describe('a difference as diff -u writes it', () => {
  test('shows three lines around what differs', () => {
    const a = numbers(12);
    expect(unified(a, a.with(5, 'six'))).toEqual(
      '@@ -3,7 +3,7 @@| 3| 4| 5|-6|+six| 7| 8| 9'.split('|'),
    );
  });

  test('puts changes together whose surroundings touch, and no others', () => {
    const a = numbers(40);
    const heads = (b: readonly string[]) => unified(a, b).filter((line) => line.startsWith('@@'));
    expect(heads(a.with(10, 'x').with(17, 'y'))).toEqual(['@@ -8,14 +8,14 @@']);
    expect(heads(a.with(10, 'x').with(18, 'y'))).toEqual(['@@ -8,7 +8,7 @@', '@@ -16,7 +16,7 @@']);
  });

  test('counts ranges as diff(1) does', () => {
    expect(unified([], ['a'])[0]).toBe('@@ -0,0 +1 @@');
    expect(unified(['a', 'b'], [])[0]).toBe('@@ -1,2 +0,0 @@');
    expect(unified(['a'], ['a'])).toEqual([]);
  });

  test(
    'is what patch(1) takes to make one of the other',
    needs(spawnSync('patch', ['--version']).status === 0, 'patch is not installed'),
    () => {
      const folder = scratch('unified');
      const list = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 });
      const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
      try {
        fc.assert(
          fc.property(list, list, (a, b) => {
            const lines = unified(a, b);
            if (lines.length === 0) return;
            const from = join(folder, 'from');
            writeFileSync(from, text(a));
            const input = text(['--- from', '+++ from', ...lines]);
            const { stdout } = spawnSync('patch', ['-s', '-o', '-', from], { input });
            expect(String(stdout)).toBe(text(b));
          }),
          { numRuns: 20 },
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});
