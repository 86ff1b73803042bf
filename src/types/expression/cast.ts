import { OperandError } from './arithmetic.ts';
import { type ReadMemory, Value } from './value.ts';

const isScalar = (value: Value): boolean => value.isInteger || value.isPointer || value.isFloat;

/**
 * `(type) value` by gdb's rules: between scalars C's; an array or function decays; anything else is the same bytes
 * seen as another type, when it is in memory or as large. Throws OperandError `Invalid cast.`
 */
export function castValue(value: Value, type: number, read: ReadMemory): Value {
  const { types } = value;
  const to = types.resolve(type);
  if (to.kind === 'void') return Value.of(types, type, new Uint8Array(0));
  let from = value;
  const kind = from.resolved.kind;
  if ((kind === 'array' || from.isFunction) && from.address !== undefined) {
    const pointed = kind === 'array' ? (from.resolved as { element: number }).element : from.type;
    from = Value.integer(types, types.pointerTo(pointed), from.address);
  }
  if (isScalar(from)) {
    if (to.kind === 'float') return Value.float(types, type, from.asFloat());
    if (to.kind === 'int' && to.bool) {
      const set = from.isFloat ? from.asFloat() !== 0 : from.asInteger() !== 0n;
      return Value.integer(types, type, set ? 1n : 0n);
    }
    if (to.kind === 'int' || to.kind === 'enum' || to.kind === 'pointer') {
      return Value.integer(
        types,
        type,
        from.isFloat ? truncated(from.asFloat()) : from.asInteger(),
      );
    }
  }
  if (from.address !== undefined && from.bits === undefined) {
    return Value.at(types, type, from.address, read);
  }
  if (types.sizeOf(from.type) === types.sizeOf(type)) return Value.of(types, type, from.bytes);
  throw new OperandError('Invalid cast.');
}

const truncated = (value: number): bigint =>
  Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
