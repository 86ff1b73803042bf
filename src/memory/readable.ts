import { plus, type VAddr, va } from '../base/address.ts';
import { cString, unsigned, viewOf } from '../base/bytes.ts';
import { ReadError } from '../base/errors.ts';
import { roomInPage } from '../base/pages.ts';

/** Reads of typed values at addresses; the base of physical and virtual spaces. */
export abstract class ReadableSpace<A extends bigint> {
  /** Bytes of a pointer and of an unsigned long. */
  readonly pointerSize: 4 | 8;

  constructor(pointerSize: 4 | 8) {
    this.pointerSize = pointerSize;
  }

  /**
   * Exactly `length` bytes in an array of the caller's own, or throws ReadError for the first byte that cannot be read.
   */
  abstract read(address: A, length: number): Uint8Array;

  /** As {@link read}, undefined in place of a ReadError. */
  tryRead(address: A, length: number): Uint8Array | undefined {
    try {
      return this.read(address, length);
    } catch (error) {
      if (error instanceof ReadError) return undefined;
      throw error;
    }
  }

  view(address: A, length: number): DataView {
    return viewOf(this.read(address, length));
  }

  u8(address: A): number {
    return this.read(address, 1)[0]!;
  }
  u16(address: A): number {
    return this.view(address, 2).getUint16(0, true);
  }
  u32(address: A): number {
    return this.view(address, 4).getUint32(0, true);
  }
  i32(address: A): number {
    return this.view(address, 4).getInt32(0, true);
  }
  u64(address: A): bigint {
    return this.view(address, 8).getBigUint64(0, true);
  }
  /** An unsigned integer of 1, 2, 4 or 8 bytes. */
  unsigned(address: A, size: number): bigint {
    return unsigned(this.view(address, size), 0, size);
  }
  /** An unsigned long. */
  word(address: A): bigint {
    return this.pointerSize === 8 ? this.u64(address) : BigInt(this.u32(address));
  }
  /** As {@link word}, undefined in place of a ReadError. */
  tryWord(address: A): bigint | undefined {
    const bytes = this.tryRead(address, this.pointerSize);
    return bytes && this.wordIn(viewOf(bytes), 0);
  }
  /** The unsigned long at an offset of bytes that have been read. */
  wordIn(view: DataView, offset: number): bigint {
    return this.pointerSize === 8
      ? view.getBigUint64(offset, true)
      : BigInt(view.getUint32(offset, true));
  }
  /** The same, signed. */
  longIn(view: DataView, offset: number): bigint {
    return this.pointerSize === 8
      ? view.getBigInt64(offset, true)
      : BigInt(view.getInt32(offset, true));
  }
  /** Bytes as unsigned longs; an incomplete one at the end is left out. The bytes must be the whole of their buffer. */
  wordsOf({ buffer, byteLength }: Uint8Array): BigUint64Array {
    const count = Math.floor(byteLength / this.pointerSize);
    return this.pointerSize === 8
      ? new BigUint64Array(buffer, 0, count)
      : BigUint64Array.from(new Uint32Array(buffer, 0, count), BigInt);
  }
  /** A pointer, as an address. */
  pointer(address: A): VAddr {
    return va(this.word(address));
  }
  /**
   * A NUL-terminated string of at most `max` bytes, as latin1. Ends at unreadable memory after the first byte; throws
   * ReadError when the first byte cannot be read.
   */
  cstring(address: A, max = 256): string {
    let text = '';
    let at = address;
    while (text.length < max) {
      const want = Math.min(roomInPage(at), max - text.length, 256);
      const bytes = text === '' ? this.read(at, want) : this.tryRead(at, want);
      if (!bytes) return text;
      const part = cString(bytes);
      text += part;
      if (part.length < want) return text;
      at = plus(at, want);
    }
    return text;
  }
}
