import { plus, type VAddr } from '../base/address.ts';
import { MissingError } from '../base/errors.ts';
import { perCpu } from './cpus.ts';
import type { Target } from './target.ts';
import type { Task } from './tasks.ts';

/**
 * When a task last began to run, in nanoseconds of its CPU's sched_clock: sched_info.last_arrival, which needs
 * CONFIG_SCHED_INFO. Throws MissingError.
 */
export const lastRun = (target: Target, task: Task): bigint =>
  target.once(lastRunReader)(task.address);

function lastRunReader(target: Target): (task: VAddr) => bigint {
  const { at } = target.layout('task_struct', { at: 'sched_info.last_arrival' });
  return (task) => target.kernel.u64(plus(task, at));
}

/** A CPU's rq->clock: nanoseconds of its sched_clock when its run queue was last touched. */
export const runQueueClock = (target: Target, cpu: number): bigint =>
  perCpu(target, 'runqueues', 'rq', cpu).big('clock');

/** How long before its CPU's last look at the clock a task began to run, in nanoseconds; never negative. */
export function sinceLastRun(target: Target, task: Task, clock: bigint): bigint {
  const passed = clock - lastRun(target, task);
  return passed < 0n ? 0n : passed;
}

/** When a task began and what time it took. */
export interface TaskTimes {
  /** task->start_time: nanoseconds since boot. */
  readonly start: bigint;
  /** Nanoseconds in user mode and in the kernel. */
  readonly user: bigint;
  readonly system: bigint;
}

/** Since 4.11 (5613fda9a503) all three are nanoseconds. Throws ReadError. */
export function taskTimes(target: Target, { address }: Task): TaskTimes {
  const task = target.object('task_struct', address);
  return { start: task.big('start_time'), user: task.big('utime'), system: task.big('stime') };
}

/** 5 minutes: jiffies begin at -300 seconds (INITIAL_JIFFIES, include/linux/jiffies.h) to find wrap-around bugs early. */
const HEAD_START_SECONDS = 300;
/** The values that CONFIG_HZ may have (kernel/Kconfig.hz). */
const RATES = [100, 250, 300, 1000] as const;
const NANOSECONDS = 1e9;

/**
 * Seconds since boot by jiffies_64. CONFIG_HZ is in no symbol and in no type, so that rate is taken by which jiffies
 * agree best with the run queues' clocks: a wrong one is off by minutes. Throws MissingError, ReadError.
 */
export const secondsUp = (target: Target): number => target.once(readSecondsUp);

function readSecondsUp(target: Target): number {
  const jiffies = target.kernel.u64(target.symbol('jiffies_64'));
  const clock = Number(perCpu(target, 'runqueues', 'rq', 0).big('clock')) / NANOSECONDS;
  let best: number | undefined;
  for (const hz of RATES) {
    // The start is minus 300 s as an unsigned 32-bit number; later values are beyond 2^32.
    const ticks = jiffies - BigInt(2 ** 32 - HEAD_START_SECONDS * hz);
    if (ticks < 0n) continue;
    const seconds = Number(ticks) / hz;
    if (best === undefined || Math.abs(seconds - clock) < Math.abs(best - clock)) best = seconds;
  }
  if (best === undefined) throw new MissingError('symbol', 'jiffies_64', 'jiffies make no sense');
  return best;
}
