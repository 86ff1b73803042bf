/** Bytes of a file that is made up, one number after the other. */
export class ByteWriter {
  readonly #bytes: number[] = [];
  readonly little: boolean;

  constructor(little = true) {
    this.little = little;
  }

  get length(): number {
    return this.#bytes.length;
  }
  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }

  number(value: number | bigint, size: number): this {
    const field = this.#field(value, size);
    this.#bytes.push(...field);
    return this;
  }
  /** Writes over what stands at an offset. */
  patch(at: number, value: number | bigint, size: number): void {
    this.#field(value, size).forEach((byte, i) => {
      this.#bytes[at + i] = byte;
    });
  }
  u8(value: number): this {
    return this.number(value, 1);
  }
  u16(value: number): this {
    return this.number(value, 2);
  }
  u32(value: number): this {
    return this.number(value, 4);
  }
  u64(value: number | bigint): this {
    return this.number(value, 8);
  }
  uleb(value: number | bigint): this {
    let left = BigInt(value);
    do {
      const byte = Number(left & 0x7fn);
      left >>= 7n;
      this.#bytes.push(left === 0n ? byte : byte | 0x80);
    } while (left !== 0n);
    return this;
  }
  sleb(value: number | bigint): this {
    let left = BigInt(value);
    for (;;) {
      const byte = Number(left & 0x7fn);
      left >>= 7n;
      const isLast = (left === 0n && byte < 0x40) || (left === -1n && byte >= 0x40);
      this.#bytes.push(isLast ? byte : byte | 0x80);
      if (isLast) return this;
    }
  }
  text(value: string): this {
    return this.raw(Buffer.from(`${value}\0`, 'latin1'));
  }
  raw(bytes: Iterable<number>): this {
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }
  /** Zeros up to a multiple of `size`. */
  align(size: number): this {
    while (this.#bytes.length % size !== 0) this.#bytes.push(0);
    return this;
  }

  #field(value: number | bigint, size: number): number[] {
    const all = BigInt.asUintN(size * 8, BigInt(value));
    const bytes = Array.from({ length: size }, (_, i) => Number((all >> BigInt(8 * i)) & 0xffn));
    return this.little ? bytes : bytes.reverse();
  }
}
