import { CrashError } from '../../base/errors.ts';
import { machineCpus } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { isActive, type Task } from '../task/tasks.ts';
import { lastRun, runQueueClock } from '../task/times.ts';

/**
 * Nanoseconds by the CPU's sched_clock at which a task was taken off its CPU: se.exec_start, the last time that its run
 * time was counted. Undefined where the kernel's types do not have it, and for tasks of another class than fair.
 */
export function blockedAt(target: Target, task: Task): bigint | undefined {
  try {
    const at = target.object('task_struct', task.address).big('se.exec_start');
    const ran = lastRun(target, task);
    // exec_start counts by clock_task, which stands still during interrupts: it is not before the task began to run.
    if (at === 0n) return undefined;
    if (at < ran) return ran;
    return at;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/**
 * The newest rq->clock of all CPUs, in nanoseconds: the time of the crash as the scheduler knows it. An idle CPU does
 * not update its own.
 */
export const newestClock = (target: Target): bigint | undefined => target.memo(readNewestClock);

function readNewestClock(target: Target): bigint | undefined {
  let newest: bigint | undefined;
  for (const cpu of machineCpus(target)) {
    const clock = target.losses.attempt(`clock of CPU ${cpu}`, undefined, () =>
      runQueueClock(target, cpu),
    );
    if (clock !== undefined && (newest === undefined || clock > newest)) newest = clock;
  }
  return newest;
}

/**
 * Nanoseconds since a task was last seen running, for a running one since it last began to; undefined when nothing says
 * it.
 */
export function waitingFor(target: Target, task: Task): bigint | undefined {
  const now = newestClock(target);
  if (now === undefined) return undefined;
  try {
    const asleep = isActive(target, task) ? undefined : blockedAt(target, task);
    const at = asleep ?? lastRun(target, task);
    if (at === 0n || at > now) return undefined;
    return now - at;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
