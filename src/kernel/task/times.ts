import { plus, type VAddr } from '../../base/address.ts';
import { perCpu } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import type { Task } from './tasks.ts';

/**
 * When a task last began to run, in nanoseconds of its CPU's sched_clock: sched_info.last_arrival, which needs
 * CONFIG_SCHED_INFO. Throws MissingError.
 */
export const lastRun = (target: Target, task: Task): bigint =>
  target.memo(lastRunReader)(task.address);

function lastRunReader(target: Target): (task: VAddr) => bigint {
  const { at } = target.layout('task_struct', { at: 'sched_info.last_arrival' });
  return (task) => target.kernel.u64(plus(task, at));
}

/** A CPU's rq->clock: nanoseconds of its sched_clock at the last update of its run queue. */
export const runQueueClock = (target: Target, cpu: number): bigint =>
  perCpu(target, 'runqueues', 'rq', cpu).big('clock');

/** Nanoseconds from the start of a task's last run to its CPU's rq->clock; never negative. */
export function sinceLastRun(target: Target, task: Task, clock: bigint): bigint {
  const passed = clock - lastRun(target, task);
  return passed < 0n ? 0n : passed;
}

/** Start and run times of a task. */
export interface TaskTimes {
  /** Nanoseconds since boot. */
  readonly start: bigint;
  /** The kernel's own number: nanoseconds, or the seconds of a struct timespec. */
  readonly startAsKept: bigint;
  /** The kernel's numbers of the time in user mode and in the kernel: nanoseconds, or jiffies before 4.11. */
  readonly user: bigint;
  readonly system: bigint;
}

const SECOND = 1_000_000_000n;

/**
 * Start, user and system time of a task. The start is nanoseconds since 3.17 (ccbf62d8a284, sched: Make
 * task->start_time nanoseconds based), a struct timespec before that; utime and stime are nanoseconds since 4.11
 * (5613fda9a503, sched/cputime: Convert task/group cputime to nsecs). Throws ReadError.
 */
export function taskTimes(target: Target, { address }: Task): TaskTimes {
  const task = target.object('task_struct', address);
  const spent = { user: task.big('utime'), system: task.big('stime') };
  if (!task.has('start_time.tv_sec')) {
    const start = task.big('start_time');
    return { start, startAsKept: start, ...spent };
  }
  const seconds = task.big('start_time.tv_sec');
  const start = seconds * SECOND + task.big('start_time.tv_nsec');
  return { start, startAsKept: seconds, ...spent };
}
