import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import { LossLog } from '../../../src/kernel/core/losses.ts';
import { NoUserStackError, taskArguments } from '../../../src/kernel/mm/arguments.ts';
import { memoryUsage } from '../../../src/kernel/mm/task-memory.ts';
import { initialContext, panicTask } from '../../../src/kernel/panic/panic.ts';
import { panickedBySysrq } from '../../../src/kernel/panic/sysrq.ts';
import { runQueue } from '../../../src/kernel/sched/runqueues.ts';
import {
  childrenOf,
  groupLeader,
  lineage,
  threadGroup,
} from '../../../src/kernel/task/families.ts';
import { processSignals, threadSignals } from '../../../src/kernel/task/signals.ts';
import { activeTasks, isActive, taskOfPid, taskTable } from '../../../src/kernel/task/tasks.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const pidOf = (name: string, comm: string): number =>
  taskTable(sharedTarget(name)).tasks.find((task) => task.comm === comm)?.pid ?? -1;

describe('tasks of real dumps', needsDumps, () => {
  test.each([
    ['kd61-null', 80, 'faulty/null'],
    ['x61-hwpoison-1g', 80, 'init'],
    ['x612-gpf', 90, 'faulty/gpf'],
  ])('%s has %i tasks and %s panicked', (name, count, comm) => {
    const target = sharedTarget(name);
    expect(taskTable(target).tasks).toHaveLength(count);
    expect(taskTable(target).missing).toEqual([]);
    expect(panicTask(target)?.comm).toBe(comm);
    expect(initialContext(target)).toBe(panicTask(target));
  });

  test('a machine that was running has no panic task, and the idle task of CPU 0 is the context', () => {
    const target = sharedTarget('x61-hang');
    expect(taskTable(target).tasks).toHaveLength(78);
    expect(panicTask(target)).toBeUndefined();
    expect(initialContext(target).comm).toBe('swapper/0');
  });

  test('the idle tasks come first, then every pid once, ascending', () => {
    const pids = taskTable(sharedTarget('x612-gpf')).tasks.map(({ pid }) => pid);
    expect(pids.slice(0, 3)).toEqual([0, 0, 1]);
    const rest = pids.slice(2);
    expect(rest).toEqual([...new Set(rest)].sort((a, b) => a - b));
  });

  test('a CPU that panic() took offline still has its task', () => {
    const target = sharedTarget('x612-gpf');
    expect([...activeTasks(target)].map(([cpu, { comm }]) => [cpu, comm])).toEqual([
      [0, 'faulty/gpf'],
      [1, 'wl-spin'],
    ]);
    expect(isActive(target, taskOfPid(target, 218)!)).toBe(true);
    expect(isActive(target, taskOfPid(target, 1)!)).toBe(false);
  });

  test('only the machine that was told to panic by sysrq says so', () => {
    expect(panickedBySysrq(sharedTarget('x61-hwpoison-1g'))).toBe(true);
    expect(panickedBySysrq(sharedTarget('kd61-null'))).toBe(false);
  });

  test('a vfork child has the resident set of the parent whose memory it borrows', () => {
    for (const name of ['kd61-null', 'x612-gpf']) {
      const target = sharedTarget(name);
      const child = taskOfPid(target, pidOf(name, 'wl-vforked'))!;
      const parent = taskOfPid(target, pidOf(name, 'wl-vfork'))!;
      expect(child.mm).toBe(parent.mm);
      expect(memoryUsage(target, child)).toEqual(memoryUsage(target, parent));
      expect(memoryUsage(target, child).residentPages).toBeGreaterThan(50);
    }
  });

  test('kernel threads and zombies use no memory', () => {
    const target = sharedTarget('kd61-null');
    for (const pid of [2, 172]) {
      expect(memoryUsage(target, taskOfPid(target, pid)!)).toEqual({
        virtualPages: 0,
        residentPages: 0,
        percent: 0,
      });
    }
  });

  test('threads have a leader, a family and a group', () => {
    const target = sharedTarget('kd61-null');
    const thread = taskOfPid(target, 159)!;
    expect(groupLeader(target, thread)?.pid).toBe(154);
    expect(threadGroup(target, 154).map(({ pid }) => pid)).toEqual([154, 159, 161, 163, 164]);
    expect(lineage(target, thread).map(({ pid }) => pid)).toEqual([0, 1, 159]);
    expect(childrenOf(target, taskOfPid(target, 166)!).map(({ pid }) => pid)).toEqual([173]);
  });

  test('a chain of parents that loops ends', () => {
    const target = sharedTarget('kd61-null');
    const task = { ...taskOfPid(target, 1)!, parent: taskOfPid(target, 1)!.address };
    expect(lineage(target, task)).toEqual([task]);
  });

  test('arguments that the dump filter left out are refused with the address of the first page', () => {
    const target = sharedTarget('kd61-null');
    const init = taskOfPid(target, 1)!;
    expect(() => taskArguments(target, init)).toThrow(NoUserStackError);
    expect(() => taskArguments(target, init)).toThrow(
      'cannot access user stack address: 7ffe2b7a5fbd',
    );
  });

  test('a blocked signal waits without being pending', () => {
    const target = sharedTarget('kd61-null');
    const task = taskOfPid(target, 162)!;
    const own = threadSignals(target, task);
    expect(own.pending).toBe(false);
    expect(own.private.queue.map(({ signal }) => signal)).toEqual([10]);
    expect(processSignals(target, task)?.shared.queue.map(({ signal }) => signal)).toEqual([15]);
  });

  test('a run queue lists its waiting tasks, in the order of its tree', () => {
    const queue = runQueue(sharedTarget('x612-gpf'), 0);
    expect(queue.current?.comm).toBe('faulty/gpf');
    expect(queue.fairTasks.map(({ task }) => task.pid)).toEqual([227, 17]);
    expect(queue.realtimeTasks).toEqual([]);
  });

  test('an mm_struct that is not in the dump is unknown, not 0, and a loss', () => {
    const target = sharedTarget('kd61-null');
    const task = { ...taskOfPid(target, 1)!, mm: va(0x1000) };
    const lost = new LossLog();
    expect(
      target.losses.during(lost, () => memoryUsage(target, task)).virtualPages,
    ).toBeUndefined();
    expect(lost.losses).toEqual([expect.objectContaining({ what: 'mm_struct', address: 0x1000n })]);
  });
});
