import { type PAddr, pa } from '../../base/address.ts';
import type { Arch } from '../types.ts';
import { CALL_SITE } from './call-site.ts';
import { ADDRESS_MASK, entryFlags, notPresent, PRESENT, upright } from './entries.ts';
import { x8664Lengths } from './lengths.ts';
import { type Level, levelFacts, PAGE_SHIFT, type PagingMode, walkTables } from './walk.ts';

/**
 * x86_64 paging, per Intel SDM volume 3 chapter 4 and arch/x86/include/asm/pgtable_types.h.
 * Four and five levels; pages of 4 KiB, 2 MiB (PS in the PMD) and 1 GiB (PS in the PUD).
 */
const LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 48n, indexMask: 0x1ffn, mayBeLeaf: false },
  { name: 'P4D', shift: 39n, indexMask: 0x1ffn, mayBeLeaf: false },
  { name: 'PUD', shift: 30n, indexMask: 0x1ffn, mayBeLeaf: true },
  { name: 'PMD', shift: 21n, indexMask: 0x1ffn, mayBeLeaf: true },
  { name: 'PTE', shift: 12n, indexMask: 0x1ffn, mayBeLeaf: true },
];
/** With four levels the P4D is folded into the PGD: the root covers bits 39..47 and is called PGD. */
const FOUR_LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 39n, indexMask: 0x1ffn, mayBeLeaf: false },
  ...LEVELS.slice(2),
];

/** Facts about the machine's paging, from VMCOREINFO or control registers. */
export interface X8664Options {
  readonly fiveLevel: boolean;
  /** AMD SME C-bit (NUMBER(sme_mask)), cleared from every entry's address; 0n without SME. */
  readonly smeMask: bigint;
}

/** The architecture for one machine's paging mode. */
export function x8664({ fiveLevel, smeMask }: X8664Options): Arch {
  const levels = fiveLevel ? LEVELS : FOUR_LEVELS;
  const addressMask = ADDRESS_MASK & ~smeMask;
  const bits = fiveLevel ? 57 : 48;
  const userEnd = 1n << BigInt(bits - 1);
  const entryAddress = (entry: bigint, shift: number): PAddr =>
    pa(upright(entry) & addressMask & ~((1n << BigInt(shift)) - 1n));
  const mode: PagingMode = { levels, entryBytes: 8n, entryAddress };
  return {
    name: 'x86_64',
    pointerSize: 8,
    entrySize: 8,
    pageShift: PAGE_SHIFT,
    ...levelFacts(levels),
    walk: (root, virtual, read) => walkTables(mode, root, virtual, read),
    entryFlags,
    entryAddress,
    isPresent: (entry) => (entry & PRESENT) !== 0n,
    notPresent,
    isCanonical: (address) => BigInt.asUintN(64, BigInt.asIntN(bits, address)) === address,
    isUser: (address) => address < userEnd,
    userEnd,
    kernelStart: 1n << 63n,
    callSite: CALL_SITE,
    lengths: x8664Lengths,
  };
}
