import { plus } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import type { Task } from './tasks.ts';

/** include/uapi/asm-generic/resource.h; the order is that of signal_struct.rlim. */
const NAMES = [
  'CPU', 'FSIZE', 'DATA', 'STACK', 'CORE', 'RSS', 'NPROC', 'NOFILE', 'MEMLOCK', 'AS', 'LOCKS', 'SIGPENDING',
  'MSGQUEUE', 'NICE', 'RTPRIO', 'RTTIME',
] as const; // biome-ignore format: a table

/** More than any kernel has. */
const MAX_LIMITS = 64;

/** One limit of a process, with its name in /proc/pid/limits. */
export interface ResourceLimit {
  readonly name: string;
  /** undefined: unlimited. */
  readonly current: bigint | undefined;
  readonly maximum: bigint | undefined;
}

/** A process's limits, in the kernel's order; none for a task without a signal_struct. Throws ReadError. */
export function resourceLimits(target: Target, task: Task): readonly ResourceLimit[] {
  const signal = target.object('task_struct', task.address).pointer('signal');
  if (signal === 0n) return [];
  const member = target.types.member('signal_struct', 'rlim');
  const { kernel } = target;
  const size = 2 * kernel.pointerSize;
  const count = Math.min(Math.floor(member.size / size), MAX_LIMITS);
  const words = kernel.wordsOf(kernel.read(plus(signal, member.offset), count * size));
  // RLIM_INFINITY is ~0UL.
  const infinity = (1n << BigInt(8 * kernel.pointerSize)) - 1n;
  const limit = (word: bigint | undefined) => (word === infinity ? undefined : word);
  return Array.from({ length: count }, (_, index) => ({
    name: NAMES[index] ?? '(unknown)',
    current: limit(words[2 * index]),
    maximum: limit(words[2 * index + 1]),
  }));
}
