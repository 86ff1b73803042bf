/**
 * The smallest page of any machine: page sizes are multiples of it, and so are the frames of every dump format. A read
 * that is split at its boundaries reads all that can be read.
 */
export const SMALLEST_PAGE = 4096;
const OFFSET_MASK = BigInt(SMALLEST_PAGE - 1);
const SHIFT = 12n;

/** Offset of an address in its smallest page, in bytes. */
export const offsetInPage = (address: bigint): number => Number(address & OFFSET_MASK);

/** Bytes from an address to the end of its smallest page: 1 to 4096. */
export const roomInPage = (address: bigint): number => SMALLEST_PAGE - offsetInPage(address);

/** The number of the smallest page that an address lies in: in physical memory, the frame of the dump file. */
export const frameOf = (address: bigint): number => Number(address >> SHIFT);

/** Physical address at which a frame of the dump file begins. */
export const frameAddress = (frame: number): bigint => BigInt(frame) << SHIFT;
