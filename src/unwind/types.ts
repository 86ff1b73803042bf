import type { X86Register } from '../arch/x86/registers.ts';
import type { Bits, VAddr } from '../base/address.ts';

/** The names of the registers that a kernel saves on its stacks, of every architecture. */
export type RegisterName = X86Register;

/** Registers as far as they are known. */
export type Registers = { readonly [name in RegisterName]?: Bits };
/** All registers that the processor has: a `struct pt_regs` in memory, or a CPU's note. */
export type FullRegisters = Registers & { readonly ip: Bits; readonly sp: Bits };

/** How an architecture's kernel stacks are laid out. */
export interface StackAbi {
  readonly wordSize: 4 | 8;
  /** Members of struct pt_regs in the order of memory, a word each. */
  readonly registers: readonly RegisterName[];
  /** Registers of which only some bits of the word in a struct pt_regs count: the mask. */
  readonly registerMasks: Registers;
  /** Was the processor in user mode with these registers? */
  isUser(registers: Registers): boolean;
  /** An entry from kernel mode pushes sp and ss too. Where not, the stack goes on where they would be. */
  readonly savesKernelSp: boolean;
  /** Registers by the numbers that DWARF gives them, the return address last (the processor's supplement of the System V ABI). */
  readonly debugRegisters: readonly RegisterName[];
  /** Code has tables that say how to leave it; without, return addresses are looked for. */
  readonly hasTables: boolean;
}

/** Where a register lies in a struct pt_regs, in bytes. */
export const registerOffset = ({ registers, wordSize }: StackAbi, name: RegisterName): number =>
  registers.indexOf(name) * wordSize;

/** Bytes of a `struct pt_regs`. */
export const registersSize = ({ registers, wordSize }: StackAbi): number =>
  registers.length * wordSize;

/** A kernel stack. `top` is exclusive. */
export interface Stack {
  readonly kind: 'process' | 'irq' | 'exception' | 'entry';
  /** As crash names it when a walk leaves it: `IRQ stack`, `NMI exception stack`. */
  readonly name: string;
  readonly base: VAddr;
  readonly top: VAddr;
  readonly cpu?: number;
}

/** Whether a stack contains an address. */
export const onStack = (stack: Stack, address: bigint): boolean =>
  address >= stack.base && address < stack.top;

/**
 * What is known of one function activation.
 *
 * - `call`: a function that has called another; `ip` is the return address, `at` where it lies on the stack
 * - `interrupted`: a function interrupted at `ip` by an exception or interrupt, or running when its CPU was stopped
 */
export interface RawFrame {
  readonly kind: 'call' | 'interrupted';
  readonly ip: VAddr;
  /** `call`: where the return address lies. `interrupted`: the stack pointer at that moment. */
  readonly at: VAddr;
  readonly stack: Stack | undefined;
  readonly by: FoundBy;
  /** `interrupted`: the stack pointer was below `stack`, which was full. */
  readonly overflows?: true;
  /** On the stack stands this trampoline of a tracer, which kept the return address `ip`; where it did not, `ip` too. */
  readonly trampoline?: VAddr;
  /** The walk has guessed on its way here: this and all further out may be wrong. */
  readonly doubtful?: true;
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
  /** `missing`: what the dump should have had there. */
  | { readonly kind: 'broken'; readonly reason: string; readonly missing?: VAddr };

/** What a trampoline on the stack stands for; `ip` is undefined where nothing says it. */
export interface TrueReturn {
  readonly ip: VAddr | undefined;
}

/** What the unwinder needs: the ABI, memory, the stacks, and the code. */
export interface UnwindContext {
  readonly abi: StackAbi;
  /** An aligned word of kernel memory; undefined when it is not in the dump. */
  word(address: VAddr): bigint | undefined;
  /** The kernel stack that an address lies on. */
  stackOf(address: bigint): Stack | undefined;
  /** The stack that a stack pointer has left at its low end: it points below it, and on no other stack. */
  overflownBy(sp: bigint): Stack | undefined;
  isText(address: bigint): boolean;
  /** Does a call instruction end at this address? `target` is where a direct one goes. */
  callBefore(address: bigint): { readonly target?: bigint } | undefined;
  /**
   * The return address that a tracer's trampoline at `at` hides; undefined for a word `ip` that is no trampoline.
   * `from`: where the function begins that returns there.
   */
  trueReturn(ip: bigint, at: VAddr, from: bigint | undefined): TrueReturn | undefined;
  /** Is the code not there that an address lies behind? What follows no call may then be a return address. */
  lacksCode(address: bigint): boolean;
  /** Where the function that holds an address begins. */
  functionStart(address: bigint): bigint | undefined;
  /** How to leave the function that an address lies in, in ORC's terms; undefined where nothing says it. */
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
