import { type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from './target.ts';

/** A copy of the function tracer's entry code that was made for one ftrace_ops: create_trampoline, arch/x86/kernel/ftrace.c. */
export interface FtraceTrampoline {
  readonly start: VAddr;
  /** Exclusive. */
  readonly end: bigint;
  /** The function that was copied. */
  readonly original: VAddr;
}

/** The trampolines of all ftrace_ops in use; those that can be read. Remembered. */
export const ftraceTrampolines = (target: Target): readonly FtraceTrampoline[] =>
  target.memo(readTrampolines);

/** FTRACE_OPS_FL_SAVE_REGS, include/linux/ftrace.h. */
const SAVES_REGISTERS = 1n << 2n;
/** More users of the tracer than any machine has. */
const MAX_OPS = 10_000;

function readTrampolines(target: Target): readonly FtraceTrampoline[] {
  const found: FtraceTrampoline[] = [];
  try {
    const list = target.findSymbol('ftrace_ops_list');
    const end = target.findSymbol('ftrace_list_end');
    const plain = target.findSymbol('ftrace_caller');
    const withRegisters = target.findSymbol('ftrace_regs_caller');
    if (list === undefined || plain === undefined || withRegisters === undefined) return found;
    const seen = new Set<VAddr>();
    let at = target.kernel.pointer(list);
    while (at !== 0n && at !== end && !seen.has(at) && seen.size < MAX_OPS) {
      seen.add(at);
      const ops = target.object('ftrace_ops', at);
      const start = ops.pointer('trampoline');
      const size = ops.has('trampoline_size') ? ops.big('trampoline_size') : 0n;
      // One without a size is a function of the kernel itself.
      if (start !== 0n && size > 0n) {
        const saves = (ops.big('flags') & SAVES_REGISTERS) !== 0n;
        found.push({ start, end: va(start + size), original: saves ? withRegisters : plain });
      }
      at = ops.pointer('next');
    }
  } catch (error) {
    // What was found counts; code without rules is left as code that nothing is known of.
    if (!(error instanceof CrashError)) throw error;
  }
  return found;
}
