import { type PAddr, pa, type VAddr } from '../base/address.ts';
import type { Arch, EntryReader, LevelName, NotPresent, Walk, WalkStep } from './types.ts';
import { entryFlags, isProtNone, notPresent, upright } from './x86-64.ts';

/**
 * i386 paging, per Intel SDM volume 3 chapter 4 and arch/x86/include/asm/pgtable-{2,3}level*.h. Without PAE two levels
 * of 4-byte entries, pages of 4 KiB and 4 MiB; with PAE three levels of 8-byte entries, pages of 4 KiB and 2 MiB.
 */

const PRESENT = 1n << 0n;
const PSE = 1n << 7n;

interface Level {
  readonly name: LevelName;
  readonly shift: bigint;
  readonly indexMask: bigint;
  /** A set PS bit makes this level's entry a leaf. */
  readonly mayBeLeaf: boolean;
}
/** Linux folds the PUD and the PMD into the PGD. */
const TWO_LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 22n, indexMask: 0x3ffn, mayBeLeaf: true },
  { name: 'PTE', shift: 12n, indexMask: 0x3ffn, mayBeLeaf: true },
];
const PAE_LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 30n, indexMask: 3n, mayBeLeaf: false },
  { name: 'PMD', shift: 21n, indexMask: 0x1ffn, mayBeLeaf: true },
  { name: 'PTE', shift: 12n, indexMask: 0x1ffn, mayBeLeaf: true },
];

/** What the machine's paging looks like. */
export interface I386Options {
  /** CONFIG_X86_PAE, which VMCOREINFO tells. */
  readonly pae: boolean;
  /** CONFIG_PAGE_OFFSET: where the kernel's part of every address space begins. */
  readonly pageOffset: bigint;
}

/** The architecture for one kernel's paging mode. */
export function i386({ pae, pageOffset }: I386Options): Arch {
  const levels = pae ? PAE_LEVELS : TWO_LEVELS;
  const entryBytes = pae ? 8n : 4n;
  const entryAddress = pae ? paeAddress : shortAddress;

  function walk(root: PAddr, virtual: VAddr, read: EntryReader): Walk {
    const steps: WalkStep[] = [];
    let table = root;
    for (const level of levels) {
      const address = pa(table + ((virtual >> level.shift) & level.indexMask) * entryBytes);
      let entry: bigint;
      try {
        entry = read(address);
      } catch (failure) {
        return { virtual, root, steps, outcome: 'unreadable', failure };
      }
      steps.push({ level: level.name, table, entryAddress: address, entry });
      const leaf = level.name === 'PTE' || (level.mayBeLeaf && (entry & PSE) !== 0n);
      const mapped = (entry & PRESENT) !== 0n || (leaf && isProtNone(entry));
      if (!mapped) return { virtual, root, steps, outcome: 'not-present' };
      if (leaf) {
        const pageAddress = entryAddress(entry, Number(level.shift));
        const physical = pa(pageAddress + (virtual & ((1n << level.shift) - 1n)));
        const pageSize = 2 ** Number(level.shift);
        return { virtual, root, steps, outcome: 'mapped', physical, pageSize, pageAddress };
      }
      table = entryAddress(entry, 12);
    }
    return { virtual, root, steps, outcome: 'not-present' };
  }

  return {
    name: 'i386',
    pointerSize: 4,
    entrySize: pae ? 8 : 4,
    pageShift: 12,
    levels: levels.map(({ name }) => name),
    walk,
    entryFlags,
    entryAddress,
    isPresent: (entry) => (entry & PRESENT) !== 0n,
    notPresent: pae ? paeNotPresent : shortNotPresent,
    isCanonical: (address) => address >> 32n === 0n,
    isUser: (address) => address < pageOffset,
  };
}

/** A 4 MiB page has bits 32 to 39 of its address in bits 13 to 20 of its entry (PSE-36, SDM 3, table 4-4). */
function shortAddress(entry: bigint, shift: number): PAddr {
  if (shift < 22) return pa(entry & 0xffff_f000n & ~((1n << BigInt(shift)) - 1n));
  return pa((entry & 0xffc0_0000n) | (((entry >> 13n) & 0xffn) << 32n));
}

/** Bits 12 to 51, as on x86_64: PAE entries have the same form. */
const paeAddress = (entry: bigint, shift: number): PAddr =>
  pa(upright(entry) & 0x000f_ffff_ffff_f000n & ~((1n << BigInt(shift)) - 1n));

/** pgtable-2level.h: the type in bits 1 to 5, the offset from bit 9 on (8 before 2.6.31; PROTNONE moved). */
function shortNotPresent(entry: bigint): NotPresent {
  return swapEntry(entry, (entry >> 1n) & 0x1fn, entry >> 9n);
}

/** pgtable-3level.h: all of it in the upper half, until 4.19 (8fdb8d3b3ee9 and following) took x86_64's inverted form. */
function paeNotPresent(entry: bigint, layout: 'l1tf' | 'plain' = 'l1tf'): NotPresent {
  if (layout === 'l1tf') return notPresent(entry, layout);
  return swapEntry(entry, (entry >> 32n) & 0x1fn, entry >> 37n);
}

/** MAX_SWAPFILES of the largest configuration leaves the types above for migration, hwpoison and their kind. */
const FIRST_SPECIAL_SWAP_TYPE = 23n;

function swapEntry(entry: bigint, type: bigint, offset: bigint): NotPresent {
  if (entry === 0n) return { kind: 'none' };
  const kind = type >= FIRST_SPECIAL_SWAP_TYPE ? 'special' : 'swap';
  return { kind, type: Number(type), offset };
}

/** CONFIG_PAGE_OFFSET by the choices of CONFIG_VMSPLIT (arch/x86/Kconfig), highest first. */
const PAGE_OFFSETS = [0xc000_0000n, 0xb000_0000n, 0x8000_0000n, 0x7800_0000n, 0x4000_0000n];

/** Where the direct map begins in which a symbol of the kernel image lies: images are loaded low. */
export const pageOffsetOf = (symbol: VAddr): bigint =>
  PAGE_OFFSETS.find((offset) => symbol >= offset) ?? 0xc000_0000n;
