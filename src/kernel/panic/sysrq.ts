import { CrashError } from '../../base/errors.ts';
import { functionRange, isReturnInto } from '../core/functions.ts';
import type { Target } from '../core/target.ts';
import { stackWords, taskStack } from '../task/stack.ts';
import { panicTask } from './panic.ts';

/** Whether sysrq-c caused the panic: sysrq_handle_crash (drivers/tty/sysrq.c) is then on the panicking stack. */
export const panickedBySysrq = (target: Target): boolean => target.memo(findSysrq);

function findSysrq(target: Target): boolean {
  try {
    const task = panicTask(target);
    const stack = task && taskStack(target, task);
    const handler = functionRange(target, 'sysrq_handle_crash');
    if (!stack || !handler) return false;
    return stackWords(target, stack).some((word) => isReturnInto(target, handler, word));
  } catch (error) {
    // Without symbols the cause is unknown.
    if (error instanceof CrashError) return false;
    throw error;
  }
}
