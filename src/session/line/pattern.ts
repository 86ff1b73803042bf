import { blame, CrashError } from '../../base/errors.ts';

/** POSIX classes in JavaScript's syntax. */
const CLASSES: Record<string, string> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  xdigit: '0-9A-Fa-f',
  punct: '!-\\/:-@\\[-`{-~',
};

/** Whether the word is a regular expression: `'...'`. */
export const isQuoted = (word: string): boolean => /^'.*'$/.test(word) && word.length > 1;

/**
 * The POSIX extended regular expression between single quotes. Throws CrashError
 * `invalid regular expression: ...`.
 */
export function parsePattern(word: string): RegExp {
  const source = word.slice(1, -1);
  const translated = source.replace(/\[:(\w+):\]/g, (all, name: string) => CLASSES[name] ?? all);
  try {
    return new RegExp(translated);
  } catch (error) {
    if (error instanceof SyntaxError)
      throw blame(new CrashError(`invalid regular expression: ${source}`), {
        kind: 'text',
        word: source,
      });
    throw error;
  }
}
