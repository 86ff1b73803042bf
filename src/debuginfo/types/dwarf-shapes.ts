import { CorruptError } from '../../base/errors.ts';
import type { CType, EnumType, FunctionProtoType, Member } from '../../types/types.ts';
import { ByteCursor } from '../elf/byte-cursor.ts';
import { AT, TAG } from '../units/dwarf-format.ts';
import type { Die } from '../units/unit.ts';

const MAX_CHILDREN = 1 << 17;
const MAX_DIMENSIONS = 32;
/** DW_OP_plus_uconst, DW_OP_constu: how DWARF 2 wrote the offset of a member. */
const PLUS_UCONST = 0x23;
const CONSTU = 0x10;

/** DW_ATE_*: encodings of base types, DWARF 5, 7.8. */
const ATE = { boolean: 2, float: 4, signed: 5, signed_char: 6, unsigned_char: 8 } as const;

/** The type of a base_type entry. */
export function intOf(die: Die, id: number, name: string): CType {
  const size = die.number(AT.byte_size) ?? 0;
  const encoding = die.number(AT.encoding);
  if (encoding === ATE.float) return { kind: 'float', id, name, size };
  return {
    kind: 'int',
    id,
    name,
    size,
    signed: encoding === ATE.signed || encoding === ATE.signed_char,
    // BTF flags no char as such; the name decides there and here.
    char: encoding === ATE.signed_char || encoding === ATE.unsigned_char,
    bool: encoding === ATE.boolean,
  };
}

/** The enumerators of an enumeration; the form of their values may have no sign, and then the enum's type decides. */
export function enumOf(die: Die, id: number, name: string): EnumType {
  const size = die.number(AT.byte_size) ?? die.reference(AT.type)?.number(AT.byte_size) ?? 4;
  const values: { name: string; value: bigint }[] = [];
  const encoding = die.reference(AT.type)?.number(AT.encoding);
  let hasNegative = false;
  for (const child of childrenOf(die)) {
    if (child.tag !== TAG.enumerator) continue;
    const raw = child.attribute(AT.const_value)?.value;
    const value = typeof raw === 'number' || typeof raw === 'bigint' ? BigInt(raw) : 0n;
    hasNegative ||= value < 0n;
    values.push({ name: child.name ?? '', value });
  }
  const signed = encoding === undefined ? hasNegative : encoding === ATE.signed;
  const bits = size * 8;
  const inBits = (value: bigint): bigint =>
    signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return {
    kind: 'enum',
    id,
    name,
    size,
    signed,
    values: values.map(({ name, value }) => ({ name, value: inBits(value) })),
  };
}

/** The members of a structure or union, in order. */
export function membersOf(die: Die, typeOf: (member: Die) => number): readonly Member[] {
  const members: Member[] = [];
  for (const child of childrenOf(die)) {
    // A static member of C++ or Rust has no place in the structure.
    if (child.tag !== TAG.member || child.flag(AT.declaration)) continue;
    const bitSize = child.number(AT.bit_size) ?? 0;
    members.push({
      name: child.name ?? '',
      type: typeOf(child),
      bitOffset: bitOffsetOf(child, bitSize),
      bitSize,
    });
  }
  return members;
}

/** Bits from the start of the structure. */
function bitOffsetOf(member: Die, bitSize: number): number {
  const since4 = member.number(AT.data_bit_offset);
  if (since4 !== undefined) return since4;
  const bytes = byteOffsetOf(member);
  const fromHigh = member.number(AT.bit_offset);
  if (fromHigh === undefined) return bytes * 8;
  // DWARF 2 and 3 count from the most significant bit of a unit of storage; little-endian bits count from the other end.
  const unit = member.number(AT.byte_size) ?? member.reference(AT.type)?.number(AT.byte_size) ?? 4;
  return bytes * 8 + unit * 8 - fromHigh - bitSize;
}

function byteOffsetOf(member: Die): number {
  const value = member.attribute(AT.data_member_location)?.value;
  if (typeof value === 'number') return value;
  if (!(value instanceof Uint8Array)) return 0;
  const at = new ByteCursor(value, true, { section: '.debug_info', base: member.offset });
  const operation = at.u8();
  if (operation !== PLUS_UCONST && operation !== CONSTU)
    throw at.corrupt('the offset of a member is not a number');
  return at.uleb();
}

/** The lengths of an array's dimensions, outermost first; 0 for one without a length. */
export function arrayCounts(die: Die): number[] {
  const counts: number[] = [];
  for (const child of childrenOf(die)) {
    if (child.tag !== TAG.subrange_type && child.tag !== TAG.enumeration_type) continue;
    if (counts.length >= MAX_DIMENSIONS)
      throw new CorruptError(`.debug_info+0x${die.offset.toString(16)}: too many dimensions`);
    const count = child.number(AT.count);
    const upper = child.number(AT.upper_bound);
    // A flexible array has neither, or an upper bound of -1 (as 64 bits, 2^64 - 1, or 32).
    const isNone = upper === undefined || upper < 0 || upper === 0xffff_ffff;
    counts.push(Math.max(0, count ?? (isNone ? 0 : upper + 1)));
  }
  return counts.length === 0 ? [0] : counts;
}

/** The parameters of a function or of a function's type. */
export function parametersOf(
  die: Die,
  typeOf: (parameter: Die) => number,
): Pick<FunctionProtoType, 'parameters' | 'variadic'> {
  const parameters: { name: string; type: number }[] = [];
  let variadic = false;
  for (const child of childrenOf(die)) {
    if (child.tag === TAG.unspecified_parameters) variadic = true;
    else if (child.tag === TAG.formal_parameter) {
      const origin = child.reference(AT.abstract_origin) ?? child;
      parameters.push({ name: origin.name ?? '', type: typeOf(origin) });
    }
  }
  return { parameters, variadic };
}

function* childrenOf(die: Die): Generator<Die> {
  let count = 0;
  for (const child of die.children()) {
    if (++count > MAX_CHILDREN)
      throw new CorruptError(`.debug_info+0x${die.offset.toString(16)}: entries without end`);
    yield child;
  }
}
