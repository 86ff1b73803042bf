import { plus, va } from '../../base/address.ts';
import { cString } from '../../base/bytes.ts';
import { findMemberNamed, findMemberPath, splitMemberPath } from '../../types/member-path.ts';
import { isTextual, readInteger } from '../../types/scalar.ts';
import type { Member, MemberPath, StructType, Types } from '../../types/types.ts';
import {
  memberText,
  stringAt,
  type ValueEnvironment,
  type ValueStyle,
  valueText,
} from '../../types/value.ts';

/** A structure in memory of which only the needed members are read. */
export interface StructAt {
  readonly struct: StructType;
  readonly address: bigint;
  /** Throws ReadError or CrashError for memory that cannot be read. */
  read(address: bigint, length: number): Uint8Array;
}

/** A member and its position among its neighbours. */
export interface PlacedMember {
  /** Its bitOffset counts from the outermost structure. */
  readonly member: Member;
  /** Nesting depth in anonymous structures; 1 in the structure itself. */
  readonly level: number;
  /** The last member: no comma follows it. */
  readonly last: boolean;
}

/** Anonymous members in anonymous members; no kernel goes deeper. */
const MAX_LEVEL = 8;

/** The member of that name in a structure, else in its anonymous members. */
export function placeOfMember(
  types: Types,
  struct: StructType,
  name: string,
  level = 1,
  bits = 0,
): PlacedMember | undefined {
  for (const [index, member] of struct.members.entries()) {
    if (member.name !== name || name === '') continue;
    const last = index === struct.members.length - 1;
    return { member: { ...member, bitOffset: bits + member.bitOffset }, level, last };
  }
  if (level >= MAX_LEVEL) return undefined;
  for (const member of struct.members) {
    const inner = member.name === '' ? types.resolve(member.type) : undefined;
    if (inner?.kind !== 'struct' && inner?.kind !== 'union') continue;
    const found = placeOfMember(types, inner, name, level + 1, bits + member.bitOffset);
    if (found) return found;
  }
  return undefined;
}

/**
 * A member as a line of its structure, ` comm = "init...",`, of which only its own bytes are read: a name, or a path of
 * names and indices. Undefined when the structure has no such member.
 */
