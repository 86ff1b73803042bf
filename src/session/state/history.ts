import { blame, CrashError } from '../../base/errors.ts';

/** Whether the line is `h` or `hi...`, the list of past lines. */
export const asksForHistory = (line: string): boolean => /^(h|hi\S*)$/.test(line);

/** `[n] line`, oldest first. */
export const historyLines = (history: readonly string[]): string[] =>
  history.map((line, index) => `[${index + 1}] ${line}`);

/**
 * The past line that `r`, `!!`, `r N`, `rN`, `!N` or `r text` asks for; undefined for every other line. Throws
 * CrashError in crash's words when there is no such line.
 */
export function recall(line: string, history: readonly string[]): string | undefined {
  const match = /^(?:(?<last>r|!!)|(?:r\s*|!)(?<number>\d+)|r\s+(?<prefix>\S.*))$/.exec(line);
  if (!match?.groups) return undefined;
  if (history.length === 0) throw new CrashError('no commands entered!');
  const { last, number, prefix } = match.groups;
  if (last !== undefined) return history.at(-1);
  if (number !== undefined) {
    const found = history[Number(number) - 1];
    if (found === undefined) {
      const error = new CrashError(`command ${number} not entered yet!`);
      throw blame(error, { kind: 'history', word: number });
    }
    return found;
  }
  const found = history.findLast((past) => past.startsWith(prefix ?? ''));
  if (found === undefined) {
    const error = new CrashError(`invalid repeat request: ${line}`);
    throw blame(error, { kind: 'history', word: prefix ?? line });
  }
  return found;
}
