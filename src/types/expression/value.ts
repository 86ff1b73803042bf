import { CorruptError } from '../../base/errors.ts';
import { floatBytes, integerBytes, isSigned, readBits, readFloat, readInteger } from '../scalar.ts';
import type { CType } from '../types.ts';
import type { ExpressionTypes } from './expression-types.ts';

/** Largest value whose bytes are fetched. */
const MAX_BYTES = 64 << 20;

/** Reads memory; throws ReadError. */
export type ReadMemory = (address: bigint, length: number) => Uint8Array;

/** A bit field's place: bits from the first byte of the value. */
export interface BitPlace {
  readonly offset: number;
  readonly size: number;
}

/** The result of an expression: a type, and bytes that are read from the dump at first use. */
export class Value {
  readonly types: ExpressionTypes;
  readonly type: number;
  /** Address of the value in memory; undefined for computed values. */
  readonly address: bigint | undefined;
  readonly bits: BitPlace | undefined;
  readonly #load: () => Uint8Array;
  #bytes: Uint8Array | undefined;

  private constructor(
    types: ExpressionTypes,
    type: number,
    place: { address?: bigint; bits?: BitPlace },
    load: () => Uint8Array,
  ) {
    this.types = types;
    this.type = type;
    this.address = place.address;
    this.bits = place.bits;
    this.#load = load;
  }

  /** The value at `address`. Nothing is read yet. */
  static at(
    types: ExpressionTypes,
    type: number,
    address: bigint,
    read: ReadMemory,
    bits?: BitPlace,
  ): Value {
    const place = { address: BigInt.asUintN(64, address), ...(bits && { bits }) };
    return new Value(types, type, place, () => {
      const size =
        bits === undefined ? types.sizeOf(type) : Math.ceil((bits.offset + bits.size) / 8);
      if (size > MAX_BYTES) throw new CorruptError(`value requires ${size} bytes`, address);
      // Copied: the page cache may overwrite its pages.
      return size === 0 ? new Uint8Array(0) : read(place.address, size).slice();
    });
  }

  static of(types: ExpressionTypes, type: number, bytes: Uint8Array, bits?: BitPlace): Value {
    return new Value(types, type, bits ? { bits } : {}, () => bytes);
  }

  static integer(types: ExpressionTypes, type: number, value: bigint): Value {
    return Value.of(types, type, integerBytes(value, types.sizeOf(type)));
  }

  static float(types: ExpressionTypes, type: number, value: number): Value {
    return Value.of(types, type, floatBytes(value, types.sizeOf(type)));
  }

  /** Throws ReadError. */
  get bytes(): Uint8Array {
    this.#bytes ??= this.#load();
    return this.#bytes;
  }

  /** The type without typedefs and qualifiers. */
  get resolved(): CType {
    return this.types.resolve(this.type);
  }

  get isPointer(): boolean {
    return this.resolved.kind === 'pointer';
  }
  get isFloat(): boolean {
    return this.resolved.kind === 'float';
  }
  get isInteger(): boolean {
    const { kind } = this.resolved;
    return kind === 'int' || kind === 'enum';
  }
  get isFunction(): boolean {
    const { kind } = this.resolved;
    return kind === 'func_proto' || kind === 'func';
  }

  /** The number in an integer, enum, bit field or pointer: sign-extended when its type is signed. */
  asInteger(): bigint {
    const type = this.resolved;
    const signed = isSigned(type);
    if (this.bits !== undefined)
      return readBits(this.bytes, this.bits.offset, this.bits.size, signed);
    return readInteger(this.bytes, 0, this.types.sizeOf(this.type), signed);
  }

  asFloat(): number {
    const type = this.resolved;
    return type.kind === 'float' ? readFloat(this.bytes, 0, type.size) : Number(this.asInteger());
  }

  /** The value with its bytes read now, for `$1`. */
  kept(): Value {
    void this.bytes;
    return this;
  }
}
