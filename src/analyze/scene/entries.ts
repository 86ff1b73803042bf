import type { FrameRegisters } from '../../kernel/stacktrace/listing.ts';
import type { Call } from './chain.ts';

/** Why the processor left what it was doing. */
export type EntryKind =
  | 'page-fault'
  | 'general-protection'
  | 'invalid-opcode'
  | 'double-fault'
  | 'divide-error'
  | 'stack-segment'
  | 'control-protection'
  | 'other-trap'
  | 'nmi'
  | 'machine-check'
  | 'interrupt';

/** An exception or interrupt on the way, in kernel mode. */
export interface Entry {
  readonly kind: EntryKind;
  /** The entry point's name: `asm_exc_page_fault`. */
  readonly name: string;
  readonly entry: Call;
  readonly registers: FrameRegisters;
  /** The function that it interrupted; undefined where the chain ends here. */
  readonly interrupted: Call | undefined;
  /** Calls from the interrupted function outwards. */
  readonly outer: readonly Call[];
}

/** Entry points by name: arch/x86/entry/entry_64.S to 5.7, arch/x86/include/asm/idtentry.h since. */
const KINDS: readonly (readonly [RegExp, EntryKind])[] = [
  [/^(?:asm_exc_page_fault|(?:async_|trace_)?page_fault)$/, 'page-fault'],
  [/^(?:asm_exc_general_protection|general_protection)$/, 'general-protection'],
  [/^(?:asm_exc_invalid_op|invalid_op)$/, 'invalid-opcode'],
  [/^(?:asm_exc_double_fault|double_fault)$/, 'double-fault'],
  [/^(?:asm_exc_divide_error|divide_error)$/, 'divide-error'],
  [/^(?:asm_exc_stack_segment|stack_segment)$/, 'stack-segment'],
  [/^asm_exc_control_protection$/, 'control-protection'],
  [
    /^(?:asm_exc_nmi(?:_noist)?|nmi|end_repeat_nmi|repeat_nmi|first_nmi|nmi_restore|nested_nmi.*)$/,
    'nmi',
  ],
  [/^(?:asm_exc_machine_check|machine_check)$/, 'machine-check'],
  [
    /^(?:asm_sysvec_|asm_common_interrupt|asm_spurious|common_interrupt|ret_from_intr|apic_timer)/,
    'interrupt',
  ],
  [/^(?:\w+_interrupt\d*|irq_entries_start|call_function.*|reschedule.*|smp_.*)$/, 'interrupt'],
  [/^asm_exc_/, 'other-trap'],
  [
    /^(?:overflow|bounds|device_not_available|coprocessor_.*|invalid_TSS|segment_not_present)$/,
    'other-trap',
  ],
  [/^(?:alignment_check|simd_coprocessor_error|int3|debug|xen\w+)$/, 'other-trap'],
];

/** The exceptions and interrupts of a chain that interrupted the kernel, innermost first. */
export function entriesOf(calls: readonly Call[]): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [i, call] of calls.entries()) {
    const { registers, frame } = call;
    if (!registers || registers.user) continue;
    const name = frame.via ?? call.name;
    const kind = KINDS.find(([names]) => names.test(name))?.[1] ?? 'other-trap';
    const outer = calls.slice(i + 1);
    entries.push({ kind, name, entry: call, registers, interrupted: outer[0], outer });
  }
  return entries;
}

/** Exceptions that the interrupted instruction itself raises. */
const FAULTS: ReadonlySet<EntryKind> = new Set([
  'page-fault',
  'general-protection',
  'invalid-opcode',
  'double-fault',
  'divide-error',
  'stack-segment',
  'control-protection',
  'other-trap',
]);

/** Whether an entry is the interrupted instruction's own doing. */
export const isFault = ({ kind }: Entry): boolean => FAULTS.has(kind);
