import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { ownerAt } from './owners.ts';
import { evidence32At, evidenceAt } from './things.ts';
import type { Holder, WaitEvidence } from './types.ts';

/** The locks that keep their waiters in a list: mutex, rwsem, semaphore. */
export type ListLock = 'mutex' | 'rw_semaphore' | 'semaphore';

/** What a lock's own memory says of who holds it. */
export interface LockState {
  readonly holders: readonly Holder[];
  readonly evidence: readonly WaitEvidence[];
}

/**
 * Flags in the low bits of an owner's address. Mutex: MUTEX_FLAG_WAITERS, _HANDOFF, _PICKUP (kernel/locking/mutex.c).
 * Rwsem: reader owned in bit 0; in bits 1 and 2 what spinning may do (kernel/locking/rwsem.c), in all releases.
 */
const OWNER_FLAGS = 7n;
const READER_OWNED = 1n;
/** RWSEM_READER_SHIFT, kernel/locking/rwsem.c: the number of readers begins there. */
const READER_SHIFT = 8n;

/** The offset of the member of a lock by which its waiters are found. */
export interface WaitersMember {
  readonly offset: number;
  /** `head`: a struct list_head. `first`: a pointer to one of the waiters, which form a ring. */
  readonly form: 'head' | 'first';
}

/** How a lock of this kernel keeps its waiters; undefined when its type is not known. */
export function waitersMember(target: Target, lock: ListLock): WaitersMember | undefined {
  // In 2026 the list's head became a pointer to the first waiter (include/linux/mutex_types.h); before that a list_head.
  const first = target.findMember(lock, 'first_waiter');
  if (first) return { offset: first.offset, form: 'first' };
  const list = target.findMember(lock, 'wait_list');
  return list && { offset: list.offset, form: 'head' };
}

/** Who holds a lock, by its own memory. `waiter` is a task that waits for it. Throws MissingError, ReadError. */
export function lockState(target: Target, lock: ListLock, address: VAddr, waiter: Task): LockState {
  return STATES[lock](target, address, waiter);
}

const STATES: Readonly<
  Record<ListLock, (target: Target, address: VAddr, waiter: Task) => LockState>
> = { mutex: mutexState, rw_semaphore: rwsemState, semaphore: semaphoreState };

/**
 * A mutex: its owner with flags since 4.10 (3ca0ff571b09, locking/mutex: Rework mutex::owner), a plain pointer before
 * that, in the same place of the same name.
 */
function mutexState(target: Target, address: VAddr, waiter: Task): LockState {
  const at = plus(address, target.layout('mutex', { owner: 'owner' }).owner);
  const word = target.kernel.word(at);
  const evidence = evidenceAt(target, 'mutex.owner', at);
  const owner = va(word & ~OWNER_FLAGS);
  if (owner === 0n) {
    const reason = 'mutex.owner is empty: it is being handed on, or nobody holds it';
    return { holders: [{ kind: 'unknown', reason }], evidence };
  }
  return { holders: [ownerAt(target, owner, 'mutex.owner', waiter)], evidence };
}

/**
 * A rwsem: its owner is a word with flags since 5.3 (94a9717b3c40, locking/rwsem: Make rwsem->owner an atomic_long_t),
 * a pointer with the same flags before. Of readers the word has the last that came, which may have left.
 */
function rwsemState(target: Target, address: VAddr, waiter: Task): LockState {
  const members = target.layout('rw_semaphore', { count: 'count', owner: ['owner', 'count'] });
  const ownerAddress = plus(address, members.owner);
  const countAddress = plus(address, members.count);
  const count = evidenceAt(target, 'rw_semaphore.count', countAddress);
  if (members.owner === members.count) {
    const reason = 'this kernel was built without rw_semaphore.owner';
    return { holders: [{ kind: 'unknown', reason }], evidence: count };
  }
  const word = target.kernel.word(ownerAddress);
  const evidence = [...evidenceAt(target, 'rw_semaphore.owner', ownerAddress), ...count];
  const owner = va(word & ~OWNER_FLAGS);
  if (word & READER_OWNED) {
    const readers = readerCount(target, count[0]?.value);
    const holders: Holder[] = [];
    if (owner !== 0n) {
      const last = ownerAt(
        target,
        owner,
        'rw_semaphore.owner, the last reader',
        waiter,
        'possible',
      );
      // A reader that has gone may have left the lock before: its address stays.
      if (last.kind === 'task') holders.push(last);
    }
    const many = readers === undefined ? 'readers hold it' : `${readers} readers hold it`;
    const few = readers === 1 ? '1 reader holds it' : many;
    if (holders.length === 0 || readers !== 1) {
      holders.push({ kind: 'unknown', reason: `${few}, and the lock keeps no list of them` });
    }
    return { holders, evidence };
  }
  if (owner === 0n) {
    const reason = 'rw_semaphore.owner is empty: it is being handed on, or nobody holds it';
    return { holders: [{ kind: 'unknown', reason }], evidence };
  }
  return { holders: [ownerAt(target, owner, 'rw_semaphore.owner', waiter)], evidence };
}

/** The number of readers; undefined for the count of before 5.3, which has another form. */
function readerCount(target: Target, count: bigint | undefined): number | undefined {
  if (count === undefined || !target.findMember('rw_semaphore', 'owner.counter')) return undefined;
  const readers = BigInt.asIntN(64, count) >> READER_SHIFT;
  return readers > 0n && readers < 1n << 24n ? Number(readers) : undefined;
}

/** A semaphore has no owner: whoever ups it need not have downed it. Newest kernels remember the last that got it. */
function semaphoreState(target: Target, address: VAddr, waiter: Task): LockState {
  const { count } = target.layout('semaphore', { count: 'count' });
  const evidence = evidence32At(target, 'semaphore.count', plus(address, count));
  // 6.16, with CONFIG_DETECT_HUNG_TASK_BLOCKER (include/linux/semaphore.h).
  const member = target.findMember('semaphore', 'last_holder');
  const unknown: Holder = {
    kind: 'unknown',
    reason: 'a semaphore has no owner: any task may up it',
  };
  if (!member) return { holders: [unknown], evidence };
  const at = plus(address, member.offset);
  const last = va(target.kernel.word(at));
  if (last === 0n) return { holders: [unknown], evidence };
  return {
    holders: [ownerAt(target, last, 'semaphore.last_holder', waiter, 'possible')],
    evidence: [...evidence, ...evidenceAt(target, 'semaphore.last_holder', at)],
  };
}
