import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import { dumpPath, needsDumps } from '../kernel/shared-dumps.ts';
import { type Answer, judge, run, without } from './one-page.ts';

const bundled = (name: string): string =>
  fileURLToPath(new URL(`../../dumps/${name}.kdump`, import.meta.url));

/** Commands, and how many of the pages that each reads are left out, one at a time. */
const COMMANDS: readonly (readonly [line: string, pages: number])[] = [
  ['ps', 25],
  ['mod', 25],
  ['log', 25],
  ['vm', 25],
  ['files', 20],
  ['net', 20],
];

/** Pages of one command's answer, evenly spread over those that it read. */
async function leaveOut(file: string, line: string, pages: number) {
  const dump = openDump([file]);
  const read = new Set<number>();
  const whole = await run(without(dump, undefined, read), line);
  const frames = [...read];
  const step = Math.max(1, Math.floor(frames.length / pages));
  const found: { pfn: number; verdict: string; line: string; answer: Answer }[] = [];
  for (let i = 0; i < frames.length; i += step) {
    const pfn = frames[i] as number;
    const answer = await run(without(dump, pfn), line);
    const { verdict, line: stranger = '' } = judge(whole, answer);
    found.push({ pfn, verdict, line: stranger, answer });
  }
  dump.close();
  return found;
}

describe.each(['null-pointer', 'general-protection'])('of %s, one page left out', (name) => {
  test.each(COMMANDS)('never shortens %s in silence', async (line, pages) => {
    const found = await leaveOut(bundled(name), line, pages);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ verdict }) => verdict === 'silent')).toEqual([]);
    expect(found.filter(({ answer }) => answer.outcome === 'bug')).toEqual([]);
  });

  test('gives no row of mod and vm that the whole answer has not', async () => {
    for (const line of ['mod', 'vm']) {
      const found = await leaveOut(bundled(name), line, 25);
      // Without the list of modules mod gives the names that the log has, and says so.
      const wrong = found.filter(
        ({ verdict, answer }) =>
          verdict === 'wrong' && !answer.lines.some((each) => each.includes("of the log's last")),
      );
      expect(wrong).toEqual([]);
    }
  });
});

describe('of a real dump, one page left out', needsDumps, () => {
  test.each([
    ['ps', 60],
    ['mod', 40],
    ['log', 40],
    ['vm', 40],
    ['files', 40],
    ['net', 30],
    ['runq', 30],
  ] as const)('never shortens %s in silence', async (line, pages) => {
    const found = await leaveOut(dumpPath('kd61-null/vmcore'), line, pages);
    expect(found.filter(({ verdict }) => verdict === 'silent')).toEqual([]);
    expect(found.filter(({ answer }) => answer.outcome === 'bug')).toEqual([]);
  });
});
