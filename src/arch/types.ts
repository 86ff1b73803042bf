import type { PAddr, VAddr } from '../base/address.ts';

/** The names of page-table levels, from the root down. */
export type LevelName = 'PGD' | 'P4D' | 'PUD' | 'PMD' | 'PTE';

/** One step of a page walk. */
export interface WalkStep {
  readonly level: LevelName;
  /** Physical address of the table. */
  readonly table: PAddr;
  /** Physical address of the entry inside it. */
  readonly entryAddress: PAddr;
  /** The entry as it is in memory. */
  readonly entry: bigint;
}

/** Meaning of a leaf entry that is not present. */
export type NotPresent =
  | { readonly kind: 'none' }
  | { readonly kind: 'swap'; readonly type: number; readonly offset: bigint }
  | { readonly kind: 'special'; readonly type: number; readonly offset: bigint };

/**
 * A page walk as data: every entry that was read, and how it ended.
 *
 * `mapped` has `physical` (of the address itself, not of the page), `pageSize` and `pageAddress`;
 * `not-present` ended at the last step's entry; `unreadable` could not read the next table, `failure` says why.
 */
export interface Walk {
  readonly virtual: VAddr;
  readonly root: PAddr;
  readonly steps: readonly WalkStep[];
  readonly outcome: 'mapped' | 'not-present' | 'unreadable';
  readonly physical?: PAddr;
  /** Bytes of the page that the last entry maps. */
  readonly pageSize?: number;
  /** Physical address of the page's first byte. */
  readonly pageAddress?: PAddr;
  readonly failure?: unknown;
}

/** Reads one page-table entry at a physical address; throws ReadError. */
export type EntryReader = (address: PAddr) => bigint;

/** A named bit of a page-table entry, lowest bit first. */
export interface EntryFlag {
  readonly bit: bigint;
  readonly name: string;
}

/** How a call is recognised by the bytes before its return address. */
export interface CallSite {
  /** Bytes of the longest call. */
  readonly bytes: number;
  /**
   * The call instruction that ends where `bytes` end, at `address`; undefined when there is none. `target` is where a
   * direct call goes.
   */
  callEndingAt(bytes: Uint8Array, address: bigint): { readonly target?: bigint } | undefined;
}

/** Tells instructions apart by their length alone: for sweeps over all code. */
export interface InstructionLengths {
  /**
   * Bytes of the instruction at `at`; 0 where the bytes are none ({@link badAt} says which of them), -1 where it would go
   * beyond `end`.
   */
  decode(bytes: Uint8Array, at: number, end: number): number;
  /** After 0: the place of the byte that makes it none. */
  readonly badAt: number;
  /** After a branch or call to a fixed place: its distance from the next instruction. */
  readonly branch: number | undefined;
}

/** What depends on the processor, and nothing that depends on the kernel's version. */
export interface Arch {
  readonly name: string;
  readonly pointerSize: 4 | 8;
  /** Bytes of a page-table entry. */
  readonly entrySize: 4 | 8;
  readonly pageShift: number;
  /** Root levels differ between machines of one architecture (4- and 5-level paging). */
  readonly levels: readonly LevelName[];
  /** Address bits below an entry of a level: of the last level {@link pageShift}. */
  levelShift(level: LevelName): number;
  /** Full walk, as data. Never throws. */
  walk(root: PAddr, address: VAddr, read: EntryReader): Walk;
  /** Flags of a present leaf or table entry, in crash's order and words (PRESENT, RW, USER ...). */
  entryFlags(entry: bigint): readonly string[];
  /**
   * The physical address that an entry points to, without flag bits. `shift` of the page that it maps; of a table
   * {@link pageShift}. The inverted frame of a PROT_NONE entry is restored.
   */
  entryAddress(entry: bigint, shift: number): PAddr;
  isPresent(entry: bigint): boolean;
  /**
   * Decodes an entry that is not present. `plain` is the layout of kernels without the L1TF mitigation, whose offset is
   * not inverted.
   */
  notPresent(entry: bigint, layout?: 'l1tf' | 'plain'): NotPresent;
  /** True when the address has the canonical form of this paging mode. */
  isCanonical(address: VAddr): boolean;
  /** True when the address lies in the user half. */
  isUser(address: VAddr): boolean;
  /** The first address after the user half. */
  readonly userEnd: bigint;
  /** The lowest address of the kernel's half; between the two halves nothing is canonical. */
  readonly kernelStart: bigint;
  readonly callSite: CallSite;
  /** A decoder of lengths; undefined where there is none for this processor. */
  readonly lengths: (() => InstructionLengths) | undefined;
}
