import type { Target } from '../core/target.ts';
import { type Task, taskTable } from '../task/tasks.ts';
import { stackedTask } from './stacked-task.ts';

/** A function of a call chain. */
export interface StackFunction {
  /** Empty for code without a name. */
  readonly symbol: string;
  readonly module?: string;
}

/** Tasks that were in the same functions. */
export interface StackGroup {
  /** Innermost first. Empty for tasks that were in user space. */
  readonly functions: readonly StackFunction[];
  /** In the order of the task table. */
  readonly tasks: readonly Task[];
}

/** The stacks of many tasks. */
export interface StackGroups {
  /** Those of the most tasks first, then by the first task. */
  readonly groups: readonly StackGroup[];
  /** Tasks without a stack: it was freed when they exited. */
  readonly without: number;
  /** Tasks whose stack cannot be read, which is a loss. */
  readonly unread: number;
}

/**
 * The stacks of all tasks that pass a test, equal ones once. Stacks are equal when the same functions called each other,
 * at whatever place. Each stack is walked once and remembered by its functions alone.
 */
export function stackGroups(target: Target, passes: (task: Task) => boolean): StackGroups {
  const groups = new Map<string, { functions: readonly StackFunction[]; tasks: Task[] }>();
  let without = 0;
  let unread = 0;
  for (const task of taskTable(target).tasks) {
    if (!passes(task)) continue;
    if (task.stack === 0n) {
      without++;
      continue;
    }
    const stacked = stackedTask(target, task);
    if (!stacked) {
      unread++;
      continue;
    }
    const key = stacked.frames.map(({ symbol, module = '' }) => `${symbol} ${module}`).join('\n');
    const group = groups.get(key);
    if (group) group.tasks.push(task);
    else {
      const functions = stacked.frames.map(({ symbol, module }) => ({
        symbol,
        ...(module === undefined ? {} : { module }),
      }));
      groups.set(key, { functions, tasks: [task] });
    }
  }
  // The sort is stable: groups of one size stay in the order of their first tasks.
  const ordered = [...groups.values()].sort((a, b) => b.tasks.length - a.tasks.length);
  return { groups: ordered, without, unread };
}
