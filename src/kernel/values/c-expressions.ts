import { hex, plus, type VAddr, va } from '../../base/address.ts';
import { CrashError, MissingError } from '../../base/errors.ts';
import { ExpressionError } from '../../types/expression/error.ts';
import {
  type ExpressionEnvironment,
  type ExpressionSymbol,
  evaluateExpression,
} from '../../types/expression/evaluate.ts';
import { type ResultEnvironment, resultText } from '../../types/expression/result-text.ts';
import { Value } from '../../types/expression/value.ts';
import type { ValueStyle } from '../../types/value.ts';
import { type CValue, integerTree, valueTree } from '../../types/value-tree.ts';
import { perCpuOffset } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import type { ScopedNames } from './scoped-names.ts';
import { valueEnvironment } from './value-environment.ts';
import { expressionTypes, findVariable, type Variable } from './variables.ts';

/** What an expression may use besides the kernel's memory. */
export interface ExpressionOptions {
  /** Names of the form `'file.c'::name` that the text has, under other names. */
  readonly scopes?: ScopedNames;
  /** The values printed so far, `$1` first. */
  readonly history?: readonly Value[];
  /** Memory other than the kernel's (`p -u`). Throws ReadError. */
  readonly read?: (address: bigint, length: number) => Uint8Array;
}

/** A variable of unknown type: the message gives its address and how to look at it. */
export class UnknownTypeError extends CrashError {
  override name = 'UnknownTypeError';
}

/** Evaluates a C expression over a dump. Throws ExpressionError, ReadError, UnknownTypeError. */
export function evaluateC(target: Target, text: string, options: ExpressionOptions = {}): Value {
  const untyped = new Map<string, Variable>();
  try {
    return evaluateExpression(text, environmentOf(target, options, untyped));
  } catch (error) {
    // Only this function knows the address of the variable that the evaluator's error names.
    if (!(error instanceof ExpressionError)) throw error;
    const variable = untyped.get(/^'(\w+)' has unknown type/.exec(error.message)?.[1] ?? '');
    throw variable ? unknownType(variable) : error;
  }
}

function environmentOf(
  target: Target,
  options: ExpressionOptions,
  untyped: Map<string, Variable>,
): ExpressionEnvironment {
  return {
    types: expressionTypes(target),
    symbol(name) {
      const variable = options.scopes?.find(target, name) ?? findVariable(target, name);
      if (variable && variable.type === undefined) untyped.set(name, variable);
      return variable && { address: variable.address, type: variable.type };
    },
    read: options.read ?? ((address, length) => target.kernel.read(va(address), length)),
    perCpu: (name, cpu) => perCpuSymbol(target, name, cpu),
    ...(options.history ? { history: options.history } : {}),
  };
}

function perCpuSymbol(target: Target, name: string, cpu: number): ExpressionSymbol {
  const variable = findVariable(target, name);
  if (!variable) throw new MissingError('symbol', name);
  return { address: plus(variable.address, perCpuOffset(target, cpu)), type: variable.type };
}

/** A variable's value at an address: of the variable itself, or of one CPU's copy. Throws UnknownTypeError. */
export function variableValue(
  target: Target,
  variable: Variable,
  address: VAddr = variable.address,
): Value {
  if (variable.type === undefined) throw unknownType(variable);
  const read = (at: bigint, length: number): Uint8Array => target.kernel.read(va(at), length);
  return Value.at(expressionTypes(target), variable.type, address, read);
}

/** The error for a variable without a type: its address, and the expressions that work on it. */
export function unknownType({ name, address }: Variable): UnknownTypeError {
  const at = hex(address);
  return new UnknownTypeError(
    `the type of ${name} is not in the dump; it is at ${at}: try "p *(TYPE *)0x${at}" or "rd ${at}"`,
  );
}

/**
 * The text of a value as `p` shows it after `$1 = `; strings behind pointers come from `read`, else from the kernel's
 * memory. Throws ReadError when it cannot be read.
 */
export function valueOfC(
  target: Target,
  value: Value,
  style: ValueStyle,
  read?: ExpressionOptions['read'],
): string {
  const kernel: ResultEnvironment = valueEnvironment(target);
  const environment = read ? { ...kernel, read } : kernel;
  return resultText(value, environment, style);
}

/** The same value as data. Throws ReadError when it cannot be read. */
export function treeOfC(
  target: Target,
  value: Value,
  { limit }: ValueStyle,
  read?: ExpressionOptions['read'],
): CValue {
  const { types } = value;
  const kernel = valueEnvironment(target);
  const environment = { ...kernel, types, ...(read ? { read } : {}) };
  if (value.bits !== undefined) return integerTree(environment, value.type, value.asInteger());
  const hasBytes = !value.isFunction && value.resolved.kind !== 'void';
  const bytes = hasBytes ? value.bytes : new Uint8Array(0);
  return valueTree(
    environment,
    value.type,
    { bytes, offset: 0, address: value.address ?? 0n },
    limit,
  );
}
