import { blame, CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import { type MissingTask, type Task, taskAt, taskTable } from '../../kernel/task/tasks.ts';
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

/** The task that a word names, where it is known to have been there and cannot be read. */
function findMissing(target: Target, word: string): MissingTask | undefined {
  if (!isNumber(word)) return undefined;
  const digits = word.replace(/^0x/i, '');
  return taskTable(target).missing.find(
    ({ pid, address }) =>
      (pid !== undefined && isDecimal(word) && Number(word) === pid) ||
      (pid !== undefined && Number.parseInt(digits, 16) === pid) ||
      address === BigInt(`0x${digits}`),
  );
}

/** Why a word names no task: crash's words, or that the task is known to have been there and cannot be read. */
export function noSuchTask(target: Target, word: string): string {
  const gone = findMissing(target, word);
  if (gone === undefined) return `invalid task or pid value: ${word}`;
  const name = gone.pid === undefined ? 'the task' : `task ${gone.pid}`;
  return `${name} is missing: ${gone.reason}`;
}

/** The task that a word names. Throws CrashError `invalid task or pid value: ...`. */
export function parseTask(target: Target, word: string): Task {
  const [task] = findTasks(target, word);
  if (!task) {
    const error = new CrashError(noSuchTask(target, word));
    throw blame(error, { kind: 'task', word });
  }
  return task;
}
