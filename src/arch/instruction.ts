import type { Bits } from '../base/address.ts';
import type { Flow, Operation } from './operation.ts';

/** One machine instruction as gdb writes it for its machine: AT&T syntax for x86. */
export interface Instruction {
  readonly address: Bits;
  /** Bytes; at least 1, also for bytes that are no instruction. */
  readonly length: number;
  /** In gdb's syntax, without names; `(bad)` for bytes that are no instruction. */
  readonly text: string;
  /** The target of a direct branch, or of an operand relative to the instruction pointer. */
  readonly reference?: Reference;
  /** How control leaves it. */
  readonly flow: Flow;
}

/** An address in an instruction's operands. */
export interface Reference {
  readonly kind: 'branch' | 'memory';
  readonly address: Bits;
}

/** Decodes instructions. Synchronous; opened once, by the first command that disassembles. */
export interface Disassembler {
  /** Bytes of the longest instruction. */
  readonly maxLength: number;
  /**
   * Instructions of `bytes`, which lie at `address`, up to one that the end cuts off. Never throws for invalid bytes.
   */
  decode(bytes: Uint8Array, address: bigint): Generator<Instruction>;
  /**
   * As {@link decode}, what each instruction does. Ends before bytes that are no instruction, or that are cut off.
   */
  operations(bytes: Uint8Array, address: bigint): Generator<Operation>;
}
