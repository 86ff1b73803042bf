import { CorruptError, ReadError } from '../base/errors.ts';
import { roomInPage } from '../base/pages.ts';
import {
  type FormatLetter,
  floatText,
  formatInteger,
  isSigned,
  isTextual,
  readBits,
  readFloat,
  readInteger,
} from './scalar.ts';
import { characterText, stringText } from './text.ts';
import type { ArrayType, CType, EnumType, Member, StructType, Types } from './types.ts';

/** gdb's `print max-depth`. */
const MAX_DEPTH = 20;
/** Deepest nesting, anonymous members included; and values printed at most: hostile types multiply. */
const MAX_LEVELS = 64;
const MAX_VALUES = 500_000;
/** Array elements and string characters that gdb prints under crash (`set print elements 256`). */
const MAX_ELEMENTS = 256;

/** What printing needs besides bytes. */
export interface ValueEnvironment {
  readonly types: Types;
  /** `init_task` or `init_task+2192`; undefined when the address is in no kernel or module section. */
  symbolize(address: bigint): string | undefined;
  /** Memory behind a `char *`. Throws ReadError. */
  read(address: bigint, length: number): Uint8Array;
}

/** Format of a printed value. */
export interface ValueStyle {
  /** 16 after `-x` or `set hex`: integers in hex, enumerators still by name. Default 10. */
  readonly radix?: 10 | 16;
  /** `p/x`: applies to every scalar. */
  readonly letter?: FormatLetter;
  /** `set print_array on`: one element a line. */
  readonly prettyArrays?: boolean;
  /** Array elements and characters shown at most (`set print_max`); default 256. */
  readonly limit?: number;
  /** Indentation levels (of two spaces) the text begins at. */
  readonly level?: number;
}

/** Bytes of one value: at `offset` of `bytes`, which come from `address`. */
export interface ValuePlace {
  readonly bytes: Uint8Array;
  readonly offset: number;
  /** Where `bytes[0]` is in memory. */
  readonly address: bigint;
}

/**
 * The text of a value as gdb 10 prints it under crash's settings (pretty structs, no folding of repeated
 * elements): `{\n  next = 0x...,\n  prev = 0x...\n}`. Lines after the first are indented by `style.level`.
 */
export function valueText(
  environment: ValueEnvironment,
  type: number,
  place: ValuePlace,
  style: ValueStyle = {},
): string {
  return new Printer(environment, style).value(type, place, style.level ?? 0, MAX_DEPTH);
}

/** The text of a member, bit fields included, of the struct at `place`. */
export function memberText(
  environment: ValueEnvironment,
  member: Member,
  place: ValuePlace,
  style: ValueStyle = {},
): string {
  return new Printer(environment, style).member(member, place, style.level ?? 0, MAX_DEPTH);
}

/** The text of an integer, enum or bool of `bits` bits that is already read. */
export function integerText(
  environment: ValueEnvironment,
  type: number,
  value: bigint,
  bits: number,
  style: ValueStyle = {},
): string {
  return new Printer(environment, style).integer(environment.types.resolve(type), value, bits);
}

/** `0xffff... <symbol+off>`; `0x0`. */
export function addressText(environment: ValueEnvironment, address: bigint): string {
  const symbol = environment.symbolize(address);
  return `0x${address.toString(16)}${symbol === undefined ? '' : ` <${symbol}>`}`;
}

/** The string at an address in quotes, up to its NUL; `<error: ...>` where it cannot be read. */
export function stringAt(
  environment: ValueEnvironment,
  address: bigint,
  style: ValueStyle = {},
): string {
  return new Printer(environment, style).string(address);
}

class Printer {
  readonly #environment: ValueEnvironment;
  readonly #types: Types;
  readonly #style: ValueStyle;
  readonly #limit: number;
  #printed = 0;

  constructor(environment: ValueEnvironment, style: ValueStyle) {
    this.#environment = environment;
    this.#types = environment.types;
    this.#style = style;
    this.#limit = style.limit ?? MAX_ELEMENTS;
  }

