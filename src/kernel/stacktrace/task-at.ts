import type { VAddr } from '../../base/address.ts';
import { byStart, lastFrom } from '../../base/sorted.ts';
import type { Stack } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { slabCacheOf } from '../mm/slab/find.ts';
import { taskStack } from '../task/stack.ts';
import { type Task, taskTable } from '../task/tasks.ts';

/**
 * The task whose task_struct contains an address. Its object in the slab allocator is as long as task_structs of this
 * machine are: their type ends in the largest possible register state, and reaches into the next object. What is in no slab
 * (init_task) is as long as the type. Undefined for an object that no task has: a freed one.
 */
export function taskAround(target: Target, address: VAddr): Task | undefined {
  const slab = slabCacheOf(target, address);
  if (slab) {
    const { cache, object } = slab;
    if (object === undefined || address < object) return undefined;
    if (address >= object + BigInt(cache.objectSize)) return undefined;
    return taskTable(target).tasks.find((task) => task.address === object);
  }
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
