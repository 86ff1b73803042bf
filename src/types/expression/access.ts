import { findMemberNamed } from '../member-path.ts';
import { COMPARISONS, OperandError, truth } from './arithmetic.ts';
import { type ReadMemory, Value } from './value.ts';

/** C's decay: an array in memory is the address of its first element, a function its own address. */
export function decay(value: Value): Value {
  const type = value.resolved;
  if (value.address === undefined) return value;
  if (type.kind === 'array') {
    return Value.integer(value.types, value.types.pointerTo(type.element), value.address);
  }
  if (!value.isFunction) return value;
  return Value.integer(value.types, value.types.pointerTo(value.type), value.address);
}

/** Whether a scalar is not zero. Throws OperandError for structures. */
export function isTrue(value: Value): boolean {
  const scalar = decay(value);
  if (scalar.isFloat) return scalar.asFloat() !== 0;
  if (!scalar.isInteger && !scalar.isPointer) throw new OperandError('not a truth value');
  return scalar.asInteger() !== 0n;
}

/** `*value`. gdb takes a number for the address of an int. Throws OperandError. */
export function dereference(value: Value, read: ReadMemory): Value {
  const type = value.resolved;
  if (type.kind === 'pointer' && value.types.resolve(type.target).kind !== 'void') {
    return Value.at(value.types, type.target, value.asInteger(), read);
  }
  if (type.kind === 'int') {
    return Value.at(value.types, value.types.builtin('int'), value.asInteger(), read);
  }
  throw new OperandError('Attempt to take contents of a non-pointer value.');
}

/** `&value`. Throws OperandError. */
export function addressOf(value: Value): Value {
  if (value.bits !== undefined) throw new OperandError('Attempt to take address of a bit field.');
  if (value.address === undefined) {
    throw new OperandError('Attempt to take address of value not located in memory.');
  }
  return Value.integer(value.types, value.types.pointerTo(value.type), value.address);
}

/** `holder[index]`, beyond the declared end too when the array is in memory. Throws OperandError. */
export function elementOf(holder: Value, index: Value, read: ReadMemory): Value {
  const { types } = holder;
  if (!index.isInteger) throw new OperandError('an index must be an integer');
  const type = holder.resolved;
  const at = index.asInteger();
  if (type.kind === 'pointer') {
    return dereference(pointerOperation('+', holder, index), read);
  }
  if (type.kind !== 'array') {
    throw new OperandError(`cannot subscript something of type \`${types.nameOf(holder.type)}'`);
  }
  const size = types.sizeOf(type.element);
  if (holder.address !== undefined) {
    return Value.at(types, type.element, holder.address + at * BigInt(size), read);
  }
  if (at < 0n || at >= BigInt(type.count)) throw new OperandError(`no such vector element: ${at}`);
  const start = Number(at) * size;
  return Value.of(types, type.element, holder.bytes.subarray(start, start + size));
}

/** `value.name` and `value->name`, which are one: a pointer is followed either way. Throws OperandError. */
export function memberOf(value: Value, name: string, read: ReadMemory): Value {
  const holder = value.isPointer ? dereference(value, read) : value;
  const { types } = holder;
  const type = holder.resolved;
  if (type.kind !== 'struct' && type.kind !== 'union') {
    const what = value.isPointer ? 'structure pointer' : 'structure';
    throw new OperandError(`Attempt to extract a component of a value that is not a ${what}.`);
  }
  const found = findMemberNamed(types, type, name);
  if (found === undefined) {
    const of = types.nameOf(holder.type);
    throw new OperandError(`There is no member named ${name}.`, { kind: 'member', name, of });
  }
  const { member, bitOffset } = found;
  const byte = Math.floor(bitOffset / 8);
  const bits = member.bitSize > 0 ? { offset: bitOffset % 8, size: member.bitSize } : undefined;
  if (holder.address !== undefined) {
    return Value.at(types, member.type, holder.address + BigInt(byte), read, bits);
  }
  return Value.of(types, member.type, holder.bytes.subarray(byte), bits);
}

/** `value@count`: an array whose first element is `value`. Throws OperandError. */
export function repeat(value: Value, count: Value, read: ReadMemory): Value {
  if (value.address === undefined || value.bits !== undefined) {
    throw new OperandError("Only values in memory can be extended with '@'.");
  }
  const number = count.isInteger ? count.asInteger() : 0n;
  if (number <= 0n || number > 0xffffffffn) {
    throw new OperandError(`Invalid number ${number} of repetitions.`);
  }
  return Value.at(
    value.types,
    value.types.arrayOf(value.type, Number(number)),
    value.address,
    read,
  );
}

/** Sum, difference and comparison where a side is a pointer. Throws OperandError. */
export function pointerOperation(operator: string, left: Value, right: Value): Value {
  const { types } = left;
  if (![left, right].every((side) => side.isPointer || side.isInteger)) {
    throw new OperandError(`bad operands of ${operator}`);
  }
  const compare = COMPARISONS[operator];
  if (compare) {
    const a = BigInt.asUintN(64, left.asInteger());
    const b = BigInt.asUintN(64, right.asInteger());
    return truth(types, compare(a < b ? -1 : a > b ? 1 : 0));
  }
  if (operator === '-' && left.isPointer && right.isPointer) {
    const size = stride(left);
    if (size === 0n || size !== stride(right)) {
      throw new OperandError('the two pointers are to things of different sizes');
    }
    const distance = BigInt.asIntN(64, left.asInteger() - right.asInteger());
    return Value.integer(types, types.builtin('long'), distance / size);
  }
  const [pointer, number] = left.isPointer ? [left, right] : [right, left];
  if (number.isPointer || (operator !== '+' && !(operator === '-' && pointer === left))) {
    throw new OperandError(`bad operands of ${operator}`);
  }
  const distance = number.asInteger() * stride(pointer);
  const address = pointer.asInteger() + (operator === '+' ? distance : -distance);
  return Value.integer(types, pointer.type, address);
}

/** Bytes between the elements that a pointer steps over. */
function stride(pointer: Value): bigint {
  const type = pointer.resolved;
  return type.kind === 'pointer' ? BigInt(pointer.types.sizeOf(type.target)) : 1n;
}
