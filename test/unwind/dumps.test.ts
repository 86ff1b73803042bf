import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hex } from '../../src/base/address.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import type { Frame } from '../../src/kernel/stacktrace/listing.ts';
import { isActive, taskTable } from '../../src/kernel/task/tasks.ts';
import {
  DUMPS,
  dumpPath,
  expectedPath,
  needsDumps,
  RECORDED,
  sharedTarget,
} from '../kernel/shared-dumps.ts';

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

  test.each(RECORDED)(
    "%s: the task that panicked has the functions of the kernel's own Call Trace",
    (name) => {
      const target = sharedTarget(name);
      const task = panicTask(target);
      if (!task) throw new Error('no task panicked');
      const names = (backtrace(target, task)?.frames ?? []).map(
        (frame: Frame) => `${frame.symbol}+0x${frame.offset.toString(16)}`,
      );
      const said = callTrace(readFileSync(expectedPath(name, 'log'), 'latin1'));
      // dump_stack and the panic that called it have moved on since.
      const sure = said.filter((entry) => entry.sure).map((entry) => entry.name);
      const want = sure.slice(sure.findIndex((entry) => names.includes(entry)));
      if (want.length > 1) expect(names.slice(-want.length)).toEqual(want);
      else {
        // Called through a wild pointer the kernel is sure of nothing, but has seen all of them.
        const outer = names.slice(names.lastIndexOf('undefined+0x0') + 1);
        expect(outer.length).toBeGreaterThan(1);
        expect(said.map((entry) => entry.name)).toEqual(expect.arrayContaining(outer));
      }
    },
  );
});

/** The entries of the last Call Trace in a log; the kernel is sure of those without a question mark. */
function callTrace(log: string): { readonly name: string; readonly sure: boolean }[] {
  const text = log.split('crash> ').find((part) => part.startsWith('log\n')) ?? '';
  const trace = text.slice(text.lastIndexOf('Call Trace:')).split('</TASK>')[0] ?? '';
  const entries = [...trace.matchAll(/\]\s+(\? )?([\w.]+\+0x[0-9a-f]+)\/0x/g)];
  return entries.map((entry) => ({ name: entry[2] ?? '', sure: entry[1] === undefined }));
}
