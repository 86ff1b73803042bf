import { type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { type Task, taskTable } from '../task/tasks.ts';

/** An entry of a wait queue. */
export interface Waiter {
  /** The wait_queue_entry. */
  readonly address: VAddr;
  /** Undefined when the entry is not a task's own (poll and epoll have entries of another kind). */
  readonly task: Task | undefined;
}

/** The waiters of a `struct wait_queue_head` (include/linux/wait.h). Throws ReadError and BrokenListError. */
export function* waiters(target: Target, queue: VAddr): Generator<Waiter, void> {
  // The types were named in 4.13 (ac6424b981bc, sched/wait: Rename wait_queue_t => wait_queue_entry_t), the members in
  // 4.13 (2055da97389a, sched/wait: Disambiguate wq_entry->task_list and wq_head->task_list naming).
  const types = target.types.has('wait_queue_entry')
    ? { head: 'wait_queue_head', list: 'head', entry: 'wait_queue_entry', link: 'entry' }
    : { head: '__wait_queue_head', list: 'task_list', entry: '__wait_queue', link: 'task_list' };
  const head = target.object(types.head, queue).addressOf(types.list);
  // A head that is not initialised.
  if (target.kernel.pointer(head) === 0n) return;
  const link = target.types.member(types.entry, types.link).offset;
  const { byAddress } = taskTable(target);
  for (const node of walkList(target.kernel, head)) {
    const entry = target.object(types.entry, va(node - BigInt(link)));
    yield { address: entry.address, task: byAddress.get(entry.pointer('private')) };
  }
}
