import { blame, CrashError, type Fault } from '../../base/errors.ts';
import type { Flag, Flags } from './declaration.ts';

/** One option of the line. */
export interface GivenFlag {
  readonly key: string;
  /** The argument as typed; undefined for a plain switch. */
  readonly value: string | undefined;
  /** The number of the word that holds the value, or the letter itself. */
  readonly index: number;
}

/** The result of parsing options. */
export interface ParsedWords {
  readonly flags: readonly GivenFlag[];
  readonly operands: readonly string[];
  /** The number of each operand among the words. */
  readonly places: readonly number[];
  /** getopt's complaints in order (`invalid option -- 'z'`); the usage block follows them. */
  readonly complaints: readonly string[];
  /** The letter of each complaint. */
  readonly faults: readonly Fault[];
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
  const places: number[] = [];
  const complaints: string[] = [];
  const faults: Fault[] = [];
  const complain = (text: string, word: string, index: number, at: number): void => {
    complaints.push(`${text} -- '${word[at] ?? ''}'`);
    faults.push({ kind: 'flag', word, index, at, length: 1 });
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      for (let rest = at + 1; rest < words.length; rest++) places.push(rest);
      break;
    }
    if (word.length < 2 || !word.startsWith('-')) {
      places.push(at);
      continue;
    }
    const index = at;
    const long = longWord(word, flags);
    if (long) {
      const value = long.flag.value === undefined ? undefined : words[++at];
      if (long.flag.value !== undefined && value === undefined)
        complain('option requires an argument', word, index, 2);
      else given.push({ key: long.key, value, index: at });
      continue;
    }
    for (let letter = 1; letter < word.length; letter++) {
      const rest = word.slice(letter + 1);
      const key = word[letter] ?? '';
      const flag = flags[key];
      const multi = isMulti(key, flags);
      if (!flag && !multi) {
        complain('invalid option', word, index, letter);
        continue;
      }
      if (flag && flag.value === undefined && !(multi && rest !== '')) {
        given.push({ key, value: undefined, index });
        continue;
      }
      if (flag?.attached) {
        given.push({ key, value: rest.startsWith('=') ? rest.slice(1) : undefined, index });
        if (rest.startsWith('=')) break;
        continue;
      }
      // From here on the option takes the rest of the word, or the next word.
      const value = rest === '' ? words[++at] : rest;
      if (value === undefined) complain('option requires an argument', word, index, letter);
      else if (multi) given.push(longFlag(key, value, flags, index));
      else given.push({ key, value, index: at });
      break;
    }
  }
  const operands = places.map((place) => words[place] ?? '');
  return { flags: given, operands, places, complaints, faults };
}

/** A flag whose name is a word, which crash has none of: `--seen`. */
function longWord(word: string, flags: Flags): { key: string; flag: Flag } | undefined {
  const key = word.slice('--'.length);
  const flag = word.startsWith('--') && key.length > 1 ? flags[key] : undefined;
  return flag && { key, flag };
}

/** Whether the letter begins a longer flag, as 1 does -16. */
const isMulti = (letter: string, flags: Flags): boolean =>
  /[0-9]/.test(letter) && Object.keys(flags).some((key) => key.length > 1 && key[0] === letter);

function longFlag(letter: string, value: string, flags: Flags, index: number): GivenFlag {
  const key = letter + value;
  if (!(key in flags))
    throw blame(new BadOption(`invalid option: ${key}`), { kind: 'flag', word: `-${key}`, index });
  return { key, value: undefined, index };
}
