/** A virtual address: an unsigned 64-bit value. Build one with {@link va}. */
export type VAddr = bigint & { readonly __space: 'virtual' };

/** A physical address: an unsigned 64-bit value. Build one with {@link pa}. */
export type PAddr = bigint & { readonly __space: 'physical' };

/**
 * A pattern of bits that is no quantity: flags, masks, an entry of a page table, a word of memory. Any bigint is one;
 * the type makes JSON show it as `0x...`.
 */
export type Bits = bigint & { readonly __form?: 'bits' };

/** Wraps any integer into an unsigned 64-bit virtual address (two's complement for negatives). */
export const va = (value: bigint | number): VAddr => BigInt.asUintN(64, BigInt(value)) as VAddr;

/** Wraps any integer into an unsigned 64-bit physical address. */
export const pa = (value: bigint | number): PAddr => BigInt.asUintN(64, BigInt(value)) as PAddr;

/** `address + offset`, wrapped to 64 bits, in the same address space. */
export function plus<A extends bigint>(address: A, offset: number | bigint): A {
  return BigInt.asUintN(64, address + BigInt(offset)) as A;
}

/** The value as lower-case hex without `0x`, which is how crash writes addresses. */
export const hex = (value: bigint | number): string =>
  (typeof value === 'bigint' ? BigInt.asUintN(64, value) : value).toString(16);

/** {@link hex}, padded with zeros to 16 digits. */
export const hex16 = (value: bigint | number): string => hex(value).padStart(16, '0');
