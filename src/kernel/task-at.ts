import type { VAddr } from '../base/address.ts';
import { taskStack } from './stacks.ts';
import type { Target } from './target.ts';
import { type Task, taskTable } from './tasks.ts';

/**
 * The task whose task_struct holds an address. The nearest below it: task_structs are allocated shorter than their
 * type, which ends in the largest register state that there is.
 */
export function taskAround(target: Target, address: VAddr): Task | undefined {
  const size = BigInt(target.types.sizeof('task_struct'));
  let nearest: Task | undefined;
  for (const task of taskTable(target).tasks) {
    if (address < task.address || address >= task.address + size) continue;
    if (nearest === undefined || task.address > nearest.address) nearest = task;
  }
  return nearest;
}

/** The task whose kernel stack holds an address. */
export function taskOfStack(target: Target, address: VAddr): Task | undefined {
  return taskTable(target).tasks.find((task) => {
    const stack = taskStack(target, task);
    return stack !== undefined && address >= stack.base && address < stack.top;
  });
}
