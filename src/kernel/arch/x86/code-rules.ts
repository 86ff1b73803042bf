import type { CallRules, CodeRules } from '../types.ts';

/** System V psABI for x86-64, 3.2: integer arguments and the registers that a call may change. */
export const CALLS_X86_64: CallRules = {
  arguments: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
  changed: ['ax', 'cx', 'dx', 'si', 'di', 'r8', 'r9', 'r10', 'r11'],
  result: 'ax',
  stackPointer: 'sp',
};

/** i386's kernel is built with -mregparm=3 (arch/x86/Makefile). */
export const CALLS_I386: CallRules = {
  arguments: ['ax', 'dx', 'cx'],
  changed: ['ax', 'cx', 'dx'],
  result: 'ax',
  stackPointer: 'sp',
};

/** Kernel code of either width in gdb's syntax. */
export const X86_CODE: Omit<CodeRules, 'calls'> = {
  bug: 'ud2',
  // The no-op of 5 bytes (arch/x86/kernel/ftrace.c).
  tracerNops: ['nopl   0x0(%rax,%rax,1)', 'data32 data32 data32 xchg %ax,%ax'],
  entry: /^(?:nopl {3}0x0\(%rax,%rax,1\)|(?:data16 ){3}xchg +%ax,%ax)$/,
  alignment: 16,
  noOperation: /^(?:cs |data16 )*(?:nop|xchg {3}%ax,%ax)/,
  trap: 'int3',
  zeros: 'add    %al,(%rax)',
  indirectThunk: '__x86_indirect_thunk',
  returnThunk: '__x86_return_thunk',
};
