import type { Target } from '../core/target.ts';
import {
  type CallFrame,
  frameWords,
  type StackedTask,
  stackedTask,
} from '../stacktrace/stacked-task.ts';
import { STATE } from '../task/state.ts';
import type { Task } from '../task/tasks.ts';
import { spinning } from './cpu-waits.ts';
import { bitWait, completionWait, queueWait, vforkWait } from './event-waits.ts';
import { type Found, LOCK_OF, listWait } from './list-waits.ts';
import { rcuWait } from './rcu-waits.ts';
import { rtMutexWait } from './rt-mutexes.ts';
import { runningCpus } from './running-cpus.ts';
import type { Holder, Wait, WaitKind } from './types.ts';
import { type Machinery, machineryOf } from './wait-functions.ts';
import { waitingFor } from './waiting-time.ts';
import { workWait } from './work-waits.ts';
import { workers } from './workers.ts';

/** Callers in whose frames an entry of a wait queue may lie: what waits for an event is often inlined. */
const EVENT_CALLERS = 3;

/**
 * What a task waits for; undefined for one that does not wait, and 'unread' for one whose stack cannot be read (a loss).
 */
export function waitOf(target: Target, task: Task): Wait | 'unread' | undefined {
  const running = runningCpus(target).get(task.cpu);
  if (running?.task.address === task.address) {
    const spin = spinning(target, running);
    return (
      spin && toWait(target, task, spin.found, running.stacked?.frames[spin.at], spin.callers[0])
    );
  }
  if (!isAsleep(task) || task.stack === 0n) return undefined;
  const stacked = stackedTask(target, task);
  if (!stacked) return 'unread';
  const machinery = machineryOf(stacked.frames);
  // A fault in what one reader follows leaves the wait, and loses what it is for.
  const found =
    target.losses.attempt(`what task ${task.pid} waits for`, task.address, () =>
      findWait(target, stacked, machinery),
    ) ?? nothing('event', 'what it waits for cannot be read');
  const { frames, callers, scheduler } = machinery;
  return toWait(target, task, found, frames.at(-1) ?? scheduler.at(-1), callers[0]);
}

/** Off its CPU until something happens: neither runnable nor dead. */
function isAsleep({ state, pid }: Task): boolean {
  const ended = STATE.exitDead | STATE.exitZombie | STATE.dead | STATE.new;
  return state !== 0 && (state & ended) === 0 && pid !== 0;
}

const nothing = (kind: WaitKind, reason: string): Found => ({
  kind,
  thing: undefined,
  holders: [{ kind: 'unknown', reason }],
  certainty: 'possible',
  evidence: [],
});

function findWait(target: Target, { task }: StackedTask, machinery: Machinery): Found {
  const { frames, groups, callers, scheduler } = machinery;
  const rt = rtMutexWait(target, task);
  if (rt) return groups.includes('futex') ? { ...rt, kind: 'futex' } : rt;
  const outer = groups.at(-1);
  for (const group of groups) {
    if (
      group === 'mutex' ||
      group === 'rwsem-read' ||
      group === 'rwsem-write' ||
      group === 'semaphore'
    ) {
      return listed(target, task, group, frames, callers);
    }
  }
  const completion = groups.includes('completion')
    ? completionWait(target, task, frames)
    : undefined;
  if (outer === 'work') {
    const work = completion && workWait(target, task, completion);
    return (
      work ?? { ...(completion ?? nothing('work', 'no barrier of it was found')), kind: 'work' }
    );
  }
  if (outer === 'rcu') {
    const isSleepable = frames.some(({ symbol }) => /srcu/.test(symbol));
    const queue = completion ?? queueWait(target, task, frames);
    return rcuWait(target, queue, isSleepable);
  }
  if (completion) return vforkWait(target, completion) ?? completion;
  if (outer === 'bit') return bitWait(target, task, frames);
  if (outer === 'timer') return { ...nothing('timer', ''), holders: [], certainty: 'likely' };
  if (outer === 'futex') return { ...nothing('futex', ''), holders: [], certainty: 'likely' };
  const own = [...frames, ...callers.slice(0, EVENT_CALLERS)];
  const queue = queueWait(target, task, own);
  if (queue) return queue;
  if (hasTimer(target, scheduler))
    return { ...nothing('timer', ''), holders: [], certainty: 'likely' };
  const io = scheduler.some(({ symbol }) => symbol.startsWith('io_schedule'));
  if (io) return nothing('io', 'a block device has a request of it that is not done');
  return { ...nothing('event', ''), holders: [] };
}

