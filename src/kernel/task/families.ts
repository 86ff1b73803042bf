import type { VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { isGroupLeader } from './state.ts';
import { type Task, taskTable } from './tasks.ts';

/** Bound on the depth of the process tree. */
const MAX_DEPTH = 10_000;

/** A task's ancestors, the oldest first, and the task itself last. A loop of parents is cut. */
export function lineage(target: Target, task: Task): readonly Task[] {
  const { byAddress } = taskTable(target);
  const line: Task[] = [task];
  const seen = new Set<VAddr>([task.address]);
  for (let at = task; line.length < MAX_DEPTH; ) {
    const parent = byAddress.get(at.parent);
    if (!parent || seen.has(parent.address)) break;
    seen.add(parent.address);
    line.push(parent);
    at = parent;
  }
  return line.reverse();
}

/** A task's children, in the table's order. */
export const childrenOf = (target: Target, task: Task): readonly Task[] =>
  target.memo(byParent).get(task.address) ?? [];

const byParent = (target: Target): ReadonlyMap<VAddr, readonly Task[]> =>
  groupBy(taskTable(target).tasks, ({ parent }) => parent);

/** The tasks of a thread group, in the table's order, the leader among them. Idle tasks form group 0. */
export const threadGroup = (target: Target, tgid: number): readonly Task[] =>
  target.memo(byGroup).get(tgid) ?? [];

const byGroup = (target: Target): ReadonlyMap<number, readonly Task[]> =>
  groupBy(taskTable(target).tasks, ({ tgid }) => tgid);

/** The leader of a task's thread group; undefined when the table does not have it. */
export const groupLeader = (target: Target, { tgid }: Task): Task | undefined =>
  threadGroup(target, tgid).find(isGroupLeader);

function groupBy<K>(
  tasks: readonly Task[],
  keyOf: (task: Task) => K,
): ReadonlyMap<K, readonly Task[]> {
  const groups = new Map<K, Task[]>();
  for (const task of tasks) {
    const key = keyOf(task);
    const group = groups.get(key);
    if (group) group.push(task);
    else groups.set(key, [task]);
  }
  return groups;
}
