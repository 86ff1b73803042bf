import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { type Task, taskTable } from '../task/tasks.ts';
import { nameOf, pointerAt } from './things.ts';
import type { ThingName } from './types.ts';

/** PF_WQ_WORKER, include/linux/sched.h. */
const PF_WQ_WORKER = 0x20;
/** PF_KTHREAD. */
const PF_KTHREAD = 0x20_0000;

/** A thread of a workqueue's pool. */
export interface Worker {
  /** Of the struct worker. */
  readonly address: VAddr;
  readonly task: Task;
  /** The work_struct that it executes; undefined for an idle one. */
  readonly work: VAddr | undefined;
  /** The function of that work item. In no frame of the stack when the compiler made its last call a jump. */
  readonly func: ThingName | undefined;
  /** Of the list of work items that it has to do next, where barriers of flush_work() stand. */
  readonly scheduled: VAddr;
  readonly pool: VAddr;
  /** Of the pool_workqueue of its work item, or 0. */
  readonly pwq: VAddr;
}

/** The workers of all pools, by their tasks; kernel/workqueue_internal.h. */
export const workers = (target: Target): ReadonlyMap<VAddr, Worker> => target.memo(readWorkers);

function readWorkers(target: Target): ReadonlyMap<VAddr, Worker> {
  const found = new Map<VAddr, Worker>();
  const layout = workerLayout(target);
  if (!layout) return found;
  for (const task of taskTable(target).tasks) {
    if ((task.flags & PF_WQ_WORKER) === 0) continue;
    const worker = target.losses.attempt(`worker of task ${task.pid}`, task.address, () =>
      readWorker(target, task, layout),
    );
    if (worker) found.set(task.address, worker);
  }
  return found;
}

type WorkerLayout = NonNullable<ReturnType<typeof workerLayout>>;

function workerLayout(target: Target) {
  return target.losses.ifThere('kind of worker', undefined, () =>
    target.layout('worker', {
      work: 'current_work',
      func: 'current_func',
      pwq: ['current_pwq', 'current_work'],
      scheduled: 'scheduled',
      task: 'task',
      pool: 'pool',
    }),
  );
}

function readWorker(target: Target, task: Task, layout: WorkerLayout): Worker | undefined {
  const address = kthreadData(target, task);
  if (address === 0n) return undefined;
  // The structure must say the same of the thread as the thread says of it.
  if (pointerAt(target, plus(address, layout.task)) !== task.address) return undefined;
  const work = va(target.kernel.word(plus(address, layout.work)));
  const func = va(target.kernel.word(plus(address, layout.func)));
  return {
    address,
    task,
    work: work === 0n ? undefined : work,
    func: func === 0n ? undefined : nameOf(target, func),
    scheduled: plus(address, layout.scheduled),
    pool: pointerAt(target, plus(address, layout.pool)),
    pwq: pointerAt(target, plus(address, layout.pwq)),
  };
}

/**
 * kthread_data(): the argument of a kernel thread. Its struct kthread is task->worker_private since 5.17 (e32cf5dfbe22,
 * kthread: Generalize pf_io_worker so it can point to struct kthread), task->set_child_tid before.
 */
function kthreadData(target: Target, task: Task): VAddr {
  const member =
    target.findMember('task_struct', 'worker_private') ??
    target.findMember('task_struct', 'set_child_tid');
  const data = target.findMember('kthread', 'data');
  if (!member || !data || (task.flags & PF_KTHREAD) === 0) return va(0);
  const kthread = pointerAt(target, plus(task.address, member.offset));
  return kthread === 0n ? va(0) : pointerAt(target, plus(kthread, data.offset));
}
