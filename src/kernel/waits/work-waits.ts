import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import type { Found } from './list-waits.ts';
import { evidenceAt, thingAt } from './things.ts';
import type { Holder } from './types.ts';
import { type Worker, workers } from './workers.ts';

/** Work items between a barrier and the head of its list that are looked at. */
const MAX_ITEMS = 100_000;

/**
 * Who flush_work() and its like wait for. The completion that they wait for lies in a struct wq_barrier, a work item of
 * its own: in the list of the worker that executes the awaited one, or behind that in the list of the pool. Undefined
 * when the completion is in no barrier of this task (kernel/workqueue.c, insert_wq_barrier).
 */
export function workWait(target: Target, task: Task, completion: Found): Found | undefined {
  const address = completion.thing?.address;
  const members = barrierLayout(target);
  if (address === undefined || !members) return undefined;
  const barrier = plus(address, -members.done);
  const flusher =
    members.task === undefined ? undefined : target.kernel.tryWord(plus(barrier, members.task));
  if (flusher !== undefined && flusher !== task.address) return undefined;
  const head = target.memo(listsOfItems).headOf(plus(barrier, members.entry));
  if (head === undefined) return undefined;
  const worker = target.memo(workersByList).get(head);
  const evidence = [
    ...completion.evidence,
    ...(members.task === undefined
      ? []
      : evidenceAt(target, 'wq_barrier.task', plus(barrier, members.task))),
  ];
  if (!worker) {
    const pool = target.memo(poolsByList).get(head);
    const reason =
      pool === undefined
        ? 'the awaited work item is in a list that no worker and no pool has'
        : 'the awaited work item has not begun: no worker of its pool has taken it';
    return { ...completion, kind: 'work', holders: [{ kind: 'unknown', reason }], evidence };
  }
  const current = target.findMember('worker', 'current_work')!.offset;
  const func = target.findMember('worker', 'current_func')!.offset;
  return {
    ...completion,
    kind: 'work',
    thing: worker.work === undefined ? completion.thing : thingAt(target, worker.work),
    holders: [executing(worker)],
    evidence: [
      ...evidence,
      ...evidenceAt(target, 'worker.current_work', plus(worker.address, current)),
      ...evidenceAt(target, 'worker.current_func', plus(worker.address, func)),
    ],
  };
}

/** A worker as the holder of the work item that it executes. */
function executing({ task, func }: Worker): Holder {
  const what = func === undefined ? '' : `, which executes ${func.symbol}`;
  return { kind: 'task', task, via: `worker.current_work${what}`, certainty: 'certain' };
}

interface BarrierLayout {
  /** The list_head of its work_struct. */
  readonly entry: number;
  readonly done: number;
  /** The flusher; undefined before 4.13 or so. */
  readonly task: number | undefined;
}

function barrierLayout(target: Target): BarrierLayout | undefined {
  const entry = target.findMember('wq_barrier', 'work.entry');
  const done = target.findMember('wq_barrier', 'done');
  const task = target.findMember('wq_barrier', 'task');
  return entry && done && { entry: entry.offset, done: done.offset, task: task?.offset };
}

function workersByList(target: Target): ReadonlyMap<VAddr, Worker> {
  return new Map([...workers(target).values()].map((worker) => [worker.scheduled, worker]));
}

/** The pools of all workers, by the heads of their lists of work items. */
function poolsByList(target: Target): ReadonlyMap<VAddr, VAddr> {
  const list = target.findMember('worker_pool', 'worklist');
  if (!list) return new Map();
  const pools = new Set([...workers(target).values()].map(({ pool }) => pool));
  return new Map([...pools].map((pool) => [plus(pool, list.offset), pool]));
}

/** The heads of lists of work items, remembered for each item that was passed. */
function listsOfItems(target: Target) {
  const known = new Map<VAddr, VAddr | undefined>();
  return {
    headOf(item: VAddr): VAddr | undefined {
      const heads = target.memo(workersByList);
      const pools = target.memo(poolsByList);
      const path: VAddr[] = [];
      let head: VAddr | undefined;
      const seen = new Set<VAddr>();
      for (let at = item; path.length < MAX_ITEMS && !seen.has(at); ) {
        if (heads.has(at) || pools.has(at)) {
          head = at;
          break;
        }
        if (known.has(at)) {
          head = known.get(at);
          break;
        }
        seen.add(at);
        path.push(at);
        const next = target.kernel.tryWord(at);
        if (next === undefined || next === 0n) break;
        at = va(next);
      }
      for (const each of path) known.set(each, head);
      return head;
    },
  };
}
