import { va } from '../../base/address.ts';
import { onStack, type Stack, type UnwindContext } from '../../unwind/types.ts';
import { callBefore, lacksCode } from '../core/functions.ts';
import type { Target } from '../core/target.ts';
import { taskStack } from '../task/stack.ts';
import type { Task } from '../task/tasks.ts';
import { trueReturns } from './hidden-returns.ts';
import { cpuStacks, overflownStack, stackAmong } from './stacks.ts';
import { unwindRules } from './unwind-rules.ts';

/** The unwinder's view of a task: its stack, those of its CPU, code, and the rules for leaving it. */
export function unwindContext(target: Target, task: Task): UnwindContext {
  const own = taskStack(target, task);
  // A blocked task is on its own stack: its CPU's stacks belong to another task.
  let all: readonly Stack[] | undefined;
  return {
    ...target.memo(codeLookup),
    abi: target.machine.stacks.abi,
    word: (address) => target.kernel.tryWord(address),
    stackOf: (address) => {
      if (own && onStack(own, address)) return own;
      all ??= cpuStacks(target, task.cpu);
      return stackAmong(all, address);
    },
    trueReturn: trueReturns(target, task),
    overflownBy: (sp) => overflownStack(target, task, sp),
  };
}

type CodeLookup = Pick<
  UnwindContext,
  'isText' | 'callBefore' | 'lacksCode' | 'functionStart' | 'orc'
>;

/** Facts about code are the same for all tasks, and remembered. */
export function codeLookup(target: Target): CodeLookup {
  const { symbols } = target;
  return {
    isText: (address) => symbols.isText(va(address)),
    callBefore: (address) => callBefore(target, address),
    lacksCode: (address) => lacksCode(target, address),
    functionStart: (address) => symbols.at(va(address))?.symbol.address,
    orc: unwindRules(target),
  };
}
