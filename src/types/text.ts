/**
 * C text of bytes as gdb 10 writes it. Only printable ASCII stands for itself: what comes from a dump cannot
 * reach a terminal as a control sequence.
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
      text += octal(byte);
      afterOctal = true;
    }
  }
  return text;
}

/** `'a'`, `'\000'`, `'\''`. */
export function characterText(byte: number): string {
  return `'${body(Uint8Array.of(byte), 0, 1, "'")}'`;
}

/**
 * `"init\000..."`: all of `bytes`, less one NUL at the end. After `limit` characters `...` stands, but a run of
 * equal characters is not cut. `more` adds `...` to say that the string goes on in memory.
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
