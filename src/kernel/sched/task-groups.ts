import { hex, plus, type VAddr, va } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import { perCpuOffset } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import type { Task } from '../task/tasks.ts';
import {
  entityLayout,
  fairEntities,
  groupQueue,
  MAX_NESTING,
  type QueuedTask,
  queuedTask,
  realtimeEntities,
} from './runqueues.ts';

/** A group of tasks that share CPU time: struct task_group, kernel/sched/sched.h. */
export interface TaskGroup {
  readonly address: VAddr;
  readonly depth: number;
  /** The cgroup's name; undefined for an autogroup. */
  readonly name: string | undefined;
  readonly parent: TaskGroup | undefined;
}

/** One line of a CPU's queues by group, `depth` groups deep. */
export type GroupEntry =
  | {
      readonly kind: 'group';
      readonly depth: number;
      readonly group: TaskGroup;
      readonly queue: VAddr;
      readonly throttled: boolean;
      /** The place in the real-time array; absent for fair groups. */
      readonly priority?: number;
    }
  | {
      readonly kind: 'task';
      readonly depth: number;
      readonly queued: QueuedTask;
      readonly current: boolean;
    }
  | { readonly kind: 'none'; readonly depth: number };

/** Bound on groups: more are a loop. */
const MAX_GROUPS = 1_000_000;

/** The root group and all below it, parents before children. */
export const taskGroups = (target: Target): readonly TaskGroup[] => target.memo(readGroups);

function readGroups(target: Target): readonly TaskGroup[] {
  const groups: TaskGroup[] = [];
  const siblings = target.types.member('task_group', 'siblings').offset;
  const root = target.symbol('root_task_group');
  let level: TaskGroup[] = [
    { address: root, depth: 0, name: groupName(target, root), parent: undefined },
  ];
  while (level.length > 0) {
    groups.push(...level);
    const below: TaskGroup[] = [];
    for (const parent of level) {
      const children = target.object('task_group', parent.address).addressOf('children');
      for (const entry of walkList(target.kernel, children, MAX_GROUPS)) {
        const address = plus(entry, -siblings);
        below.push({ address, depth: parent.depth + 1, name: groupName(target, address), parent });
      }
    }
    if ((level[0]?.depth ?? 0) >= MAX_NESTING) {
      throw new CorruptError('task groups are nested too deep', root);
    }
    level = below;
  }
  return groups;
}

/** css.cgroup->kn->name; the top one, which has no parent, is `/`. */
function groupName(target: Target, group: VAddr): string | undefined {
  const cgroup = target.object('task_group', group).follow('css.cgroup');
  const node = cgroup?.follow('kn');
  if (!node) return undefined;
  // kernfs_node.parent was renamed in 6.15 (633488947ef6, kernfs: Use RCU to access kernfs_node::parent.).
  if (node.pointer(node.pick('__parent', 'parent')) === 0n) return '/';
  return node.pointer('name') === 0n ? undefined : node.string('name');
}

/** A group's cfs_rq or rt_rq on a CPU; 0n when there is none. */
export function groupQueueOn(target: Target, group: VAddr, member: string, cpu: number): VAddr {
  const object = target.object('task_group', group);
  const table = object.pointer(member);
  if (table === 0n) return va(0);
  const type = target.types.resolve(object.member(member).type);
  const pointed = type.kind === 'pointer' ? target.types.resolve(type.target) : undefined;
  // 7.2 made the array of pointers per-CPU data.
  if (pointed?.kind === 'struct') return plus(table, perCpuOffset(target, cpu));
  return target.kernel.pointer(plus(table, cpu * target.kernel.pointerSize));
}

/** Walks one CPU's fair queues group by group; tasks in a throttled group come last. */
export class FairGroups {
  readonly #target: Target;
  readonly #cpu: number;
  readonly #current: Task | undefined;
  /** Groups that have been yielded. */
  readonly #shown = new Set<TaskGroup>();

  constructor(target: Target, cpu: number, current: Task | undefined) {
    this.#target = target;
    this.#cpu = cpu;
    this.#current = current;
  }

