import { va } from '../../../base/address.ts';
import type { OrcEntry } from '../../../unwind/types.ts';
import type { Target } from '../../core/target.ts';

/**
 * Code of arch/x86/kernel/entry_32.S (arch/x86/entry/entry_32.S since 4.2) that saves registers and calls C with
 * nothing else on the stack: when such a call returns, the stack pointer is at struct pt_regs.
 */
const ENTRIES = [
  /^(error_code|common_exception|handle_exception|common_interrupt|asm_common_interrupt|ret_from_(intr|exception))$/,
  /^(system_call|syscall_call|sysenter_do_call|sysenter_past_esp|ia32_sysenter_target)$/,
  /^(entry_INT80_32|entry_SYSENTER_32|syscall_(trace_entry|exit|exit_work))$/,
  /^(work_(resched|pending|notifysig)|resume_userspace|restore_all|nmi|nmi_stack_correct|debug|int3)$/,
  /^(apic_timer|reschedule|call_function(_single)?|error|spurious|thermal|irq_work|invalidate)_interrupt\d*$/,
  /^asm_(exc|sysvec)_\w+$/,
];
/** First functions of a kernel thread or a CPU: nothing called them. */
const BEGINNINGS =
  /^(kernel_thread_helper|ret_from_(fork|kernel_thread)(_asm)?|i386_start_kernel|start_secondary|startup_32_smp)$/;

const AT_REGISTERS: OrcEntry = {
  spOffset: 0,
  bpOffset: 0,
  spReg: 'sp',
  bpReg: 'undefined',
  type: 'regs',
};
const AT_END: OrcEntry = { ...AT_REGISTERS, spReg: 'undefined', type: 'end-of-stack' };

/** Rules for i386's assembly in ORC's form, which i386 does not have; undefined for compiled code. */
export const openEntryRules = (target: Target) => (address: bigint) =>
  entryRule(target.symbols.at(va(address))?.symbol.name);

function entryRule(symbol: string | undefined): OrcEntry | undefined {
  if (symbol === undefined) return undefined;
  if (BEGINNINGS.test(symbol)) return AT_END;
  return ENTRIES.some((names) => names.test(symbol)) ? AT_REGISTERS : undefined;
}

/**
 * Exceptions save registers in one place: `page_fault` jumps to error_code, which calls do_page_fault. The exception's
 * name by the called function; undefined for other code.
 */
export const exceptionBehind = (symbol: string, called: string): string | undefined =>
  symbol === 'error_code' && called.startsWith('do_') ? called.slice('do_'.length) : undefined;
