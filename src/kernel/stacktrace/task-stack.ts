import { plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { isActive, type Task } from '../task/tasks.ts';

/** Where a sleeping task's stack pointer was saved: task->thread.sp. Undefined for a task that was running. Throws ReadError. */
export function savedStackPointer(target: Target, task: Task): VAddr | undefined {
  if (isActive(target, task)) return undefined;
  return target.kernel.pointer(plus(task.address, target.memo(savedAt)));
}

/** x86: thread_struct.sp. */
const savedAt = (target: Target): number => target.types.member('task_struct', 'thread.sp').offset;
