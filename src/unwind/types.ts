import type { VAddr } from '../base/address.ts';

/** The registers of x86_64's `struct pt_regs`, by their names in arch/x86/include/asm/ptrace.h. */
export const PT_REGS = [
  'r15',
  'r14',
  'r13',
  'r12',
  'bp',
  'bx',
  'r11',
  'r10',
  'r9',
  'r8',
  'ax',
  'cx',
  'dx',
  'si',
  'di',
  'orig_ax',
  'ip',
  'cs',
  'flags',
  'sp',
  'ss',
] as const;
/** The same of i386: kernels without a stack protector leave gs alone, all since 2.6.30 have its place (ccbeed3a05908). */
export const PT_REGS_I386 = [
  'bx',
  'cx',
  'dx',
  'si',
  'di',
  'bp',
  'ax',
  'ds',
  'es',
  'fs',
  'gs',
  'orig_ax',
  'ip',
  'cs',
  'flags',
  'sp',
  'ss',
] as const;
export type RegisterName = (typeof PT_REGS)[number] | (typeof PT_REGS_I386)[number];
/** What both have. */
type CommonRegister = Extract<(typeof PT_REGS)[number], (typeof PT_REGS_I386)[number]>;

/** How an architecture's kernel stacks are laid out. */
export interface StackAbi {
  readonly wordSize: 4 | 8;
  /** Members of struct pt_regs, a word each. */
  readonly registers: readonly RegisterName[];
  /** An entry from kernel mode pushes sp and ss too. Where not, the stack goes on where they would be. */
  readonly savesKernelSp: boolean;
  /** Code has tables that say how to leave it; without, return addresses are looked for. */
  readonly hasTables: boolean;
}
export const X86_64_ABI: StackAbi = {
  wordSize: 8,
  registers: PT_REGS,
  savesKernelSp: true,
  hasTables: true,
};
export const I386_ABI: StackAbi = {
  wordSize: 4,
  registers: PT_REGS_I386,
  savesKernelSp: false,
  hasTables: false,
};

/** Where a register lies in a struct pt_regs, in bytes. */
export const registerOffset = ({ registers, wordSize }: StackAbi, name: RegisterName): number =>
  registers.indexOf(name) * wordSize;

/** Bytes of a `struct pt_regs`: its layout is the entry code's and has not changed since 2.6. */
export const PT_REGS_SIZE = PT_REGS.length * 8;

/** Registers as far as they are known. */
export type Registers = { readonly [name in RegisterName]?: bigint };
/** All registers that the processor has: a `struct pt_regs` in memory, or a CPU's note. */
export type FullRegisters = { readonly [name in CommonRegister]: bigint } & Registers;

/** A kernel stack. `top` is exclusive. */
export interface Stack {
  readonly kind: 'process' | 'irq' | 'exception' | 'entry';
  /** As crash names it when a walk leaves it: `IRQ stack`, `NMI exception stack`. */
  readonly name: string;
  readonly base: VAddr;
  readonly top: VAddr;
  readonly cpu?: number;
}

export const onStack = (stack: Stack, address: bigint): boolean =>
  address >= stack.base && address < stack.top;

/**
 * What is known of one function activation.
 *
 * - `call`: a function that has called another; `ip` is the return address, `at` where it lies on the stack
 * - `interrupted`: a function that an exception, an interrupt or the end of the world stopped at `ip`
 */
export interface RawFrame {
  readonly kind: 'call' | 'interrupted';
  readonly ip: VAddr;
  /** `call`: where the return address lies. `interrupted`: the stack pointer at that moment. */
  readonly at: VAddr;
  readonly stack: Stack | undefined;
  readonly by: FoundBy;
  /** The `struct pt_regs` that lies above this frame, which an entry function made. */
  readonly saved?: SavedRegisters;
}

export interface SavedRegisters {
  readonly address: VAddr;
  readonly registers: FullRegisters;
  /** Only ip, cs, flags, sp and ss are good: an entry that had not saved the others yet. */
  readonly partial: boolean;
  readonly user: boolean;
}

/**
 * How a frame was found: by ORC, by the frame pointer, by looking for the return address of a call to this very
 * function (`call`), or by scanning for anything that looks like a return address, which may be wrong.
 */
export type FoundBy = 'start' | 'orc' | 'frame-pointer' | 'call' | 'scan';

/** Why a walk ended: at the stack's regular end, in user space, or because something was wrong. */
export type WalkEnd =
  | { readonly kind: 'end' }
  | { readonly kind: 'user' }
  | { readonly kind: 'broken'; readonly reason: string };

/** What an unwinder needs of the world. */
export interface UnwindContext {
  /** x86_64's when left out. */
  readonly abi?: StackAbi;
  /** An aligned word of kernel memory; undefined when it is not in the dump. */
  word(address: VAddr): bigint | undefined;
  /** The kernel stack that an address lies on. */
  stackOf(address: bigint): Stack | undefined;
  isText(address: bigint): boolean;
  /** Does a call instruction end at this address? `target` is where a direct one goes. */
  callBefore(address: bigint): { readonly target?: bigint } | undefined;
  /** Where the function that holds an address begins. */
  functionStart(address: bigint): bigint | undefined;
  /** ORC's word on an address: how to leave the function that it lies in. */
  orc(address: bigint): OrcEntry | undefined;
}

/** The base registers that ORC entries use, by meaning. */
export type OrcRegister =
  | 'undefined'
  | 'prev-sp'
  | 'ax'
  | 'dx'
  | 'di'
  | 'bp'
  | 'sp'
  | 'r10'
  | 'r13'
  | 'bp-indirect'
  | 'sp-indirect'
  | 'unknown';

/** One `struct orc_entry`, in the meaning of the newest format. */
export interface OrcEntry {
  readonly spOffset: number;
  readonly bpOffset: number;
  readonly spReg: OrcRegister;
  readonly bpReg: OrcRegister;
  readonly type: 'undefined' | 'end-of-stack' | 'call' | 'regs' | 'regs-partial';
}
