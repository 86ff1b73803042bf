import { CorruptError, ReadError } from '../base/errors.ts';
import { isSigned, isTextual, readBits, readFloat, readInteger } from './scalar.ts';
import type { CType, EnumType, Member, StructType } from './types.ts';
import { enumText, type ValueEnvironment, type ValuePlace } from './value.ts';

/** A value of C as data, for programs that read records. */
export interface CValue {
  /** As C writes it: `struct list_head`, `char [16]`, `struct task_struct *`. */
  readonly type: string;
  /**
   * A number; a pointer or the address of a function as `0x...`; the characters of an array of them, up to the zeros at
   * its end; the values of an array; the members of a structure by name, those of unnamed members among them. Null
   * where there is no value.
   */
  readonly value:
    | number
    | bigint
    | boolean
    | string
    | null
    | readonly CValue[]
    | { readonly [member: string]: CValue };
  /** The enumerator, or those of flags: `(A | B)`. */
  readonly name?: string;
  /** The symbol that an address lies in: `init_task+16`. */
  readonly symbol?: string;
  /** The string that a pointer to characters points to. */
  readonly string?: string;
  /** Elements of an array that were left out (`set print_max`). */
  readonly more?: number;
  /** Why the value, or the string, is absent. */
  readonly error?: string;
}

/** Deepest nesting, and values at most: hostile types multiply. */
const MAX_LEVELS = 32;
const MAX_VALUES = 500_000;
const DEFAULT_LIMIT = 256;

/** A value as a tree; `limit` elements of an array, and characters of a string, at most. Throws CorruptError. */
export const valueTree = (
  environment: ValueEnvironment,
  type: number,
  place: ValuePlace,
  limit = DEFAULT_LIMIT,
): CValue => new TreeReader(environment, limit).value(type, place, 0);

/** The tree of a member, bit fields included, of the struct at `place`. */
export const memberTree = (
  environment: ValueEnvironment,
  member: Pick<Member, 'type' | 'bitOffset' | 'bitSize'>,
  place: ValuePlace,
  limit = DEFAULT_LIMIT,
): CValue => new TreeReader(environment, limit).member(member, place, 0);

/** An integer, enum or bool that is already read. */
export const integerTree = (environment: ValueEnvironment, type: number, value: bigint): CValue =>
  new TreeReader(environment, DEFAULT_LIMIT).integer(type, value);

const INCOMPLETE = 'incomplete value';

class TreeReader {
  readonly #environment: ValueEnvironment;
  readonly #limit: number;
  #count = 0;

  constructor(environment: ValueEnvironment, limit: number) {
    this.#environment = environment;
    this.#limit = limit;
  }

