import { blame, CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import { type Task, taskAt, taskTable } from '../../kernel/task/tasks.ts';
import { isDecimal, isNumber } from '../line/numbers.ts';

/**
 * The tasks that a word names, by crash's order of trials: decimal pid, decimal task address, hexadecimal
 * pid, hexadecimal task address. Empty when it names none. Several idle tasks share pid 0.
 */
export function findTasks(target: Target, word: string): readonly Task[] {
  if (!isNumber(word)) return [];
  const digits = word.replace(/^0x/i, '');
  const readings = isDecimal(word)
    ? [BigInt(word), BigInt(`0x${digits}`)]
    : [BigInt(`0x${digits}`)];
  const { tasks } = taskTable(target);
  for (const value of readings) {
    const pids = tasks.filter(({ pid }) => BigInt(pid) === value);
    if (pids.length > 0) return pids;
    const task = taskAt(target, BigInt.asUintN(64, value) as Task['address']);
    if (task) return [task];
  }
  return [];
}

/** The task that a word names. Throws CrashError `invalid task or pid value: ...`. */
export function parseTask(target: Target, word: string): Task {
  const [task] = findTasks(target, word);
  if (!task) {
    const error = new CrashError(`invalid task or pid value: ${word}`);
    throw blame(error, { kind: 'task', word });
  }
  return task;
}
