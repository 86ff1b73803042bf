import type { CodeRules } from '../types.ts';

/** Kernel code of either width in gdb's syntax. */
export const X86_CODE: CodeRules = {
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
