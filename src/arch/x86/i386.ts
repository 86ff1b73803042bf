import { type PAddr, pa, type VAddr } from '../../base/address.ts';
import type { Arch, NotPresent } from '../types.ts';
import { CALL_SITE } from './call-site.ts';
import { ADDRESS_MASK, entryFlags, notPresent, PRESENT, swapEntry, upright } from './entries.ts';
import { type Level, levelFacts, PAGE_SHIFT, type PagingMode, walkTables } from './walk.ts';

/**
 * i386 paging, per Intel SDM volume 3 chapter 4 and arch/x86/include/asm/pgtable-{2,3}level*.h. Without PAE two levels
 * of 4-byte entries, pages of 4 KiB and 4 MiB; with PAE three levels of 8-byte entries, pages of 4 KiB and 2 MiB.
 * Linux folds the levels that are not there into the PGD.
 */
const TWO_LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 22n, indexMask: 0x3ffn, mayBeLeaf: true },
  { name: 'PTE', shift: 12n, indexMask: 0x3ffn, mayBeLeaf: true },
];
const PAE_LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 30n, indexMask: 3n, mayBeLeaf: false },
  { name: 'PMD', shift: 21n, indexMask: 0x1ffn, mayBeLeaf: true },
  { name: 'PTE', shift: 12n, indexMask: 0x1ffn, mayBeLeaf: true },
];

/** Facts about the machine's paging. */
export interface I386Options {
  /** CONFIG_X86_PAE, from VMCOREINFO. */
  readonly pae: boolean;
  /** CONFIG_PAGE_OFFSET: the start of the kernel's part of every address space. */
  readonly pageOffset: bigint;
}

/** The architecture for one kernel's paging mode. */
export function i386({ pae, pageOffset }: I386Options): Arch {
  const levels = pae ? PAE_LEVELS : TWO_LEVELS;
  const entryAddress = pae ? paeAddress : plainAddress;
  const mode: PagingMode = { levels, entryBytes: pae ? 8n : 4n, entryAddress };
  return {
    name: 'i386',
    pointerSize: 4,
    entrySize: pae ? 8 : 4,
    pageShift: PAGE_SHIFT,
    ...levelFacts(levels),
    walk: (root, virtual, read) => walkTables(mode, root, virtual, read),
    entryFlags,
    entryAddress,
    isPresent: (entry) => (entry & PRESENT) !== 0n,
    notPresent: pae ? paeNotPresent : plainNotPresent,
    isCanonical: (address) => address >> 32n === 0n,
    isUser: (address) => address < pageOffset,
    userEnd: pageOffset,
    kernelStart: pageOffset,
    callSite: CALL_SITE,
    lengths: undefined,
  };
}

/** A 4 MiB page has bits 32 to 39 of its address in bits 13 to 20 of its entry (PSE-36, SDM 3, table 4-4). */
function plainAddress(entry: bigint, shift: number): PAddr {
  if (shift < 22) return pa(entry & 0xffff_f000n & ~((1n << BigInt(shift)) - 1n));
  return pa((entry & 0xffc0_0000n) | (((entry >> 13n) & 0xffn) << 32n));
}

/** Bits 12 to 51, as on x86_64: PAE entries have the same form. */
const paeAddress = (entry: bigint, shift: number): PAddr =>
  pa(upright(entry) & ADDRESS_MASK & ~((1n << BigInt(shift)) - 1n));

/** pgtable-2level.h: the type in bits 1 to 5, the offset from bit 9 on (8 before 2.6.31; PROTNONE moved). */
function plainNotPresent(entry: bigint): NotPresent {
  return swapEntry(entry, (entry >> 1n) & 0x1fn, entry >> 9n);
}

/**
 * A not-present entry of PAE, pgtable-3level.h. Since 4.19 (0d0f62490588, x86/speculation/l1tf: Protect PAE swap
 * entries against L1TF) in x86_64's inverted form; before, all of it is in the upper half.
 */
function paeNotPresent(entry: bigint, layout: 'l1tf' | 'plain' = 'l1tf'): NotPresent {
  if (layout === 'l1tf') return notPresent(entry, layout);
  return swapEntry(entry, (entry >> 32n) & 0x1fn, entry >> 37n);
}

/** CONFIG_PAGE_OFFSET by the choices of CONFIG_VMSPLIT (arch/x86/Kconfig), highest first. */
const PAGE_OFFSETS = [0xc000_0000n, 0xb000_0000n, 0x8000_0000n, 0x7800_0000n, 0x4000_0000n];

/** Start of the direct map that contains a symbol of the kernel image: images are loaded low. */
export const pageOffsetOf = (symbol: VAddr): bigint =>
  PAGE_OFFSETS.find((offset) => symbol >= offset) ?? 0xc000_0000n;
