import type { VAddr } from '../../base/address.ts';
import { byStart, lastFrom } from '../../base/sorted.ts';
import type { Stack } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { taskStack } from '../task/stack.ts';
import { type Task, taskTable } from '../task/tasks.ts';

/**
 * The task whose task_struct contains an address. The nearest below it: task_structs are allocated shorter than their
 * type, which ends in the largest possible register state.
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

/** The task whose kernel stack contains an address. */
export function taskOfStack(target: Target, address: VAddr): Task | undefined {
  const found = lastFrom(taskStacks(target), address, baseOf);
  return found && address < found.stack.top ? found.task : undefined;
}

interface TaskStack {
  readonly stack: Stack;
  readonly task: Task;
}

const baseOf = ({ stack }: TaskStack): VAddr => stack.base;

/**
 * The stacks of all tasks by address. All have one size, so only in a damaged dump can one contain another's beginning.
 */
const taskStacks = (target: Target): readonly TaskStack[] => target.memo(readTaskStacks);

function readTaskStacks(target: Target): readonly TaskStack[] {
  const found = new Map<VAddr, TaskStack>();
  for (const task of taskTable(target).tasks) {
    const stack = taskStack(target, task);
    // Of several tasks with the same stack, the first one has it.
    if (stack && !found.has(stack.base)) found.set(stack.base, { stack, task });
  }
  return [...found.values()].sort(byStart(baseOf));
}
