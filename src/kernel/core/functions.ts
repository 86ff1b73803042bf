import { va } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import type { Target } from './target.ts';

/** The addresses of a function of the kernel: from its symbol to the next. */
export interface FunctionRange {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

/**
 * The range of a function of the kernel itself; undefined when the kernel has none of that name, or its name is on a
 * page that is missing, which is reported. Remembered.
 */
export function functionRange(target: Target, name: string): FunctionRange | undefined {
  const known = target.memo(functionRanges);
  if (!known.has(name)) {
    known.set(
      name,
      target.losses.attempt(`symbol ${name}`, undefined, () => rangeOf(target, name)),
    );
  }
  const range = known.get(name);
  const { lost } = target.symbols.kernel;
  if (!range && lost !== undefined) target.losses.report({ what: 'symbol', reason: lost });
  return range;
}
function rangeOf(target: Target, name: string): FunctionRange | undefined {
  const symbol = target.symbols.kernel.named(name);
  const next = symbol && target.symbols.next(symbol);
  return next && { start: symbol.address, end: next.address };
}
const functionRanges = (_: Target): Map<string, FunctionRange | undefined> => new Map();

/** A call instruction before a return address; `target` is where a direct call goes. */
export interface CallBefore {
  readonly target?: bigint;
}

/** The call instruction that ends at an address; undefined when none does. Remembered. */
export function callBefore(target: Target, address: bigint): CallBefore | undefined {
  const known = target.memo(calls);
  if (known.has(address)) return known.get(address);
  const { callSite } = target.arch;
  const bytes = target.kernel.tryRead(va(address - BigInt(callSite.bytes)), callSite.bytes);
  const call = bytes && callSite.callEndingAt(bytes, address);
  known.set(address, call);
  return call;
}
const calls = (_: Target): Map<bigint, CallBefore | undefined> => new Map();

/**
 * Whether a word is a return address into a function: an address after the function's first byte. Where the function's
 * last instruction is the call of a function that never returns, it is the first address after the function, which may
 * belong to the next one.
 */
export const isReturnInto = (
  target: Target,
  { start, end }: FunctionRange,
  word: bigint,
): boolean =>
  word > start && (word < end || (word === end && callBefore(target, word) !== undefined));

/** The byte before a return address is its call's. That it is not in the dump is reported. */
export function lacksCode(target: Target, address: bigint): boolean {
  try {
    target.kernel.read(va(address - 1n), 1);
    return false;
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    target.losses.report({ what: 'page of code', count: 1, reason: error.message });
    return true;
  }
}