  value(id: number, place: ValuePlace, level: number, maxDepth: number): string {
    if (++this.#printed > MAX_VALUES) throw new CorruptError('the value has no end', place.address);
    const type = this.#types.resolve(id);
    const tooDeep = level >= maxDepth || level > MAX_LEVELS;
    switch (type.kind) {
      case 'struct':
      case 'union':
        return tooDeep ? '{...}' : this.#struct(type, place, level, maxDepth);
      case 'array':
        return tooDeep ? '{...}' : this.#array(type, place, level, maxDepth);
      case 'int':
      case 'enum': {
        if (!fits(place, type.size)) return '<error: incomplete value>';
        const value = readInteger(place.bytes, place.offset, type.size, isSigned(type));
        return this.integer(type, value, type.size * 8);
      }
      case 'float':
        return this.#float(type.size, place);
      case 'pointer':
        return this.#pointer(type.target, place);
      case 'func_proto':
      case 'func':
        return `{${this.#types.nameOf(id)}} ${this.#address(placeAddress(place))}`;
      case 'void':
        return 'void';
      default:
        return '<incomplete type>';
    }
  }

  member(member: Member, place: ValuePlace, level: number, maxDepth: number): string {
    if (member.bitSize === 0) {
      const inner = { ...place, offset: place.offset + Math.floor(member.bitOffset / 8) };
      return this.value(member.type, inner, level, maxDepth);
    }
    const type = this.#types.resolve(member.type);
    const bitOffset = place.offset * 8 + member.bitOffset;
    if (bitOffset + member.bitSize > place.bytes.length * 8) return '<error: incomplete value>';
    const bits = readBits(place.bytes, bitOffset, member.bitSize, isSigned(type));
    return this.integer(type, bits, member.bitSize);
  }

  #struct(type: StructType, place: ValuePlace, level: number, maxDepth: number): string {
    if (type.members.length === 0) return '{<No data fields>}';
    const indent = '  '.repeat(level + 1);
    const lines = type.members.map((member) => {
      // An anonymous member does not count as a level of depth.
      if (member.name === '') return indent + this.member(member, place, level + 1, maxDepth + 1);
      return `${indent}${member.name} = ${this.member(member, place, level + 1, maxDepth)}`;
    });
    return `{\n${lines.join(',\n')}\n${'  '.repeat(level)}}`;
  }

