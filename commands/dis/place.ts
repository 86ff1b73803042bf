import { type VAddr, va } from '../../src/base/address.ts';
import { isBelowKernel } from '../../src/kernel/mm/address-map.ts';
import { textSymbols } from '../../src/kernel/text/disassembly-names.ts';
import {
  type CommandContext,
  CommandError,
  error,
  type Notice,
} from '../../src/session/command/command.ts';
import { evaluate } from '../../src/session/line/expression.ts';
import { isNumber, parseHex } from '../../src/session/line/numbers.ts';
import { noSuchSymbol } from '../../src/shared/no-such-symbol.ts';
import type { KernelSymbol } from '../../src/symbols/types.ts';

/** One of several functions of the given name. */
export interface Candidate {
  readonly kind: 'candidate';
  readonly symbol: KernelSymbol;
}

/** The first address, and the word that it came from. */
export interface Place {
  readonly address: VAddr;
  readonly word: string;
  readonly isSymbol: boolean;
}

/** A symbol first, as in crash; then a number, then an expression. Yields an error about the word. */
export function* findPlace(
  word: string,
  user: boolean,
  { target, session }: CommandContext,
): Generator<Candidate | Notice, Place | undefined> {
  const named = (name: string) =>
    user && isNumber(name)
      ? undefined
      : (session.findSymbol(name) ?? target.symbols.named(name)?.address);
  const base = word.replace(/[-+].*$/, '');
  if (!word.startsWith('(') && named(base) !== undefined) {
    const several = textSymbols(target, base);
    if (several.length > 1) {
      yield error(`${word}: duplicate text symbols found:`);
      for (const symbol of several) {
        yield { kind: 'candidate', symbol } satisfies Candidate;
      }
      return undefined;
    }
  }
  const symbol = named(word);
  if (symbol !== undefined) {
    if (isBelowKernel(target, symbol))
      throw new CommandError(`${symbol.toString(16)} is not a kernel virtual address`, {
        fault: { kind: 'text', word },
      });
    return { address: va(symbol), word, isSymbol: true };
  }
  if (word.startsWith('(')) return { address: va(evaluate(word, named)), word, isSymbol: false };
  if (isNumber(word)) return { address: va(parseHex(word)), word, isSymbol: false };
  if (/[*/]/.test(word)) {
    throw new CommandError(`invalid expression: ${word}`, { fault: { kind: 'text', word } });
  }
  if (!/[-+]/.test(word)) {
    yield* noSuchSymbol(target, word);
    return undefined;
  }
  const address = va(evaluate(word, named));
  const start = named(base);
  const found = target.symbols.at(address);
  if (start !== undefined && found && found.symbol.address !== start) {
    const { symbol, offset } = found;
    // crash prints the distance in hexadecimal here, without a prefix.
    const name = `${symbol.name}${offset === 0 ? '' : `+${offset.toString(16)}`}`;
    throw new CommandError(`invalid expression: ${word} evaluates to: ${name}`, {
      fault: { kind: 'text', word, note: `beyond the end of ${base}` },
    });
  }
  return { address, word, isSymbol: false };
}
