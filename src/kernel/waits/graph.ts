import type { Target } from '../core/target.ts';
import { type Task, taskTable } from '../task/tasks.ts';
import { findCycles } from './cycles.ts';
import { waitOf } from './find-waits.ts';
import { findRoots } from './roots.ts';
import type { Wait, WaitGraph } from './types.ts';

/**
 * Who waits for whom: every task that sleeps or spins, what for, and who holds it; circles, and the ends of chains by
 * the number of their victims. Each stack is walked once, and each list of waiters; the answer is the same at each call.
 * What cannot be read is a loss of the target and is counted. Throws what the table of tasks throws, and MissingError
 * without types.
 */
export const waitGraph = (target: Target): WaitGraph => target.memo(readGraph);

function readGraph(target: Target): WaitGraph {
  const waits: Wait[] = [];
  let unread = 0;
  for (const wait of eachWait(target)) {
    if (wait === 'unread') unread++;
    else waits.push(wait);
  }
  return { ...linkWaits(waits), unread: unread + taskTable(target).missing.length };
}

/** The wait of each task, one after the other: for a caller that gives way between them. */
export function* eachWait(target: Target): Generator<Wait | 'unread'> {
  for (const task of taskTable(target).tasks) {
    const wait = waitOf(target, task);
    if (wait !== undefined) yield wait;
  }
}

/** The circles and roots among waits. */
export function linkWaits(waits: readonly Wait[]): Omit<WaitGraph, 'unread'> {
  const stuck = waits.filter(({ idle }) => !idle);
  const byTask = new Map(waits.map((wait) => [wait.task.address, wait] as const));
  const cycles = findCycles(stuck);
  return { waits, cycles, roots: findRoots(stuck, byTask, cycles) };
}

/** By pid, then by address: the order of every list of tasks in an answer. */
export const byPid = (a: Task, b: Task): number =>
  a.pid - b.pid || (a.address < b.address ? -1 : a.address > b.address ? 1 : 0);
