import { type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import type { CallFrame } from '../stacktrace/stacked-task.ts';
import { stackSize, stackWords, taskStack } from '../task/stack.ts';
import type { Found } from './list-waits.ts';
import {
  type CallRequest,
  pendingRequests,
  type RunningCpu,
  requestsToMany,
  runningCpus,
} from './running-cpus.ts';
import { evidence32At, thingAt } from './things.ts';
import type { Holder } from './types.ts';
import { waitGroup } from './wait-functions.ts';

/** What a running CPU spins for, and the frames of the functions that spin; undefined when it does something else. */
export function spinning(
  target: Target,
  running: RunningCpu,
):
  | { readonly found: Found; readonly at: number; readonly callers: readonly CallFrame[] }
  | undefined {
  const frames = running.stacked?.frames ?? [];
  const at = frames.findIndex(({ symbol }) => {
    const group = waitGroup(symbol);
    return group === 'spinlock' || group === 'ipi';
  });
  const frame = frames[at];
  if (!frame) return undefined;
  const group = waitGroup(frame.symbol);
  const callers = frames.slice(at).filter(({ symbol }) => waitGroup(symbol) !== group);
  const found =
    group === 'ipi' ? answerWait(target, running) : spinlockWait(target, running, frames, at);
  return found && { found, at, callers };
}

/** The CPUs that have not done what this one asked them to; undefined when none is known. */
function answerWait(target: Target, { cpu, task }: RunningCpu): Found | undefined {
  const top = task.stack + BigInt(stackSize(target));
  const own = pendingRequests(target).filter(
    ({ address, target: to }) => to !== cpu && address >= task.stack && address < top,
  );
  const requests = [...own, ...requestsToMany(target, cpu)];
  const first = requests[0];
  if (!first) return undefined;
  return {
    kind: 'ipi',
    thing: thingAt(target, first.address),
    holders: requests.map((request) => deafCpu(target, request)),
    certainty: 'certain',
    evidence: requests.flatMap(({ flags }) =>
      evidence32At(target, 'call_single_data.flags', flags),
    ),
  };
}

function deafCpu(target: Target, { target: cpu }: CallRequest): Holder {
  const running = runningCpus(target).get(cpu);
  const off = running?.interruptsOff === true ? ', and had its interrupts off' : '';
  const via = `it has not answered an IPI${off}`;
  return { kind: 'cpu', cpu, task: running?.task, via, certainty: 'certain' };
}

/** The spinlock that a CPU spins on: the first argument of the slow path, where that was interrupted. */
function spinlockWait(
  target: Target,
  running: RunningCpu,
  frames: readonly CallFrame[],
  at: number,
): Found | undefined {
  const lock = lockOf(target, frames, at) ?? noteLock(target, running, frames, at);
  const none = { kind: 'spinlock', certainty: 'possible', evidence: [] } as const;
  if (lock === undefined) {
    const reason = 'the registers do not say which lock it is';
    return { ...none, thing: undefined, holders: [{ kind: 'unknown', reason }] };
  }
  return {
    kind: 'spinlock',
    thing: thingAt(target, lock),
    holders: [spinlockHolder(target, running, lock)],
    certainty: 'likely',
    evidence: evidence32At(target, 'spinlock_t', lock),
  };
}

/** The registers with which the slow path was interrupted are those that the frame before it has saved. */
function lockOf(target: Target, frames: readonly CallFrame[], at: number): VAddr | undefined {
  const saved = frames[at - 1]?.raw.saved ?? frames[at]?.raw.saved;
  return saved && !saved.user ? heldLock(target, saved.registers) : undefined;
}

const noteLock = (
  target: Target,
  { stacked }: RunningCpu,
  _: readonly CallFrame[],
  at: number,
): VAddr | undefined =>
  at === 0 && stacked?.registers ? heldLock(target, stacked.registers) : undefined;

/** The first argument, if it points to a lock that is taken: its 32 bits are not 0. */
function heldLock(
  target: Target,
  registers: Readonly<Partial<Record<string, bigint>>>,
): VAddr | undefined {
  const word = registers[target.machine.stacks.firstArgument];
  if (word === undefined || word < target.arch.kernelStart) return undefined;
  const bytes = target.kernel.tryRead(va(word), 4);
  return bytes?.some((byte) => byte !== 0) ? va(word) : undefined;
}

/**
 * Nothing in a spinlock says who holds it. A CPU on whose stack its address lies, and that does not spin, is likely the
 * one. Where no other does anything at all, the CPU has taken the lock twice itself.
 */
function spinlockHolder(target: Target, running: RunningCpu, lock: VAddr): Holder {
  const others = [...runningCpus(target).values()].filter(({ cpu }) => cpu !== running.cpu);
  const holding = others.filter((other) => !spins(other) && mentions(target, other, lock));
  const only = holding[0];
  if (only && holding.length === 1) {
    const via = `the lock's address is on the stack of ${only.task.comm}, which does not spin`;
    return { kind: 'cpu', cpu: only.cpu, task: only.task, via, certainty: 'likely' };
  }
  if (only) {
    const reason = `the lock's address is on the stacks of ${holding.length} CPUs`;
    return { kind: 'unknown', reason };
  }
  if (others.length > 0 && others.every(({ task }) => task.pid === 0)) {
    const via = 'all other CPUs are idle: it took the lock itself before';
    return { kind: 'task', task: running.task, via, certainty: 'possible' };
  }
  const reason = "the lock's address is on no other CPU's stack";
  return { kind: 'unknown', reason };
}

const spins = ({ stacked }: RunningCpu): boolean =>
  (stacked?.frames ?? []).some(({ symbol }) => waitGroup(symbol) === 'spinlock');

function mentions(target: Target, { task }: RunningCpu, lock: VAddr): boolean {
  const stack = taskStack(target, task);
  return stack !== undefined && stackWords(target, stack).includes(lock);
}
