import type { Target } from '../kernel/target.ts';
import { symbolAlternatives } from '../output/symbol-lines.ts';
import { type Notice, plain } from './command.ts';

/** What crash says of a name that no symbol has; the last line names the word. */
export function* noSuchSymbol(target: Target, word: string): Generator<Notice, void> {
  let last: Notice | undefined;
  for (const line of symbolAlternatives(target, word)) {
    if (last) yield last;
    last = plain(line);
  }
  if (last) yield { ...last, fault: { kind: 'symbol', word } };
}
