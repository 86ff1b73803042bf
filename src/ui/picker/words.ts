import { type VAddr, va } from '../../base/address.ts';

/** A word of an output that can be picked. */
export interface PickWord {
  readonly kind: 'address' | 'symbol' | 'pid';
  /** Hexadecimal digits, a name, or decimal digits. */
  readonly text: string;
}

/** Words offered, the newest. */
export const MAX_WORDS = 500;

/** Contexts in which a name is a symbol's: in a frame, beside its letter, with a distance, or in angle brackets. */
const SYMBOL = [
  String.raw`(?<=^ *#\d+ \[[0-9a-f]+\] )[A-Za-z_][\w.]*(?= at )`,
  String.raw`(?<=\([A-Za-z]\) )[A-Za-z_][\w.]*`,
  String.raw`(?<=<)[A-Za-z_][\w.]*(?=(?:\+\d+)?>)`,
  String.raw`(?<![\w.])[A-Za-z_][\w.]*(?=\+(?:0x[0-9a-f]+|\d+)(?![\w.]))`,
].join('|');
const PID = String.raw`(?<=\bPID: *)\d+|(?<=^[> ] +)\d+(?= +\d+ +\d+ +[0-9a-f]{8,16} )`;
const WORD = new RegExp(
  `(?<address>\\b(?:0x)?[0-9a-f]{8,16}\\b)|(?<pid>${PID})|(?<symbol>${SYMBOL})`,
  'g',
);

/** The form of this machine's addresses, by src/arch. */
export interface PlaceRules {
  /** Bytes of an address. */
  readonly pointerSize: number;
  /** The lowest address of the kernel's half. */
  readonly kernelStart: bigint;
  isCanonical(address: VAddr): boolean;
}

/** The words of a text that can be picked, each once: of its last line first, and from left to right in a line. */
export function wordsOf(text: string, rules: PlaceRules): PickWord[] {
  const found = new Map<string, PickWord>();
  const lines = text.split('\n');
  for (let at = lines.length - 1; at >= 0 && found.size < MAX_WORDS; at--) {
    for (const { groups } of restOf(lines, at).matchAll(WORD)) {
      const word = wordOf(groups ?? {}, rules);
      if (word && found.size < MAX_WORDS && !found.has(word.text)) found.set(word.text, word);
    }
  }
  return [...found.values()];
}

/** A line of memory continues the one before: its address is not offered. */
const MEMORY = /^ *[0-9a-f]{8,16}: /;

function restOf(lines: readonly string[], at: number): string {
  const line = lines[at] ?? '';
  const goesOn = MEMORY.test(line) && MEMORY.test(lines[at - 1] ?? '');
  return goesOn ? line.slice(line.indexOf(':')) : line;
}

function wordOf(
  { address, pid, symbol }: Record<string, string | undefined>,
  rules: PlaceRules,
): PickWord | undefined {
  if (pid !== undefined) return pid === '0' ? undefined : { kind: 'pid', text: pid };
  if (symbol !== undefined) return { kind: 'symbol', text: symbol };
  const digits = (address ?? '').replace(/^0x/, '').replace(/^0+/, '');
  return isPlace(digits, rules) ? { kind: 'address', text: digits } : undefined;
}

/** The high user addresses of a process with 47 bits: stack, heap and code. Lower numbers may be anything. */
const USER_PLACE = /^[57][0-9a-f]{11}$/;
/** MAX_ERRNO of include/linux/err.h, and one more: the highest addresses are error numbers. */
const ERRORS = 4096n;

/** An address in the kernel's half that is no error number, or high in the user half. */
function isPlace(digits: string, rules: PlaceRules): boolean {
  if (digits === '') return false;
  const address = va(BigInt(`0x${digits}`));
  if (!rules.isCanonical(address)) return false;
  if (address < rules.kernelStart) return USER_PLACE.test(digits);
  return address < (1n << BigInt(8 * rules.pointerSize)) - ERRORS;
}
