import { plus, type VAddr } from '../../base/address.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import type { Stack } from '../../unwind/types.ts';
import type { Loss } from '../core/losses.ts';
import type { Target } from '../core/target.ts';

/** Bytes of a task's stack: THREAD_SIZE, also of the first task's stack. Never throws. */
export const stackSize = (target: Target): number => target.memo(readStackSize);

/** The largest kernel stack of any machine: arm64 with pages of 64 KiB; KASAN doubles the 16 KiB that are usual. */
const MAX_STACK = 65_536;

/**
 * Marks of the linker script around the first task's stack: include/asm-generic/vmlinux.lds.h, INIT_TASK_DATA. Renamed
 * in 6.9 (2cb16181a1d1, x86/boot: Simplify boot stack setup).
 */
const FIRST_STACK = [
  ['__start_init_stack', '__end_init_stack'],
  ['__start_init_task', '__end_init_task'],
] as const;

const readStackSize = (target: Target): number =>
  Math.min(markedStackSize(target) ?? target.machine.stacks.defaultSize(target), MAX_STACK);

function markedStackSize(target: Target): number | undefined {
  try {
    for (const [from, to] of FIRST_STACK) {
      const start = target.symbols.kernel.named(from)?.address;
      const end = target.symbols.kernel.named(to)?.address;
      const size = start === undefined || end === undefined ? 0 : Number(end - start);
      if (size >= target.pageSize && size <= MAX_STACK && (size & (size - 1)) === 0) return size;
    }
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
  }
  return undefined;
}

/** The stack of a task; undefined when it has been freed (the task is dead) or never existed. */
export function taskStack(target: Target, task: { readonly stack: VAddr }): Stack | undefined {
  if (task.stack === 0n) return undefined;
  const top = plus(task.stack, stackSize(target));
  return { kind: 'process', name: 'process stack', base: task.stack, top };
}

/** The words of a stack from its low end. Pages that cannot be read are zeros, and each is reported. */
export function stackWords(
  target: Target,
  stack: Pick<Stack, 'base' | 'top'>,
  report: (loss: Loss) => void = (loss) => target.losses.report(loss),
): BigUint64Array {
  const length = Number(stack.top - stack.base);
  try {
    return target.kernel.wordsOf(target.kernel.read(stack.base, length));
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
  }
  const bytes = new Uint8Array(length);
  const page = target.pageSize;
  for (let offset = 0; offset < length; ) {
    const at = plus(stack.base, offset);
    const size = Math.min(page - Number(at % BigInt(page)), length - offset);
    try {
      bytes.set(target.kernel.read(at, size), offset);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      report({ what: 'page of a stack', count: 1, address: at, reason: error.message });
    }
    offset += size;
  }
  return target.kernel.wordsOf(bytes);
}