  value(id: number, place: ValuePlace, level: number): CValue {
    if (++this.#count > MAX_VALUES) throw new CorruptError('the value has no end', place.address);
    const { types } = this.#environment;
    const type = types.resolve(id);
    const none = (error: string): CValue => ({ type: types.nameOf(id), value: null, error });
    if (level > MAX_LEVELS) return none('nested too deep');
    switch (type.kind) {
      case 'struct':
      case 'union':
        return { type: types.nameOf(id), value: this.#members(type, place, level) };
      case 'array':
        return this.#array(id, type, place, level);
      case 'int':
      case 'enum': {
        if (!fits(place, type.size)) return none(INCOMPLETE);
        return this.integer(id, readInteger(place.bytes, place.offset, type.size, isSigned(type)));
      }
      case 'float': {
        if (!fits(place, type.size)) return none(INCOMPLETE);
        const value = readFloat(place.bytes, place.offset, type.size);
        return { type: types.nameOf(id), value: Number.isFinite(value) ? value : String(value) };
      }
      case 'pointer': {
        if (!fits(place, types.pointerSize)) return none(INCOMPLETE);
        const address = readInteger(place.bytes, place.offset, types.pointerSize, false);
        return this.#pointer(id, type.target, address);
      }
      case 'func_proto':
      case 'func':
        return this.#pointer(id, undefined, placeAddress(place));
      case 'void':
        return { type: 'void', value: null };
      default:
        return none('incomplete type');
    }
  }

  member(
    { type, bitOffset, bitSize }: Pick<Member, 'type' | 'bitOffset' | 'bitSize'>,
    place: ValuePlace,
    level: number,
  ): CValue {
    if (bitSize === 0) {
      const inner = { ...place, offset: place.offset + Math.floor(bitOffset / 8) };
      return this.value(type, inner, level);
    }
    const { types } = this.#environment;
    const start = place.offset * 8 + bitOffset;
    if (start + bitSize > place.bytes.length * 8) {
      return { type: types.nameOf(type), value: null, error: INCOMPLETE };
    }
    return this.integer(type, readBits(place.bytes, start, bitSize, isSigned(types.resolve(type))));
  }

  integer(id: number, value: bigint): CValue {
    const { types } = this.#environment;
    const type: CType = types.resolve(id);
    const name = types.nameOf(id);
    if (type.kind === 'enum')
      return { type: name, value: count(value), ...enumerator(type, value) };
    if (type.kind === 'int' && type.bool && (value === 0n || value === 1n)) {
      return { type: name, value: value === 1n };
    }
    return { type: name, value: count(value) };
  }

  #members(
    type: StructType,
    place: ValuePlace,
    level: number,
  ): { readonly [member: string]: CValue } {
    const members: (readonly [string, CValue])[] = [];
    for (const member of type.members) {
      const value = this.member(member, place, level + 1);
      if (member.name !== '') members.push([member.name, value]);
      // The members of an unnamed structure are members of the outer one.
      else if (isMembers(value.value)) members.push(...Object.entries(value.value));
    }
    return Object.fromEntries(members);
  }

  #array(
    id: number,
    type: CType & { readonly kind: 'array' },
    place: ValuePlace,
    level: number,
  ): CValue {
    const { types } = this.#environment;
    const name = types.nameOf(id);
    const size = types.sizeOf(type.element);
    // An array without length is the address of its first element.
    if (type.count === 0 || size === 0) return { type: name, value: hexText(placeAddress(place)) };
    if (isTextual(types, type.element)) {
      const end = Math.min(place.offset + type.count, place.bytes.length);
      return { type: name, value: characters(place.bytes.subarray(place.offset, end)) };
    }
    const shown = Math.min(type.count, this.#limit);
    const value = Array.from({ length: shown }, (_, index) =>
      this.value(type.element, { ...place, offset: place.offset + index * size }, level + 1),
    );
    return { type: name, value, ...(shown < type.count ? { more: type.count - shown } : {}) };
  }

  #pointer(id: number, target: number | undefined, address: bigint): CValue {
    const { types } = this.#environment;
    const symbol = this.#environment.symbolize(address);
    const isText = target !== undefined && address !== 0n && isTextual(types, target);
    return {
      type: types.nameOf(id),
      value: hexText(address),
      ...(symbol === undefined ? {} : { symbol }),
      ...(isText ? this.#string(address) : {}),
    };
  }

  /** The string at an address up to its NUL, or as much as can be read. */
  #string(address: bigint): Pick<CValue, 'string' | 'error'> {
    const text: number[] = [];
    while (text.length < this.#limit) {
      const at = BigInt.asUintN(64, address + BigInt(text.length));
      const size = Math.min(this.#limit - text.length, 4096 - Number(at & 0xfffn));
      try {
        const bytes = this.#environment.read(at, size);
        const nul = bytes.indexOf(0);
        text.push(...(nul < 0 ? bytes : bytes.subarray(0, nul)));
        if (nul >= 0) break;
      } catch (error) {
        if (!(error instanceof ReadError)) throw error;
        const message = `cannot access memory at address ${hexText(at)}`;
        return { ...(text.length > 0 ? { string: latin1(text) } : {}), error: message };
      }
    }
    return { string: latin1(text) };
  }
}

const isMembers = (value: CValue['value']): value is { readonly [member: string]: CValue } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A number where a double holds it. */
const count = (value: bigint): number | bigint =>
  value >= -MAX_EXACT && value <= MAX_EXACT ? Number(value) : value;
const MAX_EXACT = BigInt(Number.MAX_SAFE_INTEGER);

function enumerator(type: EnumType, value: bigint): { readonly name?: string } {
  const name = enumText(type, value);
  return /^-?\d+$/.test(name) ? {} : { name };
}

/** Bytes as characters, without the zeros at the end. */
function characters(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return latin1(bytes.subarray(0, end));
}

const latin1 = (bytes: ArrayLike<number>): string =>
  Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

const hexText = (address: bigint): string => `0x${address.toString(16)}`;

const placeAddress = (place: ValuePlace): bigint =>
  BigInt.asUintN(64, place.address + BigInt(place.offset));

const fits = (place: ValuePlace, size: number): boolean =>
  place.offset >= 0 && place.offset + size <= place.bytes.length;
