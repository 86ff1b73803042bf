import { type VAddr, va } from '../../base/address.ts';
import { blame, CrashError } from '../../base/errors.ts';

/** Words as numbers, and errors in crash's words. All throw CrashError. */

const MAX_DIGITS = 16;
const LETTERS = /^[0-9a-f]*$/i;

/**
 * A 64-bit hexadecimal number; `0x` is optional and the letters x, X and h are skipped wherever they stand.
 */
export function parseHex(word: string): bigint {
  const digits = word.replace(/^0x/i, '');
  if (digits.length > MAX_DIGITS) {
    const text = `input string too large: "${digits}" (${digits.length} vs ${MAX_DIGITS})`;
    throw blame(new CrashError(text), { kind: 'number', word, note: '16 digits make 64 bits' });
  }
  const kept = digits.replace(/[xh]/gi, '');
  if (!LETTERS.test(kept)) throw notDigits(new CrashError(`invalid input: "${digits}"`), word);
  return kept === '' ? 0n : BigInt(`0x${kept}`);
}

/** Marks the first character that is no digit as the fault. */
function notDigits(error: CrashError, word: string): CrashError {
  const at = /^(?:0x)?[0-9a-fxh]*/i.exec(word)?.[0].length ?? 0;
  // A word that does not begin with a digit is wrong as a whole.
  const part = /^\d/.test(word) && at > 0 && at < word.length ? { at, length: 1 } : {};
  return blame(error, { kind: 'number', word, ...part });
}

/** A hexadecimal number as an address. */
export const parseHexAddress = (word: string): VAddr => va(parseHex(word));

/** Whether a word passes crash's loose test of numbers: decimal digits, or hexadecimal ones with or without `0x`. */
export const isNumber = (word: string): boolean => /^(0x)?[0-9a-f]+$/i.test(word);
/** Whether a word has decimal digits only. */
export const isDecimal = (word: string): boolean => /^[0-9]+$/.test(word);

/** A count, as bigint: decimal when every character is a digit, else hexadecimal. */
export function parseLong(word: string): bigint {
  if (isDecimal(word)) return BigInt.asUintN(64, BigInt(word));
  if (isNumber(word)) return parseHex(word);
  throw notDigits(new CrashError(`not a valid number: ${word}`), word);
}

/** A count: decimal when every character is a digit, else hexadecimal. */
export const parseCount = (word: string): number => Number(parseLong(word));

/** Strictly decimal: CPU and IRQ numbers. */
export function parseDecimal(word: string): number {
  const bad = [...word].find((character) => !/[0-9]/.test(character));
  if (bad !== undefined || word === '') {
    const error = new CrashError(`${word}: "${bad ?? ''}" is not a digit 0 - 9`);
    const at = bad === undefined ? {} : { at: word.indexOf(bad), length: bad.length };
    throw blame(error, { kind: 'number', word, ...at });
  }
  return Number(word);
}

/**
 * A CPU list: `a`, `all`, `1`, `1-3`, `1,3,5-7`, in ascending order and without doubles.
 * A range that runs backwards is empty; `-1` is 1, as crash reads it.
 */
export function parseCpus(word: string, cpus: number): readonly number[] {
  const chosen = new Set<number>();
  for (const part of word.split(',').filter((text) => text !== '')) {
    if (part === 'a' || part === 'all') {
      for (let cpu = 0; cpu < cpus; cpu++) chosen.add(cpu);
      continue;
    }
    const [first, last] = part.split('-').filter((text) => text !== '');
    const from = parseDecimal(first ?? '');
    const to = last === undefined ? from : parseDecimal(last);
    if (from >= cpus || to >= cpus) {
      const error = new CrashError(`invalid cpu specification: ${word}`);
      throw blame(error, { kind: 'cpus', word, at: word.indexOf(part), length: part.length });
    }
    for (let cpu = from; cpu <= to; cpu++) chosen.add(cpu);
  }
  return [...chosen].sort((a, b) => a - b);
}
