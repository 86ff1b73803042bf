import { CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import { isGroupLeader } from '../../kernel/task/state.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import { isNumber } from '../line/numbers.ts';
import { isQuoted, parsePattern } from '../line/pattern.ts';
import { findTasks, noSuchTask } from '../state/task-words.ts';

/** TASK_COMM_LEN without its NUL, include/linux/sched.h. */
const COMM_LENGTH = 15;

/**
 * The test of a task's name: a regular expression in single quotes, or the name itself (`\1234` for one that looks like a
 * number). Throws CrashError for a bad expression.
 */
export function commTest(word: string): (task: Task) => boolean {
  if (isQuoted(word)) {
    const pattern = parsePattern(word);
    return ({ comm }) => pattern.test(comm);
  }
  const name = word.replace(/^\\/, '').slice(0, COMM_LENGTH);
  return ({ comm }) => comm === name;
}

/** A test of tasks, made of one word of a command line. */
export interface TaskTest {
  /** The word is a pid or an address, not a name. */
  readonly exact: boolean;
  matches(task: Task): boolean;
}

/**
 * The test that a word stands for: a pid, the address of a task_struct, a regular expression in single quotes, or a
 * command's name (`\1234` for a name that looks like a number). Throws CrashError for a number that is no task and for
 * a bad expression.
 */
export function taskTest(target: Target, word: string): TaskTest {
  if (isNumber(word)) {
    const found = new Set(findTasks(target, word).map(({ address }) => address));
    if (found.size === 0) throw new NoSuchTask(target, word);
    return { exact: true, matches: ({ address }) => found.has(address) };
  }
  return { exact: false, matches: commTest(word) };
}

/** A number that is neither a pid nor a task: reported, and the command continues with the other words. */
export class NoSuchTask extends CrashError {
  override name = 'NoSuchTask';
  constructor(target: Target, word: string) {
    super(`${noSuchTask(target, word)}\n`);
    this.fault = { kind: 'task', word };
  }
}

/**
 * The tasks that pass any of the tests, in the order of the tests; one that passes two comes twice. With `leaders`,
 * names match leaders of thread groups only.
 */
export function* selectTasks(
  tasks: readonly Task[],
  tests: readonly TaskTest[],
  leaders: boolean,
): Generator<Task> {
  for (const task of tasks) {
    for (const test of tests) {
      if (test.matches(task) && (test.exact || !leaders || isGroupLeader(task))) yield task;
    }
  }
}
