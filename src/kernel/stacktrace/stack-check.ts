import { type Bits, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { taskStack } from '../task/stack.ts';
import { isActive, type Task } from '../task/tasks.ts';
import { backtrace } from './backtrace.ts';
import type { StackOverflow } from './listing.ts';

/** include/uapi/linux/magic.h: the word at a stack's low end. */
const STACK_END_MAGIC = 0x57ac6e9dn;

/** The word at the low end of a task's stack, when it is not the kernel's. */
export interface Overflow {
  readonly task: Task;
  readonly address: VAddr;
  /** Undefined when there is no stack, or it is not in the dump. */
  readonly value: Bits | undefined;
}

/** A task whose stack's last word has been written over, or cannot be read; undefined when all is well. */
export function checkStackEnd(target: Target, task: Task): Overflow | undefined {
  const stack = taskStack(target, task);
  if (!stack) return { task, address: va(0), value: undefined };
  const value = target.kernel.tryWord(stack.base);
  return value === STACK_END_MAGIC ? undefined : { task, address: stack.base, value };
}

/**
 * The stack that a running task had filled when its CPU stopped. The word at the low end may be whole: what wrote below
 * the stack was stopped there. Undefined for a task that was not running, or whose stack cannot be walked.
 */
export function fullStack(target: Target, task: Task): StackOverflow | undefined {
  if (!isActive(target, task)) return undefined;
  try {
    const trace = backtrace(target, task);
    return trace?.overflow ?? trace?.frames.find(({ overflow }) => overflow)?.overflow;
  } catch (error) {
    // The walker reports why a stack cannot be walked.
    if (!(error instanceof CrashError)) throw error;
    return undefined;
  }
}
