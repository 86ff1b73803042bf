import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** What tests do not do; each with what to do instead. */
const RULES: readonly { readonly word: RegExp; readonly instead: string }[] = [
  { word: /\bmkdtemp(Sync)?\(/, instead: 'scratch() of test/run/scratch.ts, which is removed' },
  {
    word: /\.(skipIf|runIf)\(|\b(describe|test|it)\.skip\b/,
    instead: 'needs() of test/run/needs.ts, which says why',
  },
  // A promise that time alone fulfils.
  {
    word: /\bsetTimeout\(\w+,/,
    instead: 'wait for the state itself, or let a fake clock pass time',
  },
  {
    word: /\b(Date|performance)\.now\(\)/,
    instead: 'effort() of test/run/effort.ts, or count work',
  },
  { word: /\b(describe|test|it)\.only\b/, instead: 'run one file by its path' },
];
const root = fileURLToPath(new URL('..', import.meta.url));
/** Where these things are done for all others, and what is no test. */
const ELSEWHERE = /^(run|bench)\/|^e2e\/pane\.ts$|^fuzz\/fuzz\.ts$/;

test('no test sleeps, looks at a clock, skips in silence, or writes outside of its scratch folder', () => {
  const wrong = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !ELSEWHERE.test(path))
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      // Who fakes the clock may look at it.
      const fake = text.includes('useFakeTimers');
      return RULES.filter(
        ({ word }) => word.test(text) && !(fake && word.source.includes('now')),
      ).map(({ word, instead }) => `${path}: ${word.exec(text)?.[0]} - ${instead}`);
    });
  expect(wrong).toEqual([]);
});
