import { decodeBytes } from '../../output/text/escape.ts';
import { type JsonStyle, toJson } from '../../output/text/json.ts';
import type { AnyCommand, Nested, Notice } from '../command/command.ts';
import { QUANTITIES } from './json-forms.ts';

/** Lines of `--json`, one object each, as docs/json.md has them: each says which command made it. */

/** A record; `task` is the task that `foreach` ran the command for. */
export function recordJson(command: AnyCommand, record: unknown, task?: Nested['task']): string {
  const fields = isPlainObject(record) ? record : { value: record };
  return toJson({ command: command.name, ...foreach(task), ...fields }, styleOf(command));
}

const styles = new WeakMap<AnyCommand, JsonStyle>();
/** An extension tells no types: all its bigints are written as addresses. */
function styleOf(command: AnyCommand): JsonStyle {
  const known = styles.get(command);
  if (known) return known;
  const names = new Set(QUANTITIES[command.name]?.split(' '));
  const style: JsonStyle = {
    strings: command.strings ?? 'bytes',
    isQuantity: (member) => names.has(member),
  };
  styles.set(command, style);
  return style;
}

/** An error, a warning, a note, or a message: the key is its kind, the value its text. */
export function noticeJson(
  command: AnyCommand,
  { notice, text, problem }: Notice,
  task?: Nested['task'],
): string {
  const key = notice === 'plain' ? 'message' : notice;
  return toJson(
    { command: command.name, ...foreach(task), [key]: textOf(text), problem },
    { isQuantity: (name) => name === 'count' },
  );
}

/** An error that ended a command, or one of the line itself: then the command is `crash`. */
export const errorJson = (command: string, text: string, more: object = {}): string =>
  toJson({ command, error: textOf(text), ...more });

/** A message may quote the bytes of the dump beside what a user typed. */
const textOf = (text: string): string => decodeBytes(text.trimEnd(), (bytes) => bytes);

/** The line that is run, for `--echo`. */
export const echoJson = (line: string): string => toJson({ command: 'crash', line });

/** A past line, of `h`. */
export const historyJson = (line: string, index: number): string =>
  toJson({ command: 'h', number: index + 1, line });

const foreach = (task: Nested['task']): object =>
  task ? { foreach: { pid: task.pid, task: task.address } } : {};

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
