/** Suffixes that compilers and linkers add to a function's name: parts and clones of it. */
const SUFFIX = /(?:\.(?:isra|constprop|part|cold|llvm|localalias|lto_priv)(?:\.\d+)*)+$/;

/** The name of a function as its source has it: without the compiler's suffixes and the padding's prefix. */
export const plainName = (name: string): string => name.replace(/^__pfx_/, '').replace(SUFFIX, '');

/**
 * Functions that stand on the stack of every death of their kind: they handle an error, enter the kernel or begin a
 * thread, and say nothing of the cause. Part of signature version 1: a change of this list is a new version.
 */
const HANDLERS = [
  /^(?:v?panic|nmi_panic|oops_end|oops_begin|die.*|__die.*|exc_.*|asm_.*|page_fault_oops|do_trap|do_error_trap)$/,
  /^(?:__warn|__warn_printk|warn_slowpath_.*|report_bug|handle_bug|check_panic_on_warn|refcount_warn_saturate)$/,
  /^(?:__list_.*|__stack_chk_fail|dump_stack.*|show_stack.*|native_.*|kasan_.*|kfence_.*|__schedule.*|schedule.*)$/,
  /^(?:ret_from_fork.*|kthread|entry_.*|do_syscall_64|x64_sys_call|__?crash_kexec|machine_kexec|crash_kexec_post_.*)$/,
  // The same before 5.8 (entry code in assembly), and on i386.
  /^(?:no_context|bad_area.*|__bad_area.*|do_page_fault|__do_page_fault|page_fault|async_page_fault|general_protection)$/,
  /^(?:invalid_op|do_invalid_op|divide_error|do_divide_error|double_fault|do_double_fault|do_general_protection)$/,
  /^(?:handle_page_fault|do_kern_addr_fault|bad_kernel_fault|kernelmode_fixup_or_oops|__warn_.*|fixup_bug.*)$/,
  /^(?:error_entry|error_code|common_exception|common_interrupt|apic_timer_interrupt|sysvec_.*|ret_from_intr)$/,
];

/** Whether a function only handles errors, entries and threads. */
export const isHandler = (name: string): boolean => HANDLERS.some((names) => names.test(name));

/** Functions that put a task to sleep on behalf of their caller. */
const SLEEPERS = [
  /^(?:msleep.*|usleep_range.*|io_schedule.*|cond_resched.*|__cond_resched.*|preempt_schedule.*|__might_.*|might_.*)$/,
  /^(?:__?mutex_lock.*|mutex_lock.*|rt_mutex_.*|__rt_mutex_.*|rtlock_.*|rwsem_.*|down.*|__down.*|ww_mutex_.*)$/,
  /^(?:wait_for_completion.*|__wait_for_common|wait_for_common.*|do_wait_for_common|bit_wait.*|out_of_line_wait_.*)$/,
  /^(?:__wait_on_.*|wait_on_.*|folio_wait_.*|synchronize_.*|__synchronize_.*|__flush_work.*|flush_work.*)$/,
];

/** Whether a function only waits for its caller: what it waits for is the caller's business. */
export const isSleeper = (name: string): boolean => SLEEPERS.some((names) => names.test(name));

/** `function@module`, without a module for the kernel's own. */
export const subjectName = (name: string, module: string | undefined): string =>
  module === undefined ? plainName(name) : `${plainName(name)}@${module}`;