export function memberLine(
  environment: ValueEnvironment,
  at: StructAt,
  path: string,
  style: ValueStyle = {},
): string | undefined {
  const { types } = environment;
  if (/[.[]/.test(path)) return pathLine(environment, at, path, style);
  const found = placeOfMember(types, at.struct, path);
  if (!found) return undefined;
  const value = placedText(environment, at, found, style);
  return `${'  '.repeat(found.level)}${path} = ${value}${found.last ? '' : ','}`;
}

/** The value of a member at its level of indentation. */
export function placedText(
  environment: ValueEnvironment,
  at: StructAt,
  { member, level }: PlacedMember,
  style: ValueStyle,
): string {
  const first = Math.floor(member.bitOffset / 8);
  const bit = member.bitOffset % 8;
  const length =
    member.bitSize > 0
      ? Math.ceil((bit + member.bitSize) / 8)
      : environment.types.sizeOf(member.type);
  const address = plus(va(at.address), first);
  const bytes = length === 0 ? new Uint8Array(0) : at.read(address, length);
  const place = { bytes, offset: 0, address };
  return memberText(environment, { ...member, bitOffset: bit }, place, { ...style, level });
}

function pathLine(
  environment: ValueEnvironment,
  at: StructAt,
  path: string,
  style: ValueStyle,
): string | undefined {
  const { types } = environment;
  const found = findMemberPath(types, at.struct, path);
  if (!found || !isInBounds(types, at.struct, path)) return undefined;
  const comma = isLastOfPath(types, at.struct, path) ? '' : ',';
  const base = types.resolve(found.type);
  const isElement = path.endsWith(']');
  const member: Member = { ...found, name: path };
  if (base.kind === 'array' && isAggregate(types, base.element)) {
    return `  ${path} = ${elementLines(environment, at, found, base, style)}${comma}`;
  }
  const value = placedText(environment, at, { member, level: 1, last: false }, style);
  // crash cuts such an element out of a longer line, blanks included.
  const lead = isElement && isAggregate(types, found.type) ? '  ' : '';
  return `  ${path} = ${lead}${value}${comma}`;
}

/** Whether every index of a path is below its array's length, or its array has none. */
function isInBounds(types: Types, struct: StructType, path: string): boolean {
  for (const { index, 1: digits } of path.matchAll(/\[(\d+)\]/g)) {
    const array = types.resolve(findMemberPath(types, struct, path.slice(0, index))?.type ?? 0);
    if (array.kind !== 'array' || (array.count > 0 && Number(digits) >= array.count)) return false;
  }
  return true;
}

const isAggregate = (types: Types, id: number): boolean => {
  const { kind } = types.resolve(id);
  return kind === 'struct' || kind === 'union';
};

/** Structures of an array, each on lines of its own. */
function elementLines(
  environment: ValueEnvironment,
  at: StructAt,
  found: MemberPath,
  array: { readonly element: number; readonly count: number },
  style: ValueStyle,
): string {
  const size = environment.types.sizeOf(array.element);
  const address = plus(va(at.address), found.offset);
  const shown = Math.min(array.count, style.limit ?? 256);
  const bytes = shown * size === 0 ? new Uint8Array(0) : at.read(address, shown * size);
  const elements = Array.from({ length: shown }, (_, index) => {
    const place = { bytes, offset: index * size, address };
    return `    ${valueText(environment, array.element, place, { ...style, level: 2 })}`;
  });
  const more = shown < array.count ? '...' : '';
  return `{\n${elements.join(',\n')}${more}\n  }`;
}

/** Whether a path ends at the last member of its structure, or at the last element of its array. */
function isLastOfPath(types: Types, struct: StructType, path: string): boolean {
  const steps = splitMemberPath(path) ?? [];
  const step = steps.at(-1);
  const before = path.replace(/(\.[^.[\]]+|\[\d+\])$/, '');
  const holder =
    before === path ? struct : types.resolve(findMemberPath(types, struct, before)?.type ?? 0);
  if (typeof step === 'number') return holder.kind === 'array' && step === holder.count - 1;
  if (holder.kind !== 'struct' && holder.kind !== 'union') return false;
  return placeOfMember(types, holder, step ?? '')?.last ?? false;
}

/** Characters of a string that crash reads. */
const MAX_STRING = 1499;

/** What {@link rawMemberLine} needs besides memory: the function that begins at an address. */
export interface RawEnvironment extends ValueEnvironment {
  functionAt(address: bigint): string | undefined;
}

/**
 * A member without its type's decoration, as `list -S` prints it: ` pid = 1`, ` comm = "init"`, a pointer as its
 * address and the function or string there. Members that are no number and no string are shown as by {@link
 * memberLine}. Undefined for an unknown member.
 */
export function rawMemberLine(
  environment: RawEnvironment,
  at: StructAt,
  path: string,
  style: ValueStyle = {},
): string | undefined {
  const { types } = environment;
  const found = findMemberPath(types, at.struct, path);
  if (!found) return undefined;
  const type = types.resolve(found.type);
  const address = plus(va(at.address), found.offset);
  if (type.kind === 'array' && isTextual(types, type.element)) {
    return `  ${path} = "${printable(cString(at.read(address, found.size)))}"`;
  }
  const isNumber = type.kind === 'int' || type.kind === 'enum' || type.kind === 'pointer';
  if (!isNumber || found.bitSize > 0 || ![1, 2, 4, 8].includes(found.size)) {
    return memberLine(environment, at, path, style);
  }
  const signed = type.kind !== 'pointer' && type.kind === 'int' && type.signed;
  const value = readInteger(at.read(address, found.size), 0, found.size, signed);
  // crash does not recognise a pointer in a member of a member.
  const isPointer = type.kind === 'pointer' && !/[.[]/.test(path);
  const plain = BigInt.asUintN(found.size * 8, value);
  const number = style.radix === 16 || isPointer ? `0x${plain.toString(16)}` : `${value}`;
  const name = found.size === 8 ? environment.functionAt(plain) : undefined;
  const text = isPointer && isChar(types, type.target) ? rawString(environment, plain) : '';
  return `  ${path} = ${number}${name === undefined ? '' : ` <${name}>`}${text}`;
}

const isChar = (types: Types, id: number): boolean => {
  const type = types.resolve(id);
  return type.kind === 'int' && type.name === 'char';
};

function rawString(environment: ValueEnvironment, address: bigint): string {
  if (address === 0n) return '';
  const text = stringAt(environment, address, { limit: MAX_STRING });
  return `  ${text.startsWith('<') ? '""' : text}`;
}

/** Control characters of a dump must not reach the terminal. */
const printable = (text: string): string =>
  text.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`,
  );

/** Whether the structure has a member of that name or path. */
export const hasMember = (types: Types, struct: StructType, path: string): boolean =>
  findMemberPath(types, struct, path) !== undefined ||
  findMemberNamed(types, struct, path) !== undefined;
