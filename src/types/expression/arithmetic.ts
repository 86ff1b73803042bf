import type { UnknownName } from './error.ts';
import type { BuiltinName, ExpressionTypes } from './expression-types.ts';
import { Value } from './value.ts';

/** Why an operator does not apply; the evaluator adds the place. */
export class OperandError extends Error {
  readonly unknown: UnknownName | undefined;
  constructor(message: string, unknown?: UnknownName) {
    super(message);
    this.unknown = unknown;
  }
}

const NOT_A_NUMBER = 'Argument to arithmetic operation not a number or boolean.';

const signOf = (value: Value): boolean => {
  const type = value.resolved;
  return (
    (type.kind === 'int' || type.kind === 'enum') &&
    type.signed &&
    !(type.kind === 'int' && type.bool)
  );
};

/** The type that C gives an operation on two integers; gdb 10 calls every 64-bit result long. */
function commonType(left: Value, right: Value, types: ExpressionTypes): number {
  const widths = [left, right].map((value) => Math.max(4, types.sizeOf(value.type)));
  const [a = 4, b = 4] = widths;
  const unsigned = (value: Value): boolean => !signOf(value) && types.sizeOf(value.type) >= 4;
  const width = Math.max(a, b);
  const isUnsigned = (a === width && unsigned(left)) || (b === width && unsigned(right));
  return types.builtin(integerName(width, isUnsigned));
}

function integerName(width: number, unsigned: boolean): BuiltinName {
  const plain = width > 8 ? '__int128' : width > 4 ? 'long' : 'int';
  return unsigned ? `unsigned ${plain}` : plain;
}

/** `+value`, `-value`, `~value`, promoted to int at least. Throws OperandError. */
export function negated(operator: '+' | '-' | '~', value: Value): Value {
  const { types } = value;
  if (value.isFloat && operator !== '~') {
    return operator === '-' ? Value.float(types, value.type, -value.asFloat()) : value;
  }
  if (!value.isInteger) throw new OperandError(NOT_A_NUMBER);
  const number = value.asInteger();
  const result = operator === '-' ? -number : operator === '~' ? ~number : number;
  return Value.integer(types, commonType(value, value, types), result);
}

/** A comparison, a sum, a shift ... of two scalars that are no pointers. Throws OperandError. */
export function binaryArithmetic(operator: string, left: Value, right: Value): Value {
  const { types } = left;
  if (![left, right].every((value) => value.isInteger || value.isFloat)) {
    throw new OperandError(NOT_A_NUMBER);
  }
  const compare = COMPARISONS[operator];
  if (left.isFloat || right.isFloat) {
    const a = left.asFloat();
    const b = right.asFloat();
    if (compare) return truth(types, compare(a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN));
    const compute = FLOAT_OPERATORS[operator];
    if (!compute) throw new OperandError('Integer-only operation on a floating point value.');
    // As wide as the widest float of the two; an integer does not widen it.
    const sizes = [left, right].map((value) => (value.isFloat ? types.sizeOf(value.type) : 0));
    return Value.float(
      types,
      types.builtin(Math.max(...sizes) > 4 ? 'double' : 'float'),
      compute(a, b),
    );
  }
  const type = commonType(left, right, types);
  const bits = types.sizeOf(type) * 8;
  const wrap = (value: bigint): bigint => {
    const resolved = types.get(type);
    return resolved.kind === 'int' && resolved.signed
      ? BigInt.asIntN(bits, value)
      : BigInt.asUintN(bits, value);
  };
  const a = wrap(left.asInteger());
  const b = wrap(right.asInteger());
  if (compare) return truth(types, compare(a < b ? -1 : a > b ? 1 : 0));
  const compute = INTEGER_OPERATORS[operator];
  if (!compute) throw new OperandError(`Invalid binary operation on numbers: ${operator}`);
  return Value.integer(types, type, wrap(compute(a, b)));
}

/** A C truth value: an int, 0 or 1. */
export const truth = (types: ExpressionTypes, value: boolean): Value =>
  Value.integer(types, types.builtin('int'), value ? 1n : 0n);

/** Comparison operators, as tests of an order below, at or above 0. */
export const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
};

const FLOAT_OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
};

function divisor(value: bigint): bigint {
  if (value === 0n) throw new OperandError('Division by zero');
  return value;
}

const INTEGER_OPERATORS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / divisor(b),
  '%': (a, b) => a % divisor(b),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  // Shift counts wrap at 64, as on the machine.
  '<<': (a, b) => a << (b & 63n),
  '>>': (a, b) => a >> (b & 63n),
};
