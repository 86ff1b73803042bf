import { type PAddr, pa, type VAddr } from '../base/address.ts';
import type { Arch, EntryReader, LevelName, NotPresent, Walk, WalkStep } from './types.ts';

/**
 * x86_64 paging, per Intel SDM volume 3 chapter 4 and arch/x86/include/asm/pgtable_types.h.
 * Four and five levels; pages of 4 KiB, 2 MiB (PS in the PMD) and 1 GiB (PS in the PUD).
 */

const PRESENT = 1n << 0n;
const PSE = 1n << 7n;
/** Software meaning of bit 8 in an entry without PRESENT: _PAGE_PROTNONE. */
const PROTNONE = 1n << 8n;
/** Bits 12..51: the widest physical address an entry can hold. */
const ADDRESS_MASK = 0x000f_ffff_ffff_f000n;

interface Level {
  readonly name: LevelName;
  readonly shift: bigint;
  /** A set PS bit makes this level's entry a leaf. */
  readonly mayBeLeaf: boolean;
}
const LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 48n, mayBeLeaf: false },
  { name: 'P4D', shift: 39n, mayBeLeaf: false },
  { name: 'PUD', shift: 30n, mayBeLeaf: true },
  { name: 'PMD', shift: 21n, mayBeLeaf: true },
  { name: 'PTE', shift: 12n, mayBeLeaf: true },
];
/** With four levels the P4D is folded into the PGD: the root covers bits 39..47 and is called PGD. */
const FOUR_LEVELS: readonly Level[] = [
  { name: 'PGD', shift: 39n, mayBeLeaf: false },
  ...LEVELS.slice(2),
];

/** Present-entry bits with the names crash prints, lowest first. */
const FLAGS: readonly (readonly [bigint, string])[] = [
  [PRESENT, 'PRESENT'],
  [1n << 1n, 'RW'],
  [1n << 2n, 'USER'],
  [1n << 3n, 'PWT'],
  [1n << 4n, 'PCD'],
  [1n << 5n, 'ACCESSED'],
  [1n << 6n, 'DIRTY'],
  [PSE, 'PSE'],
  [1n << 8n, 'GLOBAL'],
  [1n << 63n, 'NX'],
];

/** What the machine's paging looks like, from VMCOREINFO or control registers. */
export interface X8664Options {
  readonly fiveLevel: boolean;
  /** AMD SME C-bit (NUMBER(sme_mask)), cleared from every entry's address; 0n without SME. */
  readonly smeMask: bigint;
}

/** The architecture for one machine's paging mode. */
export function x8664(options: X8664Options): Arch {
  const levels = options.fiveLevel ? LEVELS : FOUR_LEVELS;
  const addressMask = ADDRESS_MASK & ~options.smeMask;
  const bits = options.fiveLevel ? 57n : 48n;

  const entryAddress = (entry: bigint, shift: number): PAddr =>
    pa(upright(entry) & addressMask & ~((1n << BigInt(shift)) - 1n));
  const isMapped = (entry: bigint, leaf: boolean): boolean =>
    (entry & PRESENT) !== 0n || (leaf && isProtNone(entry));

  function walk(root: PAddr, virtual: VAddr, read: EntryReader): Walk {
    const steps: WalkStep[] = [];
    let table = root;
    for (const level of levels) {
      const index = (virtual >> level.shift) & 0x1ffn;
      const address = pa(table + index * 8n);
      let entry: bigint;
      try {
        entry = read(address);
      } catch (failure) {
        return { virtual, root, steps, outcome: 'unreadable', failure };
      }
      steps.push({ level: level.name, table, entryAddress: address, entry });
      const last = level.name === 'PTE';
      const leaf = last || (level.mayBeLeaf && (entry & PSE) !== 0n);
      if (!isMapped(entry, leaf)) return { virtual, root, steps, outcome: 'not-present' };
      if (leaf) {
        const size = 1n << level.shift;
        const pageAddress = entryAddress(entry, Number(level.shift));
        const physical = pa(pageAddress + (virtual & (size - 1n)));
        return {
          virtual,
          root,
          steps,
          outcome: 'mapped',
          physical,
          pageSize: Number(size),
          pageAddress,
        };
      }
      table = entryAddress(entry, 12);
    }
    return { virtual, root, steps, outcome: 'not-present' };
  }

  return {
    name: 'x86_64',
    pointerSize: 8,
    entrySize: 8,
    pageShift: 12,
    levels: levels.map((level) => level.name),
    walk,
    entryFlags,
    entryAddress,
    isPresent: (entry) => (entry & PRESENT) !== 0n,
    notPresent,
    isCanonical: (address) => BigInt.asUintN(64, BigInt.asIntN(Number(bits), address)) === address,
    isUser: (address) => address >> (bits - 1n) === 0n,
  };
}

/** An entry that is not PRESENT may be PROT_NONE, and its bit 7 is then no page size. */
export function entryFlags(entry: bigint): string[] {
  const names = FLAGS.filter(([bit]) => (entry & bit) !== 0n).map(([, name]) => name);
  if ((entry & PRESENT) !== 0n) return names;
  const shown = names.filter((name) => name !== 'PSE');
  const global = shown.indexOf('GLOBAL');
  // Bit 8 is GLOBAL of a present entry and PROTNONE of any other; crash names both.
  return global < 0 ? shown : shown.toSpliced(global, 0, 'PROTNONE');
}

/** _PAGE_PROTNONE: mapped, but every access faults (mprotect(PROT_NONE), NUMA hinting). */
export const isProtNone = (entry: bigint): boolean =>
  (entry & PRESENT) === 0n && (entry & PROTNONE) !== 0n;

/**
 * Since 4.18.1 (6b28baca9b1f, L1TF) a PROT_NONE entry stores its frame inverted, so that the address in a
 * not-present entry never points at cacheable memory. The high bits tell: a real frame has them clear.
 */
export function upright(entry: bigint): bigint {
  if (!isProtNone(entry)) return entry;
  const highFrameBits = (entry >> 50n) & 3n;
  return highFrameBits === 3n ? entry ^ ADDRESS_MASK : entry;
}

/**
 * A swap entry of x86_64, arch/x86/include/asm/pgtable_64.h. Since 4.18.1 (6b28baca9b1f, eee948a7b6f0):
 * the type in bits 59..63, the offset inverted in bits 9..58.
 */
export function notPresent(entry: bigint, layout: 'l1tf' | 'plain' = 'l1tf'): NotPresent {
  if (entry === 0n) return { kind: 'none' };
  // 4.8 to 4.18.0 (00839ee3b299): the type in bits 9..13, the offset as it is above.
  const plain = layout === 'plain';
  const type = Number(plain ? (entry >> 9n) & 0x1fn : entry >> 59n);
  const offset = plain ? entry >> 14n : BigInt.asUintN(64, ~entry << 5n) >> 14n;
  return type >= FIRST_SPECIAL_SWAP_TYPE
    ? { kind: 'special', type, offset }
    : { kind: 'swap', type, offset };
}
/** MAX_SWAPFILES of the largest configuration leaves these for migration, hwpoison, device and marker entries. */
const FIRST_SPECIAL_SWAP_TYPE = 23;
