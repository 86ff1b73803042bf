import { blame, CrashError } from '../../base/errors.ts';
import { isDecimal, parseHex } from './numbers.ts';

/** The address of a symbol, or undefined. */
export type SymbolLookup = (name: string) => bigint | undefined;

const FACTOR: Record<string, bigint> = { k: 1n << 10n, m: 1n << 20n, g: 1n << 30n };
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

type Operator = (a: bigint, b: bigint) => bigint | undefined;
const OPERATORS: Record<string, Operator> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '*': (a, b) => a * b,
  // Division by zero: undefined (crash hangs).
  '/': (a, b) => (b === 0n ? undefined : a / b),
  '%': (a, b) => (b === 0n ? undefined : a % b),
  '<<': (a, b) => (b > 63n ? 0n : a << b),
  '>>': (a, b) => (b > 63n ? 0n : a >> b),
  '#': power,
};
/** Two binary digits of the exponent each step, and the product wrapped: no exponent takes long. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = wrap(result * square);
    square = wrap(square * square);
  }
  return result;
}

/**
 * Evaluates crash's calculator expression: one number or symbol, or two with one operator between, in an optional pair
 * of parentheses. Numbers are decimal when all digits, else hexadecimal; `k`, `m`, `g` multiply; a leading `~`
 * complements; a leading `-` subtracts from zero. The result is 64 bits wide. Throws CrashError `invalid expression:
 * ...`, also for a division by zero, with a note.
 */
export function evaluate(text: string, lookup: SymbolLookup): bigint {
  /** `part` is the wrong part of the expression; all of it, when no smaller part is known. */
  const invalid = (part?: string): CrashError => {
    const at = part ? text.indexOf(part) : -1;
    const place = part && at >= 0 ? { at, length: part.length } : {};
    const error = new CrashError(`invalid expression: ${text}`);
    return blame(error, { kind: 'expression', word: text, ...place });
  };
  let body = text;
  if (/[()]/.test(text)) {
    if (!/^\([^()]*\)$/.test(text)) throw invalid();
    body = text.slice(1, -1);
  }
  if (body.startsWith('-')) body = `0${body}`;
  const split = /^(.*?)(<<|>>|[-#+&|*/%^])(.*)$/s.exec(body);
  if (!split) {
    const value = operand(body.trim(), lookup);
    if (value === undefined) throw invalid(body.trim());
    return value;
  }
  const left = operand((split[1] ?? '').trim(), lookup);
  const right = operand((split[3] ?? '').trim(), lookup);
  const apply = OPERATORS[split[2] ?? ''];
  if (left === undefined) throw invalid((split[1] ?? '').trim());
  if (right === undefined || !apply) throw invalid((split[3] ?? '').trim());
  const result = apply(left, right);
  if (result === undefined) {
    throw blame(new CrashError(`division by zero: ${text}`), { kind: 'text', word: text });
  }
  return wrap(result);
}

/** One operand; undefined when it is neither a symbol nor a number. A symbol beats a number. */
function operand(text: string, lookup: SymbolLookup): bigint | undefined {
  const complement = text.startsWith('~');
  const word = complement ? text.slice(1) : text;
  // A word that begins with a digit is no symbol, and need not open the symbol table.
  const value = (/^[A-Za-z_.]/.test(word) ? lookup(word) : undefined) ?? number(word);
  if (value === undefined) return undefined;
  return complement ? wrap(~value) : value;
}

function number(word: string): bigint | undefined {
  const factor = FACTOR[word.slice(-1).toLowerCase()];
  const digits = factor === undefined ? word : word.slice(0, -1);
  if (isDecimal(digits)) return wrap(BigInt(digits) * (factor ?? 1n));
  if (!/^(0x)?[0-9a-f]+$/i.test(digits)) return undefined;
  return wrap(parseHex(digits) * (factor ?? 1n));
}
