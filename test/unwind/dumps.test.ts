import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hex } from '../../src/base/address.ts';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import { isActive, taskTable } from '../../src/kernel/task/tasks.ts';
import { DUMPS, dumpPath, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';

/** Task address -> return addresses, innermost first; what a debugger took from user space is left out. */
function recorded(name: string): Map<string, string[]> {
  const stacks = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of readFileSync(dumpPath(`${name}/stacks.txt`), 'utf8').split('\n')) {
    const header = /TASK: (\w+)/.exec(line);
    if (header?.[1]) {
      current = [];
      stacks.set(header[1], current);
    }
    const frame = /^ {2}(\w+) (.*)/.exec(line);
    if (frame?.[1] && !frame[2]?.includes('(user)')) current.push(frame[1]);
  }
  return stacks;
}

describe('on real dumps', needsDumps, () => {
  test.each(DUMPS)(
    '%s: every blocked task has the return addresses that two debuggers agree on',
    (name) => {
      const target = sharedTarget(name);
      const stacks = recorded(name);
      let compared = 0;
      for (const task of taskTable(target).tasks) {
        const want = stacks.get(hex(task.address));
        // A dead task's stack has been freed; what other debuggers make of it is nothing.
        if (!want || isActive(target, task) || task.stack === 0n) continue;
        const trace = backtrace(target, task);
        const got = trace?.frames.map(({ ip }) => hex(ip));
        expect(got, `pid ${task.pid} ${task.comm}`).toEqual(want);
        expect(trace?.frames.every(({ by }) => by === 'start' || by === 'orc')).toBe(true);
        compared++;
      }
      expect(compared).toBeGreaterThan(40);
    },
  );

  test.each(DUMPS)('%s: every running task has a chain that ends at its regular end', (name) => {
    const target = sharedTarget(name);
    const active = taskTable(target).tasks.filter((task) => isActive(target, task));
    expect(active.length).toBeGreaterThan(0);
    for (const task of active) {
      expect(backtrace(target, task)?.end.kind, `pid ${task.pid}`).not.toBe('broken');
    }
  });
});
