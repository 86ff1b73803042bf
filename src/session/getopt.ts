import { CrashError } from '../base/errors.ts';
import type { Flags } from './command.ts';

/** One option as it stood on the line. */
export interface GivenFlag {
  readonly key: string;
  /** The argument as typed; undefined for a plain switch. */
  readonly value: string | undefined;
}

export interface ParsedWords {
  readonly flags: readonly GivenFlag[];
  readonly operands: readonly string[];
  /** getopt's complaints in order (`invalid option -- 'z'`); the usage block follows them. */
  readonly complaints: readonly string[];
}

/** An option that getopt takes but the command refuses: crash prints the text, then the usage block. */
export class BadOption extends CrashError {
  override name = 'BadOption';
}

/**
 * Options and operands, mixed in any order as GNU getopt permits; switches bundle (`-fl`), arguments may
 * be glued (`-c1`) or follow. Flags of several digits (`-8 -16 -32 -64` of rd) are one digit with an
 * argument to getopt, and their errors come out accordingly.
 */
export function parseOptions(words: readonly string[], flags: Flags): ParsedWords {
  const given: GivenFlag[] = [];
  const operands: string[] = [];
  const complaints: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      operands.push(...words.slice(at + 1));
      break;
    }
    if (word.length < 2 || !word.startsWith('-')) {
      operands.push(word);
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const rest = word.slice(letter + 1);
      const key = word[letter] ?? '';
      const flag = flags[key];
      const multi = isMulti(key, flags);
      if (!flag && !multi) {
        complaints.push(`invalid option -- '${key}'`);
        continue;
      }
      if (flag && flag.value === undefined && !(multi && rest !== '')) {
        given.push({ key, value: undefined });
        continue;
      }
      if (flag?.attached) {
        given.push({ key, value: rest.startsWith('=') ? rest.slice(1) : undefined });
        if (rest.startsWith('=')) break;
        continue;
      }
      // From here on the option takes the rest of the word, or the next word.
      const value = rest === '' ? words[++at] : rest;
      if (value === undefined) complaints.push(`option requires an argument -- '${key}'`);
      else if (multi) given.push(longFlag(key, value, flags));
      else given.push({ key, value });
      break;
    }
  }
  return { flags: given, operands, complaints };
}

/** Is the letter the beginning of a longer flag, as 1 is of -16? */
const isMulti = (letter: string, flags: Flags): boolean =>
  /[0-9]/.test(letter) && Object.keys(flags).some((key) => key.length > 1 && key[0] === letter);

function longFlag(letter: string, value: string, flags: Flags): GivenFlag {
  const key = letter + value;
  if (!(key in flags)) throw new BadOption(`invalid option: ${key}`);
  return { key, value: undefined };
}
