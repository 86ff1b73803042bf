import { CrashError, MissingError } from '../../base/errors.ts';
import { findMemberPath } from '../member-path.ts';
import {
  addressOf,
  decay,
  dereference,
  elementOf,
  isTrue,
  memberOf,
  pointerOperation,
  repeat,
} from './access.ts';
import { binaryArithmetic, negated, OperandError, truth } from './arithmetic.ts';
import { castValue } from './cast.ts';
import { ExpressionError, type UnknownName } from './error.ts';
import type { BuiltinName, ExpressionTypes } from './expression-types.ts';
import { parseExpression, parseType } from './parser.ts';
import type { Node } from './syntax.ts';
import { type ReadMemory, Value } from './value.ts';

/** Meaning of a name: an address, and its type as a number or as C text (`struct list_head`), if known. */
export interface ExpressionSymbol {
  readonly address: bigint;
  readonly type?: number | string | undefined;
}

/** Names, memory and settings that an expression may use. */
export interface ExpressionEnvironment {
  readonly types: ExpressionTypes;
  symbol(name: string): ExpressionSymbol | undefined;
  /** Kernel memory. Throws ReadError. */
  read(address: bigint, length: number): Uint8Array;
  /** Address of one CPU's copy of a per-CPU variable. Throws when there is no such variable or CPU. */
  perCpu(name: string, cpu: number): ExpressionSymbol;
  /** The values printed so far, `$1` first. */
  readonly history?: readonly Value[];
}

/**
 * Evaluates a C expression over the types and memory of the dump, with gdb's typing and extensions (`@`, `{type} addr`,
 * `$1`, `.` on pointers) and the kernel's `container_of`, `offsetof` and `per_cpu`. Memory is read when a value's bytes
 * are needed. Throws ExpressionError with the reason and the place, and ReadError.
 */
export function evaluateExpression(text: string, environment: ExpressionEnvironment): Value {
  const node = parseExpression(text, {
    types: environment.types,
    isVariable: (name) => environment.symbol(name) !== undefined,
  });
  return new Evaluator(text, environment).value(node);
}

/** A symbol without a type: its address is known, its value is not. */
class Untyped extends CrashError {
  readonly address: bigint;
  constructor(name: string, address: bigint) {
    super(`'${name}' has unknown type; cast it to its declared type`);
    this.address = address;
  }
}

type NodeOf<K extends Node['kind']> = Extract<Node, { kind: K }>;

class Evaluator {
  readonly #text: string;
  readonly #environment: ExpressionEnvironment;
  readonly #types: ExpressionTypes;
  readonly #read: ReadMemory;

  constructor(text: string, environment: ExpressionEnvironment) {
    this.#text = text;
    this.#environment = environment;
    this.#types = environment.types;
    this.#read = (address, length) => environment.read(address, length);
  }

