import { describe, expect, test } from 'vitest';
import { openDump } from '../../src/dump/open.ts';
import type { CpuRegisters } from '../../src/dump/types.ts';
import { LossLog } from '../../src/kernel/core/losses.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { backtrace, type Trace } from '../../src/kernel/stacktrace/backtrace.ts';
import { activeTasks, type Task } from '../../src/kernel/task/tasks.ts';
import { patchedTarget } from '../kernel/patched-dump.ts';
import { dumpPath, needsDumps, sharedTarget } from '../kernel/shared-dumps.ts';

/** A real dump with other notes of its CPUs. */
function withNotes(
  name: string,
  change: (cpus: readonly CpuRegisters[]) => readonly CpuRegisters[],
): Target {
  const dump = openDump([dumpPath(`${name}/vmcore`)]);
  return openTarget({
    ...dump,
    facts: { ...dump.facts, cpus: change(dump.facts.cpus) },
    paths: dump.paths,
    memory: dump.memory,
    readFile: (o, l) => dump.readFile(o, l),
    close: () => dump.close(),
  });
}

const functions = (trace: Trace | undefined) =>
  trace?.frames.map(({ symbol, sp, registers }) => [symbol, sp, registers?.address]);
const chains = (target: Target) =>
  [...activeTasks(target)].map(([cpu, task]) => {
    const trace = backtrace(target, task);
    return [cpu, trace?.registers?.values.ip, functions(trace)];
  });

/** A trace, and what was missing from it. */
function traced(target: Target, task: Task | undefined) {
  if (!task) throw new Error('no such task');
  const log = new LossLog();
  const trace = target.losses.during(log, () => backtrace(target, task));
  return { trace, lost: log.losses.map(({ what }) => what) };
}

describe('the registers of CPUs', needsDumps, () => {
  test.each(['x61-badpte', 'x61-la57-nx', 'x612-gpf', 'kd61-null'])(
    '%s: belong to the task whose stack they point to, in whatever order they are noted',
    (name) => {
      const swapped = withNotes(name, (cpus) =>
        cpus.map((note) => ({ ...note, cpu: (note.cpu + 1) % 2 })),
      );
      expect(chains(swapped)).toEqual(chains(sharedTarget(name)));
    },
  );

  test('of user mode are never those of a kernel thread', () => {
    const user = { ip: 0x401000n, cs: 0x33n, sp: 0x7ffc12345678n, ss: 0x2bn };
    const target = withNotes('kd61-null', (cpus) =>
      cpus.map((note) =>
        note.cpu === 1 ? { ...note, registers: { ...note.registers, ...user } } : note,
      ),
    );
    const task = panicTask(target);
    const { trace } = traced(target, task);
    expect(task?.comm).toBe('faulty/null');
    expect(trace?.registers).toBeUndefined();
    const whole = sharedTarget('kd61-null');
    expect(functions(trace)).toEqual(functions(traced(whole, panicTask(whole)).trace));
  });
});

describe('of a task that was running', needsDumps, () => {
  const whole = () => traced(sharedTarget('kd61-null'), panicTask(sharedTarget('kd61-null')));

  test('a page of the stack below the frames is not needed', () => {
    const target = patchedTarget('kd61-null', [], [0xffffcca9004fa000n]);
    const { trace, lost } = traced(target, panicTask(target));
    expect(functions(trace)).toEqual(functions(whole().trace));
    expect(lost).toEqual([]);
  });

  test('a chain whose frames are not in the dump says so', () => {
    const target = patchedTarget('kd61-null', [], [0xffffcca9004fb000n]);
    const { trace, lost } = traced(target, panicTask(target));
    expect(trace?.end.kind).toBe('broken');
    expect(new Set(lost)).toEqual(new Set(['page of a stack', 'frame']));
  });

  test('a return address into code that is not in the dump is taken, doubted, and told', () => {
    const target = patchedTarget('kd61-null', [], [0xffffffff9e765000n]);
    const { trace, lost } = traced(target, panicTask(target));
    expect(functions(trace)).toEqual(functions(whole().trace));
    const doubtful = trace?.frames.map((frame) => frame.doubtful === true) ?? [];
    expect(doubtful).toEqual(doubtful.map((_, i) => i >= 2));
    expect(lost).toEqual(['page of code']);
  });

  test('without its unwind tables a chain is looked for, and what is missing is told', () => {
    const source = sharedTarget('kd61-null');
    const [from, to] = ['__start_orc_unwind', '__stop_orc_unwind'].map((name) =>
      source.symbol(name),
    );
    const pages: bigint[] = [];
    for (let at = from!; at < to!; at = (at + 4096n) as typeof at) pages.push(at);
    const target = patchedTarget('kd61-null', [], pages);
    const { trace, lost } = traced(target, panicTask(target));
    expect(trace?.frames.some(({ doubtful }) => doubtful)).toBe(true);
    expect(lost).toContain('page of the unwind tables');
  });
});
