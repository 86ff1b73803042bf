import { toJson } from '../../output/text/json.ts';
import type { AnyCommand, Nested, Notice } from '../command/command.ts';

/** Lines of `--json`: one object each, with the name of its command. */

/** A record; `task` is the task that `foreach` ran the command for. */
export function recordJson(command: AnyCommand, record: unknown, task?: Nested['task']): string {
  const fields = isPlainObject(record) ? record : { value: record };
  return toJson({ command: command.name, ...foreach(task), ...fields });
}

/** An error, a warning, a note, or a message: the key is its kind, the value its text. */
export function noticeJson(
  command: AnyCommand,
  { notice, text }: Notice,
  task?: Nested['task'],
): string {
  const key = notice === 'plain' ? 'message' : notice;
  return toJson({ command: command.name, ...foreach(task), [key]: text });
}

/** An error that ended a command, or one of the line itself: then the command is `crash`. */
export const errorJson = (command: string, text: string, more: object = {}): string =>
  toJson({ command, error: text, ...more });

/** The line that is run, for `--echo`. */
export const echoJson = (line: string): string => toJson({ command: 'crash', line });

/** A past line, of `h`. */
export const historyJson = (line: string, index: number): string =>
  toJson({ command: 'h', number: index + 1, line });

const foreach = (task: Nested['task']): object => (task ? { foreach: task } : {});

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
