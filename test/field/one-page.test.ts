import { describe, expect, test } from 'vitest';
import { dumpPath, needsDumps } from '../kernel/shared-dumps.ts';
import { bundled, type LeftOut, leaveOut } from './one-page.ts';

/** Commands, and how many of the pages that each reads are left out, one at a time. */
const COMMANDS: readonly (readonly [line: string, pages: number])[] = [
  ['ps', 45],
  ['bt -a', 45],
  ['kmem -s', 40],
  ['mod', 30],
  ['log', 25],
  ['vm', 35],
  ['files', 35],
  ['net', 35],
];

async function leftOut(file: string, line: string, pages: number): Promise<LeftOut[]> {
  const found: LeftOut[] = [];
  for await (const each of leaveOut(file, line, pages)) found.push(each);
  return found;
}

describe.each(['null-pointer', 'general-protection'])('of %s, one page left out', (name) => {
  test.each(COMMANDS)('never shortens %s in silence, nor adds a line', async (line, pages) => {
    const found = await leftOut(bundled(name), line, pages);
    expect(found.length).toBeGreaterThan(10);
    expect(found.filter(({ verdict }) => verdict === 'silent')).toEqual([]);
    expect(found.filter(({ answer }) => answer.outcome === 'bug')).toEqual([]);
    // Without the list of modules mod gives the names that the log has, and says so. Without a stack bt begins with the registers
    // that the dump's notes have, which the whole answer reaches through frames.
    const wrong = found.filter(
      ({ verdict, line: stranger, answer }) =>
        verdict === 'wrong' &&
        !/^ +\[exception RIP: /.test(stranger) &&
        !answer.lines.some((each) => each.includes("of the log's last")),
    );
    expect(wrong).toEqual([]);
  });
});

describe('of a real dump, one page left out', needsDumps, () => {
  test.each([
    ['ps', 30],
    ['bt -a', 30],
    ['kmem -s', 20],
    ['mod', 20],
    ['log', 20],
    ['vm', 20],
    ['files', 20],
    ['net', 20],
    ['runq', 20],
  ] as const)('never shortens %s in silence', async (line, pages) => {
    const found = await leftOut(dumpPath('kd61-null/vmcore'), line, pages);
    expect(found.filter(({ verdict }) => verdict === 'silent')).toEqual([]);
    expect(found.filter(({ answer }) => answer.outcome === 'bug')).toEqual([]);
  });
});
