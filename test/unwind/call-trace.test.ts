import { describe, expect, test } from 'vitest';
import { latin1 } from '../../src/base/bytes.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { readLog } from '../../src/kernel/printk/log.ts';
import { backtrace } from '../../src/kernel/stacktrace/backtrace.ts';
import { fieldTarget, needsFieldDumps } from '../kernel/field-dumps.ts';
import { needsDumps, RECORDED, sharedTarget } from '../kernel/shared-dumps.ts';

interface TracedFunction {
  /** `panic+0x118`; `?` where the address that was running is no function's. */
  readonly name: string;
  readonly sure: boolean;
}

/** Clones of a function go by its name here, as in crash. */
const named = (name: string): string => name.replace(/\.(isra|part)\.\d+/, '');
const withOffset = (name: string, offset: number): string => `${name}+0x${offset.toString(16)}`;

/** The last Call Trace that a kernel wrote, innermost function first: its answer to what `bt` is asked. */
function callTrace(target: Target): readonly TracedFunction[] {
  let found: TracedFunction[] = [];
  let open = false;
  for (const record of readLog(target)) {
    if (!('text' in record)) continue;
    for (const line of latin1(record.text).split('\n')) {
      if (line === 'Call Trace:') {
        found = [];
        open = true;
      }
      if (line.includes('</TASK>')) open = false;
      const entry = open && /^ (\? )?([\w.]+)\+0x([0-9a-f]+)\/0x[0-9a-f]+/.exec(line);
      if (!entry) continue;
      const name = withOffset(named(entry[2]!), Number.parseInt(entry[3]!, 16));
      found.push({ name, sure: entry[1] === undefined });
    }
  }
  return found;
}

/** The functions that write the trace: they were left again, or have gone on since. */
const WRITERS = /^(dump_stack_lvl|dump_stack|show_stack|v?panic)\+/;

const DUMPS = [
  ...RECORDED.map((name) => ({ name, needed: needsDumps, open: () => sharedTarget(name) })),
  ...(['st61'] as const).map((name) => ({
    name,
    needed: needsFieldDumps,
    open: () => fieldTarget(name),
  })),
];

/** The functions that `bt` lists for the task that panicked, and those that were interrupted: name and offset. */
function listed(target: Target): readonly string[] {
  const task = panicTask(target);
  if (!task) throw new Error('no task panicked');
  const frames = backtrace(target, task)?.frames ?? [];
  return frames
    .filter(({ index }) => index !== undefined)
    .map(({ symbol = '?', offset }) => withOffset(symbol, offset));
}

describe.each(DUMPS)('$name', ({ needed, open }) => {
  test("the task that panicked has all functions of the kernel's own Call Trace", needed, () => {
    const target = open();
    const trace = callTrace(target);
    const want = trace.filter(({ sure, name }) => sure && !WRITERS.test(name));
    const names = listed(target);
    if (want.length > 0) {
      expect(names.slice(-want.length)).toEqual(want.map(({ name }) => name));
      return;
    }
    // Of a call through a wild pointer the kernel is sure of nothing, but has seen all of it.
    const outer = names.slice(names.findIndex((name) => name.startsWith('asm_exc_')) + 1);
    expect(outer.length).toBeGreaterThan(1);
    expect(trace.map(({ name }) => name)).toEqual(expect.arrayContaining([...outer]));
  });
});
