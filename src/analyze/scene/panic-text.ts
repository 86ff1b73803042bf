import { type VAddr, va } from '../../base/address.ts';
import { cString } from '../../base/bytes.ts';
import { operationsOf, wordsBefore } from '../../kernel/text/word-flow.ts';
import type { Call } from './chain.ts';
import type { Scene } from './scene.ts';

const MAX_TEXT = 200;

/**
 * The string that a function gave to the function that it called last, by its own code: the format of panic(). Undefined
 * where the code does not say it.
 */
export function stringArgument({ target }: Scene, caller: Call): string | undefined {
  const symbol = target.symbols.at(va(caller.ip - 1n))?.symbol;
  if (!symbol) return undefined;
  const call = operationsOf(target, symbol.address).find(
    ({ address, length }) => address + BigInt(length) === caller.ip,
  );
  const words = call && wordsBefore(target, symbol.address, call.address as VAddr);
  const word = words?.registers.get(target.machine.code.calls.arguments[0] ?? '');
  if (word?.kind !== 'constant') return undefined;
  const bytes = target.kernel.tryRead(va(word.value), MAX_TEXT);
  const text =
    bytes &&
    cString(bytes)
      .replace(/^[\x01]\d?/, '')
      .trim();
  return text || undefined;
}
