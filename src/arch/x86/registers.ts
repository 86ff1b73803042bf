/**
 * Members of `struct pt_regs` in the order of memory, one word each, by their names in
 * arch/x86/include/asm/ptrace.h: the entry code's layout, which has not changed since 2.6.
 */
const words = <const T extends string>(text: T): Split<T>[] => text.split(' ') as Split<T>[];
type Split<T extends string> = T extends `${infer A} ${infer B}` ? A | Split<B> : T;

export const PT_REGS_X86_64 = words(
  'r15 r14 r13 r12 bp bx r11 r10 r9 r8 ax cx dx si di orig_ax ip cs flags sp ss',
);

/** Kernels without a stack protector do not save gs, but all since 2.6.30 have a place for it. */
export const PT_REGS_I386 = words('bx cx dx si di bp ax ds es fs gs orig_ax ip cs flags sp ss');

/** The names of the registers of both widths. */
export type X86Register = (typeof PT_REGS_X86_64)[number] | (typeof PT_REGS_I386)[number];
