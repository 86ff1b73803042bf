import { statSync } from 'node:fs';
import { blame, CrashError } from '../../base/errors.ts';
import { NotAFileError, readWhole, systemMessage } from '../../base/files.ts';
import { splitWords } from './words.ts';

/** Bound on a file of commands: a larger file is a mistake (a dump, most likely). */
const MAX_INPUT = 16 << 20;

/** The commands in an input file, by line. Throws CrashError when the file cannot be one. */
export function inputLines(path: string): readonly string[] {
  let bytes: Buffer;
  try {
    bytes = readWhole(path, MAX_INPUT, `${path}: too large for an input file`);
  } catch (error) {
    if (error instanceof CrashError && !(error instanceof NotAFileError)) throw error;
    throw blame(new CrashError(`${path}: ${systemMessage(error)}`), { kind: 'file', word: path });
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
