import type { Kernel } from './kernel.ts';
import type { RegisterValues, StackLine } from './stacks.ts';

/** Stack of a sleeping thread whose specification has none. */
export const SLEEPING_KTHREAD: readonly StackLine[] = [
  '__schedule+0x351',
  'schedule+0x5e',
  'kthread_worker_fn+0x12b',
  'kthread+0xe9',
  'ret_from_fork+0x22',
];
export const SLEEPING_PROCESS: readonly StackLine[] = [
  '__schedule+0x351',
  'schedule+0x5e',
  'do_nanosleep+0x65',
  'hrtimer_nanosleep+0x97',
  'common_nsleep+0x40',
  '__x64_sys_clock_nanosleep+0xc1',
  'do_syscall_64+0x58',
  'entry_SYSCALL_64_after_hwframe+0x64',
  {
    user: {
      ip: 0x7f0000001234n,
      sp: 0x7ffc00001000n,
      orig_ax: 230,
      ax: -38n,
      di: 0,
      cx: 0x7f0000001234n,
      r11: 0x246,
    },
  },
];
export const IDLE: readonly StackLine[] = [
  { running: 'native_safe_halt+0xb' },
  'default_idle+0xa',
  'default_idle_call+0x2e',
  'do_idle+0x200',
  'cpu_startup_entry+0x26',
  'start_secondary+0x115',
  'secondary_startup_64_no_verify+0xe0',
];

/** An idle task while its CPU does something else. */
export const IDLE_ASLEEP: readonly StackLine[] = [
  '__schedule+0x351',
  'schedule_idle+0x26',
  'do_idle+0x16b',
  'cpu_startup_entry+0x26',
  'start_secondary+0x115',
  'secondary_startup_64_no_verify+0xe0',
];

/** Functions that are assembly, or that have no frame, as all kernels have them. */
export const ENTRY_FUNCTIONS = {
  default_idle: { saves: [], locals: 0, size: 0x40 },
  entry_SYSCALL_64_after_hwframe: { orc: 'regs', size: 0x200 },
  asm_exc_page_fault: { orc: 'regs', size: 0x40 },
  asm_exc_general_protection: { orc: 'regs', size: 0x40 },
  asm_exc_invalid_op: { orc: 'regs', size: 0x40 },
  asm_exc_divide_error: { orc: 'regs', size: 0x40 },
  asm_exc_int3: { orc: 'regs', size: 0x40 },
  asm_common_interrupt: { orc: 'regs', size: 0x40 },
  asm_sysvec_apic_timer_interrupt: { orc: 'regs', size: 0x40 },
  end_repeat_nmi: { orc: 'regs', size: 0x80 },
  asm_exc_nmi: { orc: 'regs', size: 0x200 },
  ret_from_fork: { orc: 'end', size: 0x40 },
  ret_from_fork_asm: { orc: 'end', size: 0x40 },
  secondary_startup_64_no_verify: { orc: 'end', size: 0x200 },
  secondary_startup_64: { orc: 'end', size: 0x200 },
} as const;

/** The innermost frames of a CPU that panics and starts the dump kernel; the caller of panic() comes next. */
export const PANIC: readonly StackLine[] = [
  { running: 'relocate_kernel+0x30', note: '__crash_kexec+0x4d' },
  'machine_kexec+0x1af',
  '__crash_kexec+0x67',
  'panic+0x10b',
];
/** The same when an oops does: the handler that called oops_end() comes next. */
export const OOPS: readonly StackLine[] = [
  { running: 'relocate_kernel+0x30', note: 'interrupted' },
  'machine_kexec+0x1af',
  '__crash_kexec+0x67',
  'crash_kexec+0x38',
  'oops_end+0xc1',
];

/** How a CPU ends that another one's panic stopped while it was at `place`: by an NMI, on the NMI stack. */
export const stoppedByNmi = (
  kernel: Kernel,
  cpu: number,
  place: string,
  regs: RegisterValues = {},
): StackLine[] => [
  { running: 'kdump_nmi_callback+0x88', note: 'interrupted' },
  { at: 'crash_nmi_callback+0x2c', indirect: true },
  'default_do_nmi+0x60',
  `${kernel.release.nmiHandler ?? 'exc_nmi'}+0x12e`,
  'end_repeat_nmi+0x16',
  { exception: place, regs, onto: kernel.exceptionStack(cpu, 'NMI') },
];
