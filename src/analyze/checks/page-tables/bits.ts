import type { Target } from '../../../kernel/core/target.ts';
import { physicalBits } from '../../../kernel/mm/translate.ts';

/** Bits of an entry of 8 bytes: Intel SDM volume 3, 4.5, and arch/x86/include/asm/pgtable_types.h. */
export const ENTRY = {
  present: 1n << 0n,
  writable: 1n << 1n,
  user: 1n << 2n,
  accessed: 1n << 5n,
  dirty: 1n << 6n,
  large: 1n << 7n,
  protNone: 1n << 8n,
  /** _PAGE_SPECIAL, a software bit: the struct page behind it, if any, is not counted. */
  special: 1n << 9n,
  noExecute: 1n << 63n,
} as const;

/** Where an entry has the address of its frame. */
export const ADDRESS = 0x000f_ffff_ffff_f000n;

/** The address bits that this processor does not have, the one that says "encrypted" aside. */
export function reservedMask(target: Target): bigint {
  const encrypted = target.vmcoreinfo.number('sme_mask') ?? 0n;
  return ((1n << 52n) - (1n << BigInt(Math.min(52, physicalBits(target))))) & ~encrypted;
}

/** Whether an entry lets its page be written and executed. */
export const isWritableCode = (entry: bigint): boolean =>
  (entry & ENTRY.writable) !== 0n && (entry & ENTRY.noExecute) === 0n;
