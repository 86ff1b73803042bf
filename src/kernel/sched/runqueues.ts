import { hex, plus, type VAddr, va } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import { perCpu } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { walkRbTree } from '../lib/rbtree.ts';
import { activeTasks, type Task, taskAt, taskTable } from '../task/tasks.ts';

/** A task that waits for its CPU. */
export interface QueuedTask {
  /** task->prio: 0-99 for real-time tasks, 100-139 for the others. */
  readonly priority: number;
  readonly task: Task;
}

/** The run queue of a CPU. */
export interface RunQueue {
  readonly cpu: number;
  /** Address of the struct rq. */
  readonly address: VAddr;
  readonly current: Task | undefined;
  /** Address of rt.active, and the tasks queued there by priority. */
  readonly realtime: VAddr;
  readonly realtimeTasks: readonly QueuedTask[];
  /** Address of cfs.tasks_timeline, and the tasks in it and in the groups below, in order. */
  readonly fair: VAddr;
  readonly fairTasks: readonly QueuedTask[];
  /** Address of dl.root, and the deadline tasks. */
  readonly deadline: VAddr;
  readonly deadlineTasks: readonly QueuedTask[];
}

/** Bound on the nesting of task groups. */
export const MAX_NESTING = 64;

/** The run queue of a CPU: kernel/sched/sched.h, struct rq. Throws MissingError, ReadError, CorruptError. */
export function runQueue(target: Target, cpu: number): RunQueue {
  const rq = perCpu(target, 'runqueues', 'rq', cpu);
  const fair = rq.addressOf('cfs.tasks_timeline');
  const realtime = rq.addressOf('rt.active');
  // dl.root is an rb_root_cached since 4.14 (2161573ecd19, sched/deadline: replace earliest dl and rq leftmost
  // caching); both begin with the root.
  const deadline = rq.has('dl.root') ? rq.addressOf('dl.root') : va(0);
  return {
    cpu,
    address: rq.address,
    current: activeTasks(target).get(cpu),
    realtime,
    realtimeTasks: [...realtimeQueue(target, realtime, 0)],
    fair,
    fairTasks: [...fairQueue(target, rq.addressOf('cfs'), 0)],
    deadline,
    deadlineTasks: deadline === 0n ? [] : [...deadlineQueue(target, deadline)],
  };
}

/** Offsets of scheduling entities in tasks, and of their group members. */
export interface EntityLayout {
  readonly se: number;
  readonly rt: number;
  readonly prio: number;
  readonly runNode: number;
  /** sched_entity.my_q: the queue of a group; undefined without CONFIG_FAIR_GROUP_SCHED. */
  readonly fairQueue: number | undefined;
  readonly runList: number;
  /** sched_rt_entity.my_q, with CONFIG_RT_GROUP_SCHED. */
  readonly realtimeQueue: number | undefined;
}

/** Offsets of scheduling entities. Throws MissingError. */
export const entityLayout = (target: Target): EntityLayout => target.memo(readLayout);
function readLayout(target: Target): EntityLayout {
  const at = (type: string, member: string): number => target.types.member(type, member).offset;
  return {
    se: at('task_struct', 'se'),
    rt: at('task_struct', 'rt'),
    prio: at('task_struct', 'prio'),
    runNode: at('sched_entity', 'run_node'),
    fairQueue: target.findMember('sched_entity', 'my_q')?.offset,
    runList: at('sched_rt_entity', 'run_list'),
    realtimeQueue: target.findMember('sched_rt_entity', 'my_q')?.offset,
  };
}

/** The group queue of an entity, 0n for a task's own entity. */
export function groupQueue(target: Target, entity: VAddr, member: number | undefined): VAddr {
  return entity === 0n || member === undefined
    ? va(0)
    : target.kernel.pointer(plus(entity, member));
}

/** A task of the table with its priority; undefined when there is no such task. */
export function queuedTask(target: Target, address: VAddr): QueuedTask | undefined {
  const task = taskAt(target, address);
  if (!task) return undefined;
  return { priority: target.kernel.i32(plus(address, entityLayout(target).prio)), task };
}

