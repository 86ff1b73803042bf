import type { Bits } from '../base/address.ts';
/** One machine instruction as gdb writes it for its machine: AT&T syntax for x86. */
export interface Instruction {
  readonly address: Bits;
  /** Bytes; at least 1, also for what is no instruction. */
  readonly length: number;
  /** As gdb writes it, without names; `(bad)` for bytes that are no instruction. */
  readonly text: string;
  /** The address that a direct branch goes to, or that an operand relative to the instruction pointer means. */
  readonly reference?: Reference;
  /** Where control goes after it. */
  readonly flow: Flow;
}

export interface Reference {
  readonly kind: 'branch' | 'memory';
  readonly address: Bits;
}

/** `next` goes on (and so does a conditional `branch`); after the others, the next byte need not be code. */
export type Flow = 'next' | 'branch' | 'call' | 'jump' | 'return' | 'trap' | 'bad';

/** Turns bytes into instructions. Synchronous; opened once, by the first command that disassembles. */
export interface Disassembler {
  /** The longest instruction there is, in bytes. */
  readonly maxLength: number;
  /**
   * Instructions of `bytes`, which lie at `address`, one after the other, up to one that the end cuts off.
   * Never throws for what the bytes are.
   */
  decode(bytes: Uint8Array, address: bigint): Generator<Instruction>;
}
