import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { symbolAlternatives } from '../output/task/symbol-lines.ts';
import { type Notice, plain } from '../session/command/command.ts';

/** What crash 8 says of a name without letters: nearly every symbol would be an alternative to it. */
export const noName = (): CrashError => new CrashError('The length of the symbol name is zero!');

/** What crash says of a name that no symbol has; the last line names the word. Throws CrashError for no name. */
export function* noSuchSymbol(target: Target, word: string): Generator<Notice, void> {
  if (word === '') throw noName();
  let last: Notice | undefined;
  for (const line of symbolAlternatives(target, word)) {
    if (last) yield last;
    last = plain(line);
  }
  if (last) yield { ...last, fault: { kind: 'symbol', word } };
}
