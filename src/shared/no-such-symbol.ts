import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { symbolAlternatives } from '../output/task/symbol-lines.ts';
import { type Notice, plain } from '../session/command/command.ts';

/** crash 8's error for a name without letters: nearly every symbol would be an alternative. */
export const noName = (): CrashError => new CrashError('The length of the symbol name is zero!');

/** crash's error for an unknown name; the last line names the word. Throws CrashError for an empty name. */
export function* noSuchSymbol(target: Target, word: string): Generator<Notice, void> {
  if (word === '') throw noName();
  let last: Notice | undefined;
  for (const line of symbolAlternatives(target, word)) {
    if (last) yield last;
    last = plain(line);
  }
  if (last) yield { ...last, fault: { kind: 'symbol', word } };
}
