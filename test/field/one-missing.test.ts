import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { CrashError } from '../../src/base/errors.ts';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { allLines, family, runOn } from './one-missing.ts';
import { type Answer, judge } from './one-page.ts';

const file = fileURLToPath(new URL('../../dumps/null-pointer.kdump', import.meta.url));
const dump = openDump([file]);
const whole = openTarget(dump);
afterAll(() => dump.close());

const lines = allLines();
const answers = new Map<string, Answer>();
async function wholeAnswer(line: string): Promise<Answer> {
  const known = answers.get(line) ?? (await runOn(whole, line));
  answers.set(line, known);
  return known;
}

/** Undefined where the dump is refused, which needs a reason. */
function opened(lacking: Parameters<typeof openTarget>[0]): Target | undefined {
  try {
    return openTarget(lacking);
  } catch (error) {
    expect(error).toBeInstanceOf(CrashError);
    expect((error as Error).message).not.toBe('');
    return undefined;
  }
}

describe('every command, where one thing is missing', () => {
  test('is tried: alone, with the examples of its help, and with other options', () => {
    expect(lines.length).toBeGreaterThan(130);
  });

  test.each([...family(dump, whole)])(
    'without %s: an answer, or why there is none',
    async (_, lacking) => {
      const target = opened(lacking);
      const faults: string[] = [];
      for (const line of target ? lines : []) {
        const answer = await runOn(target as Target, line);
        const before = await wholeAnswer(line);
        if (answer.outcome === 'bug') faults.push(`${line}: ${answer.lines.at(-1)}`);
        // Some answers are empty on the whole dump too: no such word was found, nothing of that kind is there.
        const isEmpty = answer.lines.length === 0;
        const isAsBefore = before.lines.length === 0 && before.outcome === answer.outcome;
        if (isEmpty && !isAsBefore && !/^search /.test(line))
          faults.push(`${line}: nothing, ${answer.outcome}`);
        // What says by itself what was looked at, and a search of pages that the filter left out.
        const isToldInside = /^(help -o|analyze|search)/.test(line);
        if (before.outcome === 'ok' && !isToldInside && judge(before, answer).verdict === 'silent')
          faults.push(`${line}: another answer, and no word`);
      }
      expect(faults).toEqual([]);
    },
  );
});
