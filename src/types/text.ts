/**
 * C text of bytes as gdb 10 writes it in a UTF-8 locale. Only printable characters are copied: bytes of a dump cannot
 * reach a terminal as a control sequence or turn the direction of writing.
 */

const ESCAPES: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
};

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const octal = (byte: number): string => `\\${byte.toString(8).padStart(3, '0')}`;

const WIDE_PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The character of two to four bytes of UTF-8 at `at`, or '' when there is none or it does not print. */
function utf8At(bytes: Uint8Array, at: number, end: number): string {
  const lead = bytes[at]!;
  const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (at + length > end) return '';
  try {
    const character = UTF8.decode(bytes.subarray(at, at + length));
    return WIDE_PRINTABLE.test(character) ? character : '';
  } catch (error) {
    if (error instanceof TypeError) return ''; // not UTF-8
    throw error;
  }
}

/** The body of a literal in `quote`s. A digit after an octal escape is escaped too, as gdb does. */
function body(bytes: Uint8Array, from: number, to: number, quote: string): string {
  let text = '';
  let afterOctal = false;
  for (let i = from; i < to; i++) {
    const byte = bytes[i]!;
    const short = ESCAPES[byte];
    if (short !== undefined) {
      text += short;
      afterOctal = false;
    } else if (isPrintable(byte) && !(afterOctal && isDigit(byte))) {
      const character = String.fromCharCode(byte);
      text += character === quote || character === '\\' ? `\\${character}` : character;
      afterOctal = false;
    } else {
      const wide = byte >= 0xc2 ? utf8At(bytes, i, to) : '';
      text += wide === '' ? octal(byte) : wide;
      afterOctal = wide === '';
      if (wide !== '') i += Buffer.byteLength(wide) - 1;
    }
  }
  return text;
}

/** `'a'`, `'\000'`, `'\''`. */
export function characterText(byte: number): string {
  return `'${body(Uint8Array.of(byte), 0, 1, "'")}'`;
}

/**
 * `"init\000..."`: all of `bytes`, less one NUL at the end. `...` follows after `limit` characters, but a run of equal
 * characters is not cut. `more` adds `...` for a string that continues in memory.
 */
export function stringText(bytes: Uint8Array, limit: number, more = false): string {
  let length = bytes.length;
  if (!more && length > 0 && bytes[length - 1] === 0) length--;
  if (length === 0) return more ? '""...' : '""';
  let end = 0;
  while (end < length && end < limit) {
    const byte = bytes[end]!;
    while (end < length && bytes[end] === byte) end++;
  }
  return `"${body(bytes, 0, end, '"')}"${more || end < length ? '...' : ''}`;
}
