import { plus, type VAddr } from '../../../base/address.ts';
import type { Target } from '../../core/target.ts';
import type { SwitchFrame } from '../types.ts';

/** thread_struct.sp: the stack pointer saved by the context switch. Throws ReadError. */
export const savedStackPointer = (target: Target, task: VAddr): VAddr =>
  target.kernel.pointer(plus(task, target.memo(savedAt)));
const savedAt = (target: Target): number => target.types.member('task_struct', 'thread.sp').offset;

/**
 * struct inactive_task_frame without types: r15 r14 r13 r12 bx bp ret_addr, as arch/x86/include/asm/switch_to.h has it
 * for 64 bits since 4.9 (0100301bfdf5, sched/x86: Rewrite the switch_to() code).
 */
const SWITCH_FRAME = { bp: 40, ret: 48 };

/** The registers of a blocked task, left by __switch_to_asm. Throws ReadError. */
export function switchFrame(target: Target, task: VAddr): SwitchFrame {
  const { kernel } = target;
  const object = target.object('task_struct', task);
  const sp = object.pointer('thread.sp');
  const word = kernel.pointerSize;
  if (!target.types.has('inactive_task_frame') && object.has('thread.ip')) {
    // i386 before 4.9 (0100301bfdf5, sched/x86: Rewrite the switch_to() code): switch_to() pushed flags and bp, and
    // kept where it continues.
    const registers = { bp: kernel.word(sp) };
    return { registers, ip: object.pointer('thread.ip'), at: sp, sp: plus(sp, 2 * word) };
  }
  const bp = target.findMember('inactive_task_frame', 'bp')?.offset ?? SWITCH_FRAME.bp;
  const ret = target.findMember('inactive_task_frame', 'ret_addr')?.offset ?? SWITCH_FRAME.ret;
  const at = plus(sp, ret);
  const ip = kernel.pointer(at);
  return { registers: { bp: kernel.word(plus(sp, bp)) }, ip, at, sp: plus(at, word) };
}