  #array(type: ArrayType, place: ValuePlace, level: number, maxDepth: number): string {
    const size = this.#types.sizeOf(type.element);
    // An array without length, or with elements of size 0, is shown as a pointer to its first element.
    if (type.count === 0 || size === 0) return this.#pointerTo(type.element, placeAddress(place));
    const { letter, prettyArrays } = this.#style;
    if ((letter === undefined || letter === 's') && isTextual(this.#types, type.element)) {
      const end = Math.min(place.offset + type.count, place.bytes.length);
      return stringText(place.bytes.subarray(place.offset, end), this.#limit);
    }
    const shown = Math.min(type.count, this.#limit);
    const elements: string[] = [];
    for (let i = 0; i < shown; i++) {
      const element = { ...place, offset: place.offset + i * size };
      elements.push(this.value(type.element, element, level + 1, maxDepth));
    }
    const more = shown < type.count ? '...' : '';
    if (prettyArrays !== true) return `{${elements.join(', ')}${more}}`;
    const indent = '  '.repeat(level + 1);
    return `{\n${indent}${elements.join(`,\n${indent}`)}${more}\n${'  '.repeat(level)}}`;
  }

  integer(type: CType, value: bigint, bits: number): string {
    const { letter, radix } = this.#style;
    const symbolize = (address: bigint): string | undefined => this.#environment.symbolize(address);
    if (letter !== undefined && letter !== 's') {
      if (letter === 'f' && type.kind === 'int') return reinterpreted(value, type.size);
      return formatInteger(value, bits, isSigned(type), letter, symbolize);
    }
    if (type.kind === 'enum') return enumText(type, value);
    if (radix === 16) return formatInteger(value, bits, false, 'x', symbolize);
    if (type.kind !== 'int') return value.toString();
    if (type.bool) return value === 0n ? 'false' : value === 1n ? 'true' : value.toString();
    if (type.size === 1) return `${value} ${characterText(Number(BigInt.asUintN(8, value)))}`;
    return value.toString();
  }

  #float(size: number, place: ValuePlace): string {
    if (!fits(place, size)) return '<error: incomplete value>';
    const value = readFloat(place.bytes, place.offset, size);
    const { letter } = this.#style;
    if (letter === undefined || letter === 'f' || letter === 's') return floatText(value, size);
    // gdb converts to an integer of the same size first (since 8.1).
    const whole = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
    return formatInteger(whole, size * 8, true, letter, (at) => this.#environment.symbolize(at));
  }

  #pointer(target: number, place: ValuePlace): string {
    const size = this.#types.pointerSize;
    if (!fits(place, size)) return '<error: incomplete value>';
    const address = readInteger(place.bytes, place.offset, size, false);
    const { letter } = this.#style;
    if (letter !== undefined && letter !== 's' && letter !== 'a') {
      return formatInteger(address, size * 8, false, letter, () => undefined);
    }
    return this.#pointerTo(target, address);
  }

  #pointerTo(target: number, address: bigint): string {
    const text = this.#address(address);
    const { letter } = this.#style;
    const isText = letter === undefined || letter === 's';
    if (address === 0n || !isText || !isTextual(this.#types, target)) return text;
    return `${text} ${this.string(address)}`;
  }

  #address(address: bigint): string {
    return addressText(this.#environment, address);
  }

  /** The string at an address, as far as it can be read, and the reason when it ends without a NUL. */
  string(address: bigint): string {
    const text = new Uint8Array(this.#limit + 1);
    let length = 0;
    while (length < text.length) {
      const at = BigInt.asUintN(64, address + BigInt(length));
      // Never across the end of a page: the next page may not be in the dump.
      const size = Math.min(text.length - length, roomInPage(at));
      let bytes: Uint8Array;
      try {
        bytes = this.#environment.read(at, size);
      } catch (error) {
        if (!(error instanceof ReadError)) throw error;
        // A character beyond the limit only decides whether `...` follows.
        if (length >= this.#limit) break;
        const message = `<error: Cannot access memory at address 0x${at.toString(16)}>`;
        return length === 0 ? message : stringText(text.subarray(0, length), this.#limit) + message;
      }
      const nul = bytes.indexOf(0);
      text.set(nul < 0 ? bytes : bytes.subarray(0, nul), length);
      length += nul < 0 ? size : nul;
      if (nul >= 0)
        return stringText(
          text.subarray(0, Math.min(length, this.#limit)),
          this.#limit,
          length > this.#limit,
        );
    }
    return stringText(text.subarray(0, this.#limit), this.#limit, length > this.#limit);
  }
}

const placeAddress = (place: ValuePlace): bigint =>
  BigInt.asUintN(64, place.address + BigInt(place.offset));

const fits = (place: ValuePlace, size: number): boolean =>
  place.offset >= 0 && place.offset + size <= place.bytes.length;

/** An enumerator's name; `(A | B)` for an enum of flags; else the number. */
export function enumText(type: EnumType, value: bigint): string {
  const exact = type.values.find((each) => each.value === value);
  if (exact !== undefined) return exact.name;
  // A number is shown as signed even in an unsigned enum of 64 bits.
  if (!isFlagEnum(type)) return BigInt.asIntN(64, value).toString();
  const names: string[] = [];
  let rest = value;
  for (const flag of type.values) {
    if ((rest & flag.value) === 0n) continue;
    names.push(flag.name);
    rest &= ~flag.value;
  }
  if (rest !== 0n) names.push(`unknown: 0x${BigInt.asUintN(64, rest).toString(16)}`);
  return names.length === 0 ? '0' : `(${names.join(' | ')})`;
}

/** gdb 10 takes an enum for flags when no value is negative and none has two bits. */
function isFlagEnum(type: EnumType): boolean {
  return type.values.every(({ value }) => value >= 0n && (value & (value - 1n)) === 0n);
}

/** `p/f` of an integer: its bits as a float of that size. */
function reinterpreted(value: bigint, size: number): string {
  if (size !== 4 && size !== 8) return value.toString();
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt.asUintN(64, value), true);
  return floatText(size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true), size);
}