/** The entities of a cfs_rq's tree, in order. */
export function* fairEntities(target: Target, queue: VAddr): Generator<VAddr> {
  const { runNode } = entityLayout(target);
  const root = target.object('cfs_rq', queue).addressOf('tasks_timeline');
  for (const node of walkRbTree(target, root)) yield plus(node, -runNode);
}

/** The tasks of a cfs_rq; a group's tasks come at the group's place, those of the running group first. */
function* fairQueue(target: Target, queue: VAddr, depth: number): Generator<QueuedTask> {
  if (depth > MAX_NESTING) throw new CorruptError(`cfs_rq ${hex(queue)} is nested too deep`, queue);
  const layout = entityLayout(target);
  const running = groupQueue(
    target,
    target.object('cfs_rq', queue).pointer('curr'),
    layout.fairQueue,
  );
  if (running !== 0n) yield* fairQueue(target, running, depth + 1);
  for (const entity of fairEntities(target, queue)) {
    const group = groupQueue(target, entity, layout.fairQueue);
    if (group !== 0n) yield* fairQueue(target, group, depth + 1);
    else {
      const queued = queuedTask(target, plus(entity, -layout.se));
      if (queued) yield queued;
    }
  }
}

/** The entities of an rt_prio_array with the index of the list that each is in. */
export function* realtimeEntities(target: Target, array: VAddr): Generator<[number, VAddr]> {
  const { runList } = entityLayout(target);
  const queue = target.types.member('rt_prio_array', 'queue');
  const size = 2 * target.arch.pointerSize;
  const heads = target.kernel.read(plus(array, queue.offset), queue.size);
  const view = new DataView(heads.buffer, heads.byteOffset, heads.byteLength);
  for (let index = 0; index * size < queue.size; index++) {
    const head = plus(array, queue.offset + index * size);
    const first = target.kernel.wordIn(view, index * size);
    // Most of the MAX_RT_PRIO lists are empty: they point to themselves.
    if (first === head) continue;
    for (const entry of walkList(target.kernel, head)) yield [index, plus(entry, -runList)];
  }
}

function* realtimeQueue(target: Target, array: VAddr, depth: number): Generator<QueuedTask> {
  if (depth > MAX_NESTING)
    throw new CorruptError(`rt_prio_array ${hex(array)} is nested too deep`, array);
  const layout = entityLayout(target);
  for (const [priority, entity] of realtimeEntities(target, array)) {
    const group = groupQueue(target, entity, layout.realtimeQueue);
    if (group !== 0n) {
      yield* realtimeQueue(target, target.object('rt_rq', group).addressOf('active'), depth + 1);
      continue;
    }
    const task = taskAt(target, plus(entity, -layout.rt));
    if (task) yield { priority, task };
  }
}

/** Deadline tasks, the earliest deadline first. */
function* deadlineQueue(target: Target, root: VAddr): Generator<QueuedTask> {
  const node =
    target.types.member('task_struct', 'dl').offset +
    target.types.member('sched_dl_entity', 'rb_node').offset;
  for (const entry of walkRbTree(target, root)) {
    // A deadline server is an entity of a run queue, not of a task: 6.8 (63ba8422f876, sched/deadline: Introduce
    // deadline servers).
    const queued = queuedTask(target, plus(entry, -node));
    if (queued) yield queued;
  }
}

/** The tasks of a CPU whose task->on_rq is set. Throws ReadError. */
export function tasksOnQueues(target: Target, cpu: number): readonly QueuedTask[] {
  const { onRq } = target.layout('task_struct', { onRq: ['on_rq', 'se.on_rq'] });
  const queued: QueuedTask[] = [];
  for (const task of taskTable(target).tasks) {
    if (task.cpu !== cpu || target.kernel.i32(plus(task.address, onRq)) === 0) continue;
    const each = queuedTask(target, task.address);
    if (each) queued.push(each);
  }
  return queued;
}
