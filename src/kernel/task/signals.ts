import { type Bits, plus, type VAddr } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import type { Task } from './tasks.ts';

/** _NSIG of x86 and arm64: signals 1 to 64. */
export const SIGNALS = 64;
const SIGRTMIN = 32;

const NAMES: readonly string[] = [
  '', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGKILL', 'SIGUSR1',
  'SIGSEGV', 'SIGUSR2', 'SIGPIPE', 'SIGALRM', 'SIGTERM', 'SIGSTKFLT', 'SIGCHLD', 'SIGCONT', 'SIGSTOP', 'SIGTSTP',
  'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGXCPU', 'SIGXFSZ', 'SIGVTALRM', 'SIGPROF', 'SIGWINCH', 'SIGIO', 'SIGPWR',
  'SIGSYS',
]; // biome-ignore format: a table
const OTHER_NAMES: Readonly<Record<number, string>> = {
  6: 'SIGIOT',
  17: 'SIGCLD',
  29: 'SIGPOLL',
  31: 'SIGUNUSED',
};
/** Real-time signals up to this are counted from SIGRTMIN, later ones from SIGRTMAX. */
const LAST_FROM_BELOW = 48;

/** A signal's name: `SIGTERM`, `SIGRTMIN+3`, `SIGRTMAX-2`. */
export function signalName(signal: number): string {
  if (signal < SIGRTMIN) return NAMES[signal] ?? '';
  if (signal === SIGRTMIN) return 'SIGRTMIN';
  if (signal === SIGNALS) return 'SIGRTMAX';
  return signal <= LAST_FROM_BELOW
    ? `SIGRTMIN+${signal - SIGRTMIN}`
    : `SIGRTMAX-${SIGNALS - signal}`;
}

/** The second name that some signals have. */
export const otherSignalName = (signal: number): string | undefined => OTHER_NAMES[signal];

/** The signals in a sigset_t, ascending. */
export const signalsIn = (set: bigint): readonly number[] =>
  Array.from({ length: SIGNALS }, (_, index) => index + 1).filter(
    (signal) => (set >> BigInt(signal - 1)) & 1n,
  );

/** A process's action for one signal: struct k_sigaction. */
export interface SignalAction {
  readonly signal: number;
  readonly address: VAddr;
  readonly handler: Bits;
  readonly mask: Bits;
  readonly flags: Bits;
}

/** Signals that were sent and not yet delivered: struct sigpending. */
export interface PendingSignals {
  readonly set: Bits;
  readonly queue: readonly { readonly signal: number; readonly info: VAddr }[];
}

/** Signals of a process: signal_struct and sighand_struct. */
export interface ProcessSignals {
  readonly address: VAddr;
  readonly threads: number;
  readonly actions: readonly SignalAction[];
  readonly shared: PendingSignals;
}

/** Signals of one thread. */
export interface ThreadSignals {
  readonly blocked: Bits;
  readonly private: PendingSignals;
  /** A signal that is not blocked is pending. */
  readonly pending: boolean;
}

/** Undefined for a task that has released its signal_struct. Throws ReadError. */
export function processSignals(target: Target, { address }: Task): ProcessSignals | undefined {
  const task = target.object('task_struct', address);
  const signal = task.follow('signal');
  if (!signal) return undefined;
  const hand = task.pointer('sighand');
  return {
    address: signal.address,
    threads: signal.num('nr_threads'),
    actions: hand === 0n ? [] : signalActions(target, hand),
    shared: pendingSignals(target, signal.at('shared_pending')),
  };
}

function signalActions(target: Target, hand: VAddr): readonly SignalAction[] {
  const at = target.layout('k_sigaction', {
    handler: 'sa.sa_handler',
    flags: 'sa.sa_flags',
    mask: 'sa.sa_mask',
  });
  const first = plus(hand, target.types.member('sighand_struct', 'action').offset);
  const view = viewOf(target.kernel.read(first, at.size * SIGNALS));
  return Array.from({ length: SIGNALS }, (_, index) => {
    const word = (offset: number): bigint => view.getBigUint64(index * at.size + offset, true);
    return {
      signal: index + 1,
      address: plus(first, index * at.size),
      handler: word(at.handler),
      mask: word(at.mask),
      flags: word(at.flags),
    };
  });
}

/** The signals of one thread. Throws ReadError. */
export function threadSignals(target: Target, { address }: Task): ThreadSignals {
  const task = target.object('task_struct', address);
  const blocked = task.big('blocked');
  const own = pendingSignals(target, task.at('pending'));
  const shared = task.follow('signal')?.big('shared_pending.signal') ?? 0n;
  // The state that recalc_sigpending (kernel/signal.c) keeps in TIF_SIGPENDING; the flag's bit differs between kernels.
  const pending = ((own.set | shared) & ~blocked) !== 0n;
  return { blocked, private: own, pending };
}

function pendingSignals(target: Target, pending: KernelObject): PendingSignals {
  const at = target.layout('sigqueue', { list: 'list', info: 'info' });
  const signo = target.types.member('sigqueue', 'info.si_signo').offset;
  const queue: { signal: number; info: VAddr }[] = [];
  for (const entry of walkList(target.kernel, pending.addressOf('list'))) {
    const item = plus(entry, -at.list);
    queue.push({ signal: target.kernel.i32(plus(item, signo)), info: plus(item, at.info) });
  }
  return { set: pending.big('signal'), queue };
}
