import { hex, type VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { LossLog } from '../core/losses.ts';
import type { Target } from '../core/target.ts';
import { isZombie, STATE } from '../task/state.ts';
import { readTask, type Task, taskTable } from '../task/tasks.ts';
import { taskTimes } from '../task/times.ts';
import type { Certainty, Holder } from './types.ts';
import { blockedAt } from './waiting-time.ts';

/** Clocks of CPUs, and the clock of task->start_time and that of the scheduler, differ by less: 1 s in nanoseconds. */
const CLOCK_SLACK = 1_000_000_000n;

/** Dead for the scheduler: its task_struct is only kept for its parent, or for who still points to it. */
const isDead = (task: Task): boolean =>
  isZombie(task) || (task.state & (STATE.exitDead | STATE.dead)) !== 0;

/**
 * The task that an owner field points to: alive, gone, or another one that has its slot now. `waiter` is a task that
 * waits for it: an owner that was born after the waiter fell asleep is not who it fell asleep for.
 */
export function ownerAt(
  target: Target,
  address: VAddr,
  via: string,
  waiter: Task,
  certainty: Certainty = 'certain',
): Holder {
  const { byAddress, missing } = taskTable(target);
  const task = byAddress.get(address);
  if (task) {
    if (isDead(task)) {
      const { pid, comm } = task;
      const reason = `${via} is a task that has exited and holds it still`;
      return { kind: 'gone', address, reason, pid, comm, certainty };
    }
    const reused = isYounger(target, task, waiter);
    if (!reused) return { kind: 'task', task, via, certainty };
    const reason = `${via} is the task_struct of ${task.comm} (pid ${task.pid}), which began after ${waiter.comm} (pid ${waiter.pid}) fell asleep: the slot was another task's`;
    return { kind: 'unknown', reason };
  }
  const unread = missing.find((each) => each.address === address);
  if (unread) {
    return { kind: 'unknown', reason: `${via} is task ${hex(address)}: ${unread.reason}` };
  }
  return gone(target, address, via, certainty);
}

/** The owner is in no table. Its memory may still be what it was, until the slab is given back. */
function gone(target: Target, address: VAddr, via: string, certainty: Certainty): Holder {
  const last = lastOf(target, address);
  const complete = target.memo(tasksAreComplete);
  return {
    kind: 'gone',
    address,
    reason: complete
      ? `${via} is a task_struct that is in no list of tasks any more`
      : `${via} is in none of the tables of tasks, which are not complete`,
    ...(last ? { pid: last.pid, comm: last.comm } : {}),
    certainty: complete ? certainty : 'possible',
  };
}

/** What a freed task_struct still says; undefined when that makes no sense. */
function lastOf(target: Target, address: VAddr): Task | undefined {
  try {
    const task = readTask(target, address);
    const sane = task.pid > 0 && task.pid < 1 << 22 && /^[\x20-\x7e]{1,15}$/.test(task.comm);
    return sane ? task : undefined;
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** The table of tasks was read without a loss. */
function tasksAreComplete(target: Target): boolean {
  const lost = new LossLog();
  const { missing } = target.losses.apart(lost, () => taskTable(target));
  return lost.isEmpty && missing.length === 0;
}

function isYounger(target: Target, owner: Task, waiter: Task): boolean {
  const asleep = blockedAt(target, waiter);
  if (asleep === undefined) return false;
  try {
    return taskTimes(target, owner).start > asleep + CLOCK_SLACK;
  } catch (error) {
    if (error instanceof CrashError) return false;
    throw error;
  }
}
