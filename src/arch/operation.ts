import type { Bits } from '../base/address.ts';

/** `next` continues (and so does a conditional `branch`); after the others, the next byte need not be code. */
export type Flow = 'next' | 'branch' | 'call' | 'jump' | 'return' | 'trap' | 'bad';

/** A register by the name that kernels save it under: `ax`, `r12`, `ip`. Parts of it (`al`, `eax`) are the register. */
export type RegisterWord = string;

/** An operand in memory: base + index * scale + displacement. */
export interface MemoryOperand {
  readonly base: RegisterWord | undefined;
  readonly index: RegisterWord | undefined;
  readonly scale: number;
  /** Sign-extended to the width of an address; the address itself of an operand relative to the instruction. */
  readonly displacement: Bits;
  /** `fs` or `gs`, where it adds a base of its own. */
  readonly segment: 'fs' | 'gs' | undefined;
  /** Bytes; 0 where the instruction decides (a whole processor state). */
  readonly size: number;
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Where a word comes from that an instruction leaves in a register or in memory. */
export type WordSource =
  | { readonly kind: 'register'; readonly register: RegisterWord; readonly plus: Bits }
  /** Read from memory; `size` below the width of an address is extended. */
  | { readonly kind: 'memory'; readonly operand: MemoryOperand; readonly size: number }
  /** The address of an operand: x86 LEA. */
  | { readonly kind: 'address'; readonly operand: MemoryOperand }
  | { readonly kind: 'constant'; readonly value: Bits };

/** What an instruction does, as far as the flow of words through registers needs it. */
export interface Operation {
  readonly address: Bits;
  readonly length: number;
  /** Upper case, without operands, in the manufacturer's name: `MOV`, `UD2`. */
  readonly mnemonic: string;
  readonly flow: Flow;
  /** Where a direct branch or call goes. */
  readonly target: Bits | undefined;
  readonly memory: readonly MemoryOperand[];
  readonly reads: readonly RegisterWord[];
  /** Registers that have another value after it. */
  readonly writes: readonly RegisterWord[];
  /** A whole register gets a word whose source is known. */
  readonly assigns: { readonly register: RegisterWord; readonly from: WordSource } | undefined;
  /** Memory gets a whole word whose source is known. */
  readonly stores: { readonly to: MemoryOperand; readonly from: WordSource } | undefined;
  /** Bytes that are added to the stack pointer, before the store of a push and after the load of a pop. */
  readonly stackPointer: number;
}
