import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { symbolAlternatives } from '../output/task/symbol-lines.ts';
import { failed, type Notice, plain } from '../session/command/command.ts';

/** crash 8's error for a name without letters: nearly every symbol would be an alternative. */
export const noName = (): CrashError => new CrashError('The length of the symbol name is zero!');

/** crash's error for an unknown name, which counts as failed. Throws CrashError for an empty name. */
export function* noSuchSymbol(target: Target, word: string): Generator<Notice, void> {
  if (word === '') throw noName();
  for (const line of symbolAlternatives(target, word)) yield plain(line);
  yield failed({ kind: 'symbol', word });
}
