import { plus, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import type { Found } from './list-waits.ts';
import { ownerAt } from './owners.ts';
import { evidenceAt, pointerAt, thingAt } from './things.ts';

/** RT_MUTEX_HAS_WAITERS, kernel/locking/rtmutex_common.h. */
const HAS_WAITERS = 1n;

/**
 * The rt_mutex that a task waits for: task->pi_blocked_on is its waiter, which names the lock; on a kernel with
 * PREEMPT_RT mutexes, rwsems and spinlocks are rt_mutexes too. Undefined for a task that waits for none. The lock is a
 * struct rt_mutex_base since 5.15 (830e6acc8a1c, locking/rtmutex: Split out the inner parts of 'struct rtmutex'), a
 * struct rt_mutex with the same members before. Throws ReadError, MissingError.
 */
export function rtMutexWait(target: Target, task: Task): Found | undefined {
  const member = target.findMember('task_struct', 'pi_blocked_on');
  if (!member) return undefined;
  const at = plus(task.address, member.offset);
  const waiter = pointerAt(target, at);
  if (waiter === 0n) return undefined;
  const members = target.layout('rt_mutex_waiter', { task: 'task', lock: 'lock' });
  const lock = va(target.kernel.word(plus(waiter, members.lock)));
  const type = target.types.has('rt_mutex_base') ? 'rt_mutex_base' : 'rt_mutex';
  const { owner } = target.layout(type, { owner: 'owner' });
  const ownerField = plus(lock, owner);
  const holder = va(target.kernel.word(ownerField) & ~HAS_WAITERS);
  const isOwn = pointerAt(target, plus(waiter, members.task)) === task.address;
  return {
    kind: 'rt-mutex',
    thing: thingAt(target, lock),
    waiter,
    holders: [
      holder === 0n
        ? { kind: 'unknown', reason: `${type}.owner is empty: it is being handed on` }
        : ownerAt(target, holder, `${type}.owner`, task),
    ],
    certainty: isOwn ? 'certain' : 'possible',
    evidence: [
      ...evidenceAt(target, 'task_struct.pi_blocked_on', at),
      ...evidenceAt(target, 'rt_mutex_waiter.lock', plus(waiter, members.lock)),
      ...evidenceAt(target, `${type}.owner`, ownerField),
    ],
  };
}
