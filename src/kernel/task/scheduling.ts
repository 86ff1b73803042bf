import { plus } from '../../base/address.ts';
import { blame, CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import type { Task } from './tasks.ts';

/** Scheduling policies by number, include/uapi/linux/sched.h; 4 was reserved for ISO and never built. */
const POLICIES: readonly (readonly [number, string])[] = [
  [0, 'NORMAL'],
  [1, 'FIFO'],
  [2, 'RR'],
  [3, 'BATCH'],
  [4, 'ISO'],
  [5, 'IDLE'],
  [6, 'DEADLINE'],
  // 6.12 (f0e1a0643a59, sched_ext: Implement BPF extensible scheduler class).
  [7, 'EXT'],
];

/** Policy numbers from a list of names and numbers: `FIFO,2`, `0x6`. Throws CrashError for a word that is none. */
export function parsePolicies(list: string): ReadonlySet<number> {
  return new Set(list.split(',').map(parsePolicy));
}

function parsePolicy(word: string): number {
  const upper = word.toUpperCase();
  const found = POLICIES.find(
    ([value, name]) => upper.startsWith(name) || upper === String(value) || upper === `0X${value}`,
  );
  if (!found) {
    const error = new CrashError(`${word}: invalid scheduling policy`);
    throw blame(error, { kind: 'keyword', word, of: POLICIES.map(([, name]) => name) });
  }
  return found[0];
}

/** task->policy. Throws ReadError. */
export const policyOf = (target: Target, task: Task): number => target.memo(policyReader)(task);

function policyReader(target: Target): (task: Task) => number {
  const { policy } = target.layout('task_struct', { policy: 'policy' });
  return (task) => target.kernel.u32(plus(task.address, policy));
}
