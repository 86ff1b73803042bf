import { va } from '../../base/address.ts';
import { onStack, type Stack } from '../../unwind/types.ts';
import { LossLog } from '../core/losses.ts';
import type { Target } from '../core/target.ts';
import { taskStack } from '../task/stack.ts';
import type { Task } from '../task/tasks.ts';
import { taskOfStack } from './task-at.ts';

/** The other stacks of a CPU: interrupt, exception (in the processor's order), entry. */
export function cpuStacks(target: Target, cpu: number): readonly Stack[] {
  const all = target.memo(stacksByCpu);
  let known = all.get(cpu);
  if (!known) {
    const lost = new LossLog();
    const stacks = target.losses.during(lost, () =>
      target.machine.stacks.ofCpu.flatMap(
        // A stack that this kernel does not have is left out.
        (read) =>
          target.losses.ifThere(`stack of CPU ${cpu}`, undefined, () => read(target, cpu)) ?? [],
      ),
    );
    known = { stacks, lost };
    all.set(cpu, known);
  } else target.losses.reportAll(known.lost);
  return known.stacks;
}

interface CpuStacks {
  readonly stacks: readonly Stack[];
  /** What could not be read when they were looked for: told to each who asks. */
  readonly lost: LossLog;
}
const stacksByCpu = (_: Target): Map<number, CpuStacks> => new Map();

/** The stack among `stacks` that contains an address. */
export const stackAmong = (stacks: readonly Stack[], address: bigint): Stack | undefined =>
  stacks.find((stack) => onStack(stack, address));

type StackOwner = Pick<Task, 'stack' | 'cpu'>;

/** The stacks that a running task may be on: its own, then its CPU's, which are read on demand. */
export function* stacksOf(target: Target, task: StackOwner): Generator<Stack> {
  const own = taskStack(target, task);
  if (own) yield own;
  yield* cpuStacks(target, task.cpu);
}

/** The stack that contains an address: a task's own or one of its CPU's. */
export function stackAt(target: Target, task: StackOwner, address: bigint): Stack | undefined {
  for (const stack of stacksOf(target, task)) if (onStack(stack, address)) return stack;
  return undefined;
}

/**
 * The stack that a full one's stack pointer was on: the nearest whose low end lies above it. At least one page that is
 * not mapped lies below each: 4.9 (e37e43a497d5, x86/mm/64: Enable vmapped stacks (CONFIG_HAVE_ARCH_VMAP_STACK=y)) for
 * tasks, 4.15 (92a0f81d8957, x86/cpu_entry_area: Move it out of the fixmap) for cpu_entry_area. A frame may be larger
 * than that page, so a task's own stack counts as far down as no other task's stack can lie.
 */
export function overflownStack(target: Target, task: StackOwner, sp: bigint): Stack | undefined {
  if (sp < target.arch.kernelStart || stackAt(target, task, sp)) return undefined;
  const own = taskStack(target, task);
  const reach = BigInt(target.pageSize);
  const isBelow = ({ base }: Stack, distance: bigint) => sp < base && base - sp <= distance;
  if (own && isBelow(own, own.top - own.base) && !taskOfStack(target, va(sp))) return own;
  return cpuStacks(target, task.cpu).find((stack) => isBelow(stack, reach));
}
