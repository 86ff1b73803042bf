import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { type CallFrame, frameWords } from '../stacktrace/stacked-task.ts';
import type { Task } from '../task/tasks.ts';
import { type ListLock, lockState, type WaitersMember, waitersMember } from './locks.ts';
import { evidenceAt, thingAt } from './things.ts';
import type { Certainty, Holder, Thing, WaitEvidence, WaitKind } from './types.ts';
import { endOfList, findWaiter, waiterShape, waiterTask } from './wait-lists.ts';

/** What was found of one wait: the parts of a Wait that a reader of one kind of thing knows. */
export interface Found {
  readonly kind: WaitKind;
  readonly thing: Thing | undefined;
  readonly waiter?: VAddr;
  readonly holders: readonly Holder[];
  readonly certainty: Certainty;
  readonly evidence: readonly WaitEvidence[];
}

const WAITER_OF: Readonly<Record<ListLock, string>> = {
  mutex: 'mutex_waiter',
  rw_semaphore: 'rwsem_waiter',
  semaphore: 'semaphore_waiter',
};

/** The lock of a kind of wait. */
export const LOCK_OF: Readonly<Partial<Record<WaitKind, ListLock>>> = {
  mutex: 'mutex',
  'rwsem-read': 'rw_semaphore',
  'rwsem-write': 'rw_semaphore',
  semaphore: 'semaphore',
};

/** Frames above those that wait where a pointer to the lock may be kept: saved registers of the callers. */
const CALLERS = 3;

/**
 * The lock that a task waits for by a waiter on its stack. `own` are the frames of the functions that wait, `callers`
 * those above. Throws ReadError, MissingError.
 */
export function listWait(
  target: Target,
  task: Task,
  kind: WaitKind,
  own: readonly CallFrame[],
  callers: readonly CallFrame[],
): Found {
  const lock = LOCK_OF[kind]!;
  const shape = waiterShape(target, WAITER_OF[lock]);
  const member = waitersMember(target, lock);
  const none: Found = { kind, thing: undefined, holders: [], certainty: 'possible', evidence: [] };
  const unknown = (reason: string): Found => ({ ...none, holders: [{ kind: 'unknown', reason }] });
  if (!shape || !member)
    return unknown(`the types of this kernel lack struct ${lock} or its waiter`);
  const words = own.flatMap((frame) => [...frameWords(target, frame)]);
  const declared = declaredLock(target, task, lock);
  const waiter = findWaiter(target, shape, task, words);
  const near = [
    ...words,
    ...callers.slice(0, CALLERS).flatMap((frame) => [...frameWords(target, frame)]),
  ];
  const byList = waiter && lockOfWaiter(target, shape, plus(waiter, shape.list), member, near);
  const address = byList ?? declared;
  if (address === undefined) {
    return unknown(
      waiter === undefined
        ? 'its waiter was not found on its stack'
        : 'the list of waiters is broken, and does not lead to the lock',
    );
  }
  const evidence: WaitEvidence[] = [];
  if (waiter !== undefined) {
    evidence.push(...evidenceAt(target, `${shape.type}.task`, plus(waiter, shape.task)));
    evidence.push(...evidenceAt(target, `${shape.type}.list`, plus(waiter, shape.list)));
  }
  const state = lockState(target, lock, address, task);
  return {
    kind: lock === 'rw_semaphore' && waiter !== undefined ? rwsemKind(target, waiter, kind) : kind,
    thing: thingAt(target, address),
    ...(waiter === undefined ? {} : { waiter }),
    holders: state.holders,
    // The list leads from the waiter to the lock and back; the task's own note is the kernel's word alone.
    certainty:
      byList !== undefined && (declared === undefined || declared === byList)
        ? 'certain'
        : 'likely',
    evidence: [...evidence, ...state.evidence],
  };
}

/** enum rwsem_waiter_type: RWSEM_WAITING_FOR_WRITE, RWSEM_WAITING_FOR_READ. */
function rwsemKind(target: Target, waiter: VAddr, kind: WaitKind): WaitKind {
  const member = target.findMember('rwsem_waiter', 'type');
  if (!member) return kind;
  const type = target.kernel.tryWord(plus(waiter, member.offset));
  return type === undefined ? kind : (type & 0xffff_ffffn) === 0n ? 'rwsem-write' : 'rwsem-read';
}

function lockOfWaiter(
  target: Target,
  shape: Parameters<typeof endOfList>[1],
  node: VAddr,
  member: WaitersMember,
  words: readonly (readonly [VAddr, bigint])[],
): VAddr | undefined {
  const end = endOfList(target, shape, node);
  if (!end) return undefined;
  if (member.form === 'head')
    return end.head === undefined ? undefined : plus(end.head, -member.offset);
  if (end.head !== undefined) return undefined;
  // A ring without a head: the lock is what points to one of its waiters. Registers that hold its address are saved
  // on the stack.
  for (const [, word] of words) {
    if (word < target.arch.kernelStart) continue;
    const first = target.kernel.tryWord(plus(va(word), member.offset));
    if (first === undefined || first === 0n) continue;
    const entry = plus(va(first), shape.list);
    if (!waiterTask(target, shape, entry)) continue;
    if (endOfList(target, shape, entry)?.entry === end.entry) return va(word);
  }
  return undefined;
}

/** BLOCKER_TYPE_MASK and the types, include/linux/hung_task.h. */
const BLOCKER_TYPES: readonly ListLock[] = ['mutex', 'semaphore', 'rw_semaphore', 'rw_semaphore'];
const BLOCKER_MASK = 3n;
/** PROXY_WAKING, include/linux/sched.h: woken, but not where it may run yet. */
const PROXY_WAKING = 0xffff_ffff_ffff_ffffn;

/**
 * What the kernel itself has noted: task->blocked_on is the mutex since 6.17 (444d03645c8b, locking/mutex: Rework
 * task_struct::blocked_on), a waiter of CONFIG_DEBUG_MUTEXES before; task->blocker is any lock with its type in the low
 * bits since 6.16 (e711faaafbe5, hung_task: replace blocker_mutex with encoded blocker).
 */
function declaredLock(target: Target, task: Task, lock: ListLock): VAddr | undefined {
  const word = (path: string): bigint => {
    const member = target.findMember('task_struct', path);
    return member ? (target.kernel.tryWord(plus(task.address, member.offset)) ?? 0n) : 0n;
  };
  const blocker = word('blocker');
  if (blocker !== 0n && BLOCKER_TYPES[Number(blocker & BLOCKER_MASK)] === lock) {
    return va(blocker & ~BLOCKER_MASK);
  }
  if (lock !== 'mutex' || !blockedOnMutex(target)) return undefined;
  const mutex = word('blocked_on');
  return mutex === 0n || mutex === PROXY_WAKING ? undefined : va(mutex);
}

/** Whether task->blocked_on points to a struct mutex. */
function blockedOnMutex(target: Target): boolean {
  const member = target.findMember('task_struct', 'blocked_on');
  if (!member) return false;
  const type = target.types.resolve(member.type);
  if (type.kind !== 'pointer') return false;
  const to = target.types.resolve(type.target);
  return to.kind === 'struct' && to.name === 'mutex';
}
