import type { NotPresent } from '../types.ts';

/** Page-table entries of x86: Intel SDM volume 3 chapter 4, arch/x86/include/asm/pgtable_types.h. */

/** Bit 0 of an entry: present. */
export const PRESENT = 1n << 0n;
export const PSE = 1n << 7n;
/** Software meaning of bit 8 in an entry without PRESENT: _PAGE_PROTNONE. */
const PROTNONE = 1n << 8n;
/** Bits 12..51: the widest physical address that an entry of 8 bytes can hold. */
export const ADDRESS_MASK = 0x000f_ffff_ffff_f000n;

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

/** The flags of an entry by name. An entry that is not PRESENT may be PROT_NONE, and its bit 7 is then no page size. */
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
 * An entry with its frame as it is. Since 4.19 (6b28baca9b1f, x86/speculation/l1tf: Protect PROT_NONE PTEs against
 * speculation) (and 4.18.1) a PROT_NONE entry stores its frame inverted, so that the address in a not-present entry
 * never points at cacheable memory. The high bits tell: a real frame has them clear.
 */
export function upright(entry: bigint): bigint {
  if (!isProtNone(entry)) return entry;
  const highFrameBits = (entry >> 50n) & 3n;
  return highFrameBits === 3n ? entry ^ ADDRESS_MASK : entry;
}

/**
 * A swap entry of 8 bytes, arch/x86/include/asm/pgtable_64.h. Since 4.19 (bcd11afa7ada, x86/speculation/l1tf: Change
 * order of offset/type in swap entry) and 4.19 (2f22b4cd45b6, x86/speculation/l1tf: Protect swap entries against L1TF),
 * both also in 4.18.1: the type in bits 59..63, the offset inverted in bits 9..58. `plain`, since 4.8 (00839ee3b299,
 * x86/mm: Move swap offset/type up in PTE to work around erratum): the type in bits 9..13, the offset as it is above.
 */
export function notPresent(entry: bigint, layout: 'l1tf' | 'plain' = 'l1tf'): NotPresent {
  const plain = layout === 'plain';
  const type = plain ? (entry >> 9n) & 0x1fn : entry >> 59n;
  const offset = plain ? entry >> 14n : BigInt.asUintN(64, ~entry << 5n) >> 14n;
  return swapEntry(entry, type, offset);
}

/**
 * Below MAX_SWAPFILES of the largest configuration; the types above are for migration, hwpoison, device and markers.
 */
const FIRST_SPECIAL_SWAP_TYPE = 23n;

/** The meaning of an entry that is not present, by its type and offset. */
export function swapEntry(entry: bigint, type: bigint, offset: bigint): NotPresent {
  if (entry === 0n) return { kind: 'none' };
  const kind = type >= FIRST_SPECIAL_SWAP_TYPE ? 'special' : 'swap';
  return { kind, type: Number(type), offset };
}
