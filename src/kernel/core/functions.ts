import type { Target } from './target.ts';

/** The addresses of a function of the kernel: from its symbol to the next. */
export interface FunctionRange {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
}

/** Where a function of the kernel itself lies; undefined when the kernel has none of that name. Remembered. */
export function functionRange(target: Target, name: string): FunctionRange | undefined {
  const known = target.memo(functionRanges);
  if (!known.has(name)) {
    const symbol = target.symbols.kernel.named(name);
    const next = symbol && target.symbols.next(symbol);
    known.set(name, next && { start: symbol.address, end: next.address });
  }
  return known.get(name);
}
const functionRanges = (_: Target): Map<string, FunctionRange | undefined> => new Map();

/** Does a word point into a function, behind its first byte, as a return address does? */
export const isReturnInto = ({ start, end }: FunctionRange, word: bigint): boolean =>
  word > start && word < end;
