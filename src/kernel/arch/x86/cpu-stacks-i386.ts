import { plus } from '../../../base/address.ts';
import type { Stack } from '../../../unwind/types.ts';
import { perCpuAddress } from '../../core/cpus.ts';
import { knownTypes } from '../../core/known-types.ts';
import type { Target } from '../../core/target.ts';
import { stackSize } from '../../task/stack.ts';

/** THREAD_SIZE: 8 KiB, or with CONFIG_4KSTACKS (to 2.6.37, dcfa726280116) 4 KiB, as union thread_union has it. */
const USUAL_STACK = 8192;
/** THREAD_SIZE of a kernel that does not record it. Throws CrashError. */
export function defaultStackSizeOfI386(target: Target): number {
  const types = knownTypes(target);
  return types?.has('thread_union') ? types.sizeof('thread_union') : USUAL_STACK;
}

/** TOP_OF_KERNEL_STACK_PADDING: room for ss and sp, which a frame from kernel mode does not have. */
export const entryPaddingOfI386 = (): number => 8;

/**
 * Per-CPU pointers to the interrupt stacks. They and their type were renamed in 3.15 (198d208df436, x86: Keep
 * thread_info on thread stack in x86_32).
 */
const CONTEXT_STACKS = [
  ['hardirq_stack_ptr', 'hard'],
  ['hardirq_stack', 'hard'],
  ['hardirq_ctx', 'hard'],
  ['softirq_stack_ptr', 'soft'],
  ['softirq_stack', 'soft'],
  ['softirq_ctx', 'soft'],
] as const;

/** The stacks of interrupts and of soft interrupts: THREAD_SIZE each, made when a CPU comes up. */
export function contextStacks(target: Target, cpu: number): readonly Stack[] {
  return CONTEXT_STACKS.flatMap(([symbol, kind]) => {
    if (target.findSymbol(symbol) === undefined) return [];
    const base = target.kernel.pointer(perCpuAddress(target, symbol, cpu));
    if (base === 0n) return [];
    const top = plus(base, stackSize(target));
    return [{ kind: 'irq', name: `${kind} IRQ stack`, base, top, cpu }];
  });
}