  value(node: Node): Value {
    try {
      return this.#evaluate(node);
    } catch (error) {
      // Errors without a place get that of the innermost node.
      const placeless =
        error instanceof OperandError || error instanceof Untyped || error instanceof MissingError;
      if (!placeless) throw error;
      throw this.#error(
        error.message,
        node,
        error instanceof OperandError ? error.unknown : undefined,
      );
    }
  }

  #error(message: string, node: Node, unknown?: UnknownName): ExpressionError {
    const error = new ExpressionError(message, this.#text, node.at);
    error.unknown = unknown;
    return error;
  }

  #evaluate(node: Node): Value {
    const types = this.#types;
    switch (node.kind) {
      case 'integer':
        return Value.integer(types, types.builtin(literalType(node)), node.value);
      case 'float':
        return Value.float(types, types.builtin(node.single ? 'float' : 'double'), node.value);
      case 'character':
        return Value.integer(types, types.builtin('char'), BigInt(node.value));
      case 'string': {
        const type = types.arrayOf(types.builtin('char'), node.bytes.length);
        return Value.of(types, type, node.bytes);
      }
      case 'name':
        return this.#name(node);
      case 'history':
        return this.#history(node);
      case 'unary':
        return this.#unary(node);
      case 'binary':
        return this.#binary(node);
      case 'conditional':
        return this.value(isTrue(this.value(node.test)) ? node.then : node.otherwise);
      case 'member':
        return memberOf(this.value(node.operand), node.member, this.#read);
      case 'index':
        return elementOf(this.value(node.operand), this.#decayed(node.index), this.#read);
      case 'cast':
        return this.#cast(node);
      case 'sizeof-type':
        return this.#size(types.sizeOf(node.type));
      case 'memory':
        return Value.at(types, node.type, this.#addressIn(node.address), this.#read);
      case 'offsetof':
        return this.#size(this.#offset(node));
      case 'container_of': {
        const address = this.#addressIn(node.pointer) - BigInt(this.#offset(node));
        return Value.integer(types, types.pointerTo(node.type), address);
      }
      case 'per_cpu': {
        const cpu = Number(this.#addressIn(node.cpu));
        return this.#typed(node.name, this.#environment.perCpu(node.name, cpu));
      }
    }
  }

  #name(node: NodeOf<'name'>): Value {
    const { name } = node;
    const symbol = this.#environment.symbol(name);
    if (symbol !== undefined) return this.#typed(name, symbol);
    const owner = this.#types.enumWith(name);
    const value = owner?.values.find((each) => each.name === name);
    if (owner === undefined || value === undefined) {
      throw this.#error(`No symbol "${name}" in current context.`, node, { kind: 'symbol', name });
    }
    return Value.integer(this.#types, owner.id, value.value);
  }

  #typed(name: string, { address, type }: ExpressionSymbol): Value {
    const types = this.#types;
    if (typeof type === 'number') return Value.at(types, type, address, this.#read);
    if (type !== undefined) return Value.at(types, parseType(type, types), address, this.#read);
    const func = types.find('func', name);
    if (func?.kind === 'func') return Value.at(types, func.proto, address, this.#read);
    throw new Untyped(name, address);
  }

  /** `$` the last, `$$` the one before, `$$n` the n-th before the last, `$n` by number; other names are void. */
  #history(node: NodeOf<'history'>): Value {
    const values = this.#environment.history ?? [];
    const nothing = Value.of(this.#types, 0, new Uint8Array(0));
    const parts = /^\$(\$?)(\d*)$/.exec(node.name);
    if (!parts || values.length === 0) return nothing;
    const [, back, digits = ''] = parts;
    const number = digits === '' ? Number(back !== '') : Number(digits);
    const absolute = back === '' && digits !== '';
    const index = absolute ? number : values.length - number;
    const value = values[index - 1];
    if (value !== undefined) return value;
    if (!absolute) return nothing;
    throw this.#error(`History has not yet reached $${number}.`, node);
  }

  #unary(node: NodeOf<'unary'>): Value {
    switch (node.operator) {
      case 'sizeof':
        return this.#size(this.#types.sizeOf(this.value(node.operand).type));
      case '&':
        return this.#addressOf(node.operand);
      case '*':
        return dereference(this.#decayed(node.operand), this.#read);
      case '!':
        return truth(this.#types, !isTrue(this.value(node.operand)));
      default:
        return negated(node.operator, this.#decayed(node.operand));
    }
  }

  #addressOf(operand: Node): Value {
    try {
      return addressOf(this.#evaluate(operand));
    } catch (error) {
      // The address of a symbol is known even when its type is not.
      if (!(error instanceof Untyped)) throw error;
      return Value.integer(this.#types, this.#types.pointerTo(0), error.address);
    }
  }

  #binary(node: NodeOf<'binary'>): Value {
    const { operator } = node;
    if (operator === ',') {
      this.value(node.left);
      return this.value(node.right);
    }
    if (operator === '&&' || operator === '||') {
      const left = isTrue(this.value(node.left));
      const decided = operator === '&&' ? !left : left;
      return truth(this.#types, decided ? left : isTrue(this.value(node.right)));
    }
    if (operator === '@') {
      return repeat(this.value(node.left), this.#decayed(node.right), this.#read);
    }
    const left = this.#decayed(node.left);
    const right = this.#decayed(node.right);
    const pointers = left.isPointer || right.isPointer;
    return (pointers ? pointerOperation : binaryArithmetic)(operator, left, right);
  }

  #cast(node: NodeOf<'cast'>): Value {
    let operand: Value;
    try {
      operand = this.#evaluate(node.operand);
    } catch (error) {
      // A cast declares a symbol of unknown type.
      if (!(error instanceof Untyped)) throw error;
      return Value.at(this.#types, node.type, error.address, this.#read);
    }
    return castValue(operand, node.type, this.#read);
  }

  /** Bytes from the start of the type to the member. */
  #offset(node: NodeOf<'offsetof'> | NodeOf<'container_of'>): number {
    const holder = this.#types.resolve(node.type);
    const isStruct = holder.kind === 'struct' || holder.kind === 'union';
    const found = isStruct ? findMemberPath(this.#types, holder, node.path) : undefined;
    if (found === undefined) {
      const unknown = {
        kind: 'member',
        name: node.path,
        of: this.#types.nameOf(node.type),
      } as const;
      throw this.#error(`There is no member named ${node.path}.`, node, unknown);
    }
    return found.offset;
  }

  #size(size: number): Value {
    return Value.integer(this.#types, this.#types.builtin('unsigned long'), BigInt(size));
  }

  /** The value with arrays and functions turned to pointers. */
  #decayed(node: Node): Value {
    return decay(this.value(node));
  }

  #addressIn(node: Node): bigint {
    const value = this.#decayed(node);
    if (!value.isPointer && !value.isInteger) throw this.#error('not an address', node);
    return BigInt.asUintN(64, value.asInteger());
  }
}

/** gdb 10: by the value alone, decimal or not. */
function literalType(node: { value: bigint; unsigned: boolean; longs: 0 | 1 | 2 }): BuiltinName {
  const { value, longs } = node;
  const wide = longs > 0 || value >= 1n << 32n;
  const unsigned = node.unsigned || value >= (wide ? 1n << 63n : 1n << 31n);
  const plain = longs === 2 ? 'long long' : wide ? 'long' : 'int';
  return unsigned ? `unsigned ${plain}` : plain;
}