/** A lock by its list; a percpu rwsem, which has readers without a list, by its wait queue. */
function listed(
  target: Target,
  task: Task,
  kind: WaitKind,
  frames: readonly CallFrame[],
  callers: readonly CallFrame[],
): Found {
  if (frames.some(({ symbol }) => symbol.includes('percpu'))) {
    const queue = queueWait(target, task, frames);
    const reason = 'a percpu_rw_semaphore counts its holders and does not list them';
    return { ...(queue ?? nothing(kind, reason)), kind, holders: [{ kind: 'unknown', reason }] };
  }
  return listWait(target, task, kind, frames, callers);
}

/** schedule_timeout() with an end: its timer, with this function, lies in its frame. */
function hasTimer(target: Target, scheduler: readonly CallFrame[]): boolean {
  const timeout = target.findSymbol('process_timeout');
  const sleeper = target.findSymbol('hrtimer_wakeup');
  return scheduler.some((frame) => {
    if (!/timeout/.test(frame.symbol)) return false;
    for (const [, word] of frameWords(target, frame)) {
      if (word === timeout || word === sleeper) return true;
    }
    return false;
  });
}

function toWait(
  target: Target,
  task: Task,
  found: Found,
  by: CallFrame | undefined,
  caller: CallFrame | undefined,
): Wait {
  const { module } = caller ?? {};
  const executes = workers(target).get(task.address)?.func;
  return {
    task,
    kind: found.kind,
    thing: found.thing,
    waiter: found.waiter,
    by: by?.symbol || undefined,
    caller: caller?.symbol
      ? { symbol: caller.symbol, ...(module === undefined ? {} : { module }) }
      : undefined,
    ...(executes === undefined ? {} : { executes }),
    holders: found.holders,
    idle: isIdle(task, found, caller),
    certainty: found.certainty,
    evidence: found.evidence,
    since: waitingFor(target, task),
  };
}

/** Kinds of waits that end of themselves, or when another program wants it. */
const OWN_END: ReadonlySet<WaitKind> = new Set(['timer', 'vfork']);

/**
 * A wait that a machine without fault has at all times: an interruptible one that no task is known to hold up, one for
 * a time, a child in vfork(), a thread that was made and not started. The kernel's watchdog of hung tasks leaves out the
 * same: it counts uninterruptible sleep without TASK_NOLOAD (kernel/hung_task.c).
 */
function isIdle({ state }: Task, found: Found, caller: CallFrame | undefined): boolean {
  if (found.kind === 'spinlock' || found.kind === 'ipi') return false;
  if (OWN_END.has(found.kind)) return true;
  if ((state & (STATE.frozen | STATE.parked | STATE.stopped | STATE.traced)) !== 0) return true;
  const uninterruptible = (state & (STATE.uninterruptible | STATE.rtlockWait)) !== 0;
  if (uninterruptible && (state & STATE.noload) === 0) {
    return found.kind === 'event' && caller?.symbol === 'kthread';
  }
  const isLock =
    LOCK_OF[found.kind] !== undefined || found.kind === 'rt-mutex' || found.kind === 'futex';
  return !(isLock && found.holders.some(isSomebody));
}

const isSomebody = ({ kind }: Holder): boolean => kind !== 'unknown';
