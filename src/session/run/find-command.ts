import type { AnyCommand } from '../command/command.ts';
import { EXTERNAL } from '../line/external-programs.ts';
import { splitRedirection, splitWords } from '../line/words.ts';

/** Commands by name. */
export type Commands = ReadonlyMap<string, AnyCommand>;

/** A map that more commands can be added to. */
export const commandMap = (commands: readonly AnyCommand[]): Map<string, AnyCommand> =>
  new Map(commands.map((command) => [command.name, command]));

/**
 * The command of a line's words, and the words with its name first; undefined when there is none. `implicit` returns the
 * words of a line that begins with no command.
 */
export function findCommand(
  words: readonly string[],
  commands: Commands,
  implicit: (words: readonly string[]) => readonly string[] | undefined,
): { readonly command: AnyCommand; readonly words: readonly string[] } | undefined {
  const first = words[0] ?? '';
  const exact = commands.get(first);
  if (exact) return { command: exact, words };
  if (first === 'Q') return findCommand(['q'], commands, implicit);
  // `*list_head ffff...`: the star needs no blank after it.
  const rewritten =
    first.length > 1 && first.startsWith('*') && commands.has('*')
      ? ['*', first.slice(1), ...words.slice(1)]
      : implicit(words);
  const command = rewritten && commands.get(rewritten[0] ?? '');
  return command && rewritten ? { command, words: rewritten } : undefined;
}

/** Whether a line runs an external program: `less 12` is our command, `less file` the program. */
export function isExternal(line: string, first: string, commands: Commands): boolean {
  if (!EXTERNAL.has(first)) return false;
  const [, second = '0'] = splitWords(splitRedirection(line).command);
  return !commands.has(first) || !/^\d+$/.test(second);
}
