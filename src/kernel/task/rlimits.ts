import { plus } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import type { Task } from './tasks.ts';

/** include/uapi/asm-generic/resource.h; the order is that of signal_struct.rlim. */
const NAMES = [
  'CPU', 'FSIZE', 'DATA', 'STACK', 'CORE', 'RSS', 'NPROC', 'NOFILE', 'MEMLOCK', 'AS', 'LOCKS', 'SIGPENDING',
  'MSGQUEUE', 'NICE', 'RTPRIO', 'RTTIME',
] as const; // biome-ignore format: a table

const INFINITY = 0xffffffffffffffffn;
/** More than any kernel has. */
const MAX_LIMITS = 64;

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
  const count = Math.min(Math.floor(member.size / 16), MAX_LIMITS);
  const view = target.kernel.view(plus(signal, member.offset), count * 16);
  const limit = (offset: number): bigint | undefined => {
    const value = view.getBigUint64(offset, true);
    return value === INFINITY ? undefined : value;
  };
  return Array.from({ length: count }, (_, index) => ({
    name: NAMES[index] ?? '(unknown)',
    current: limit(index * 16),
    maximum: limit(index * 16 + 8),
  }));
}
