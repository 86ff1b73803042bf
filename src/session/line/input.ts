import { readFileSync, statSync } from 'node:fs';
import { blame, CrashError } from '../../base/errors.ts';
import { splitWords } from './words.ts';

/** Bound on a file of commands: a larger file is a mistake (a dump, most likely). */
const MAX_INPUT = 16 << 20;

/** The commands in an input file, by line. Throws CrashError when the file cannot be one. */
export function inputLines(path: string): readonly string[] {
  let bytes: Buffer;
  try {
    const { size } = statSync(path);
    if (size > MAX_INPUT) throw new CrashError(`${path}: too large for an input file`);
    bytes = readFileSync(path);
  } catch (error) {
    if (error instanceof CrashError) throw error;
    throw blame(new CrashError(`${path}: ${reason(error)}`), { kind: 'file', word: path });
  }
  if (bytes.subarray(0, 4).toString('latin1') === '\x7fELF') {
    throw new CrashError('input from executable files not supported yet!');
  }
  if (bytes.subarray(0, 2).toString('latin1') === '#!') {
    throw new CrashError('input from shell scripts not supported yet!');
  }
  return commandLines(bytes.toString('utf8'));
}

const commandLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const REASON: Record<string, string> = {
  ENOENT: 'No such file or directory',
  EACCES: 'Permission denied',
  EISDIR: 'Is a directory',
};
const reason = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASON[code] ?? message;
};

/**
 * `cmd ... < file`: the words once for each line of the file, with that line's words in place of `< file`. Undefined
 * when there is no `<`, or no readable non-empty file follows: the command then refuses the words.
 */
export function spliceInput(words: readonly string[]): string[][] | undefined {
  const at = words.indexOf('<');
  if (at < 1) return undefined;
  const path = words[at + 1];
  if (path === undefined) throw new CrashError('< requires a file argument');
  if (words.includes('<', at + 1)) throw new CrashError('multiple input files are not supported');
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size === 0 || stat.size > MAX_INPUT) return undefined;
  } catch {
    return undefined;
  }
  return inputLines(path).map((line) => [
    ...words.slice(0, at),
    ...splitWords(line),
    ...words.slice(at + 2),
  ]);
}