  *entries(queue: VAddr, depth = 0): Generator<GroupEntry> {
    if (depth > MAX_NESTING)
      throw new CorruptError(`cfs_rq ${hex(queue)} is nested too deep`, queue);
    const target = this.#target;
    const layout = entityLayout(target);
    const cfs = target.object('cfs_rq', queue);
    const group = cfs.has('tg') ? this.#groupAt(cfs.pointer('tg')) : undefined;
    if (depth > 0 && group) yield this.#header(group, queue, depth);
    const running = cfs.pointer('curr');
    const runningGroup = groupQueue(target, running, layout.fairQueue);
    let total = 0;
    if (runningGroup !== 0n) {
      total++;
      yield* this.entries(runningGroup, depth + 1);
    } else if (this.#current && plus(running, -layout.se) === this.#current.address) {
      const queued = queuedTask(target, this.#current.address);
      if (queued) yield { kind: 'task', depth, queued, current: true };
      total++;
    }
    for (const entity of fairEntities(target, queue)) {
      const below = groupQueue(target, entity, layout.fairQueue);
      total++;
      if (below !== 0n) yield* this.entries(below, depth + 1);
      else {
        const queued = queuedTask(target, plus(entity, -layout.se));
        if (queued) yield { kind: 'task', depth, queued, current: false };
      }
    }
    for (const entry of this.#dequeued(group, queue, depth)) {
      total++;
      yield entry;
    }
    if (total === 0) yield { kind: 'none', depth };
  }

  /** Groups below that have tasks but are in no tree: they have used up their time. */
  *#dequeued(parent: TaskGroup | undefined, queue: VAddr, depth: number): Generator<GroupEntry> {
    if (!parent || depth > MAX_NESTING) return;
    const target = this.#target;
    for (const group of taskGroups(target)) {
      if (group.parent !== parent || this.#shown.has(group)) continue;
      const below = groupQueueOn(target, group.address, 'cfs_rq', this.#cpu);
      if (below === 0n || below === queue) continue;
      const cfs = target.object('cfs_rq', below);
      // nr_running was renamed in 6.14 (736c55a02c47, sched/fair: Rename cfs_rq.nr_running into nr_queued).
      const queued = cfs.num(cfs.pick('nr_queued', 'nr_running'));
      if (queued === 0) yield* this.#dequeued(group, below, depth + 1);
      else yield* this.#withParents(group, below, depth);
    }
  }

  *#withParents(group: TaskGroup, queue: VAddr, depth: number): Generator<GroupEntry> {
    const missing: TaskGroup[] = [];
    for (let at = group.parent; at && at.depth > 0 && !this.#shown.has(at); at = at.parent)
      missing.unshift(at);
    for (const each of missing) {
      yield this.#header(
        each,
        groupQueueOn(this.#target, each.address, 'cfs_rq', this.#cpu),
        each.depth,
      );
    }
    yield* this.entries(queue, depth + 1);
  }

  #groupAt(address: VAddr): TaskGroup | undefined {
    return taskGroups(this.#target).find((group) => group.address === address);
  }
  #header(group: TaskGroup, queue: VAddr, depth: number): GroupEntry {
    this.#shown.add(group);
    const cfs = this.#target.object('cfs_rq', queue);
    const throttled = cfs.has('throttled') && cfs.num('throttled') !== 0;
    return { kind: 'group', depth, group, queue, throttled };
  }
}

/** One CPU's real-time queues group by group, with CONFIG_RT_GROUP_SCHED. */
export function* realtimeGroups(target: Target, queue: VAddr, depth = 0): Generator<GroupEntry> {
  if (depth > MAX_NESTING) throw new CorruptError(`rt_rq ${hex(queue)} is nested too deep`, queue);
  const layout = entityLayout(target);
  const array = target.object('rt_rq', queue).addressOf('active');
  let total = 0;
  for (const [priority, entity] of realtimeEntities(target, array)) {
    const below = groupQueue(target, entity, layout.realtimeQueue);
    if (below !== 0n) {
      const rt = target.object('rt_rq', below);
      const group = taskGroups(target).find(({ address }) => address === rt.pointer('tg'));
      const throttled = rt.has('rt_throttled') && rt.num('rt_throttled') !== 0;
      if (group) yield { kind: 'group', depth, group, queue: below, throttled, priority };
      yield* realtimeGroups(target, below, depth + 1);
    } else {
      const queued = queuedTask(target, plus(entity, -layout.rt));
      if (queued) yield { kind: 'task', depth, queued: { ...queued, priority }, current: false };
    }
    total++;
  }
  if (total === 0) yield { kind: 'none', depth };
}
