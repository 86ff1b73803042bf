import { latin1 } from '../../base/bytes.ts';
import { CorruptError } from '../../base/errors.ts';

/** A LEB128 number of 64 bits has at most ten bytes; padding makes some longer, but not without end. */
const MAX_LEB = 16;

/**
 * Numbers out of a byte array, one after the other. Every read past the end throws CorruptError, which names the section
 * that the bytes are of and the offset in it.
 */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly little: boolean;
  readonly #section: string;
  /** Offset of `bytes[0]` in its section. */
  readonly #base: number;
  /** Index of the next byte. */
  at: number;
  #wasCut = false;

  constructor(
    bytes: Uint8Array,
    little: boolean,
    { section, base = 0, at = 0 }: { section: string; base?: number; at?: number },
  ) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.little = little;
    this.#section = section;
    this.#base = base;
    this.at = at;
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }
  /** Offset of the next byte in the section. */
  get position(): number {
    return this.#base + this.at;
  }

  /** The error for what stands at the cursor. */
  corrupt(reason: string): CorruptError {
    return new CorruptError(
      `${this.#section}+0x${this.position.toString(16)}: ${reason}`,
      BigInt(this.position),
    );
  }

  /** Whether an error is that of a read past the end of the bytes, of which the section may have more. */
  isCut(error: unknown): boolean {
    return error instanceof CorruptError && this.#wasCut;
  }

  /** Moves on by `length` bytes and returns where they begin. */
  skip(length: number): number {
    const start = this.at;
    if (!(length >= 0) || length > this.bytes.length - start) {
      this.#wasCut = true;
      throw this.corrupt(`it ends within what begins here (${length} bytes)`);
    }
    this.at = start + length;
    return start;
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }
  i8(): number {
    return this.#view.getInt8(this.skip(1));
  }
  u16(): number {
    return this.#view.getUint16(this.skip(2), this.little);
  }
  u24(): number {
    const start = this.skip(3);
    const [a = 0, b = 0, c = 0] = this.bytes.subarray(start, start + 3);
    return this.little ? a | (b << 8) | (c << 16) : (a << 16) | (b << 8) | c;
  }
  u32(): number {
    return this.#view.getUint32(this.skip(4), this.little);
  }
  i32(): number {
    return this.#view.getInt32(this.skip(4), this.little);
  }
  u64(): bigint {
    return this.#view.getBigUint64(this.skip(8), this.little);
  }
  i64(): bigint {
    return this.#view.getBigInt64(this.skip(8), this.little);
  }
  /** A number of 4 or 8 bytes that counts bytes of a file: one above 2^53 is beyond every file. */
  offset(size: 4 | 8): number {
    if (size === 4) return this.u32();
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.corrupt(`an offset of ${value}`);
    return Number(value);
  }
  /** An unsigned number of 1, 2, 4 or 8 bytes. */
  unsigned(size: number): bigint {
    switch (size) {
      case 1:
        return BigInt(this.u8());
      case 2:
        return BigInt(this.u16());
      case 4:
        return BigInt(this.u32());
      case 8:
        return this.u64();
      default:
        throw this.corrupt(`a number of ${size} bytes`);
    }
  }
  /** A signed number of 1, 2, 4 or 8 bytes. */
  signed(size: number): bigint {
    return BigInt.asIntN(size * 8, this.unsigned(size));
  }

  /** ULEB128 as a number: what exceeds 2^53 loses its low bits, and is too large for whatever it counts. */
  uleb(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at++] ?? this.#pastEnd();
    if (byte < 0x80) {
      this.at = at;
      return byte;
    }
    let value = byte & 0x7f;
    let scale = 128;
    for (let count = 1; byte >= 0x80; count++) {
      if (count > MAX_LEB) throw this.corrupt('a number without end');
      byte = bytes[at++] ?? this.#pastEnd();
      value += (byte & 0x7f) * scale;
      scale *= 128;
    }
    this.at = at;
    return value;
  }

  /** SLEB128 as a number, exact up to 2^53. */
  sleb(): number {
    const value = this.slebBig();
    return Number(value);
  }

  ulebBig(): bigint {
    return BigInt.asUintN(64, this.#leb().value);
  }

  slebBig(): bigint {
    const { value, bits, isNegative } = this.#leb();
    return BigInt.asIntN(64, isNegative ? value - (1n << BigInt(bits)) : value);
  }

  #leb(): { value: bigint; bits: number; isNegative: boolean } {
    let value = 0n;
    let bits = 0;
    for (let count = 0; ; count++) {
      if (count > MAX_LEB) throw this.corrupt('a number without end');
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << BigInt(bits);
      bits += 7;
      if (byte < 0x80) return { value, bits, isNegative: (byte & 0x40) !== 0 };
    }
  }

  /** Bytes up to a NUL, which is passed over, as latin-1. */
  cString(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) {
      this.#wasCut = true;
      throw this.corrupt('a string without end');
    }
    const text = latin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    const start = this.skip(length);
    return this.bytes.subarray(start, start + length);
  }

  /**
   * The length that begins a unit of any DWARF section: 4 bytes, or 0xffffffff and 8 bytes, which also says how wide the
   * offsets of the unit are (DWARF 5, 7.4).
   */
  unitLength(): { length: number; offsetSize: 4 | 8 } {
    const first = this.u32();
    if (first < 0xfffffff0) return { length: first, offsetSize: 4 };
    if (first !== 0xffffffff) throw this.corrupt(`a length of 0x${first.toString(16)}`);
    return { length: this.offset(8), offsetSize: 8 };
  }

  #pastEnd(): never {
    this.#wasCut = true;
    throw this.corrupt('it ends within a number');
  }
}
