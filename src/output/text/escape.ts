/**
 * Text from a dump is untrusted: a task named `ESC[2J` must not repaint the terminal.
 */

/** C0 but tab and newline, DEL, C1, and the invisible characters that turn text around or break lines. */
const UNSAFE =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;
const MAYBE_UNSAFE = /[^\n\t\x20-\x7e\xa0-\u0600]/;

/** The text with every character that could act on a terminal written as `\x1b` or `\u202e`. */
export const escapeText = (text: string): string => replaceUnsafe(text, escapeCharacter);

/** The text with every character that could act on a terminal replaced; tabs and line feeds stay. */
export const replaceUnsafe = (text: string, replace: (character: string) => string): string =>
  MAYBE_UNSAFE.test(text) ? text.replace(UNSAFE, replace) : text;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/**
 * Bytes of the kernel, one per character as latin1, as displayable text: what is UTF-8 becomes what it
 * says, every other byte above ASCII and every control character is escaped.
 */
export function displayBytes(latin1: string): string {
  return escapeText(decodeBytes(latin1, escapeBytes));
}

/** The same bytes, those of UTF-8 as what they say; `other` makes what is shown of a byte that is none of it. */
export const decodeBytes = (latin1: string, other: (bytes: string) => string): string =>
  latin1.replace(HIGH_BYTES, (bytes) => {
    const text = Buffer.from(bytes, 'latin1').toString('utf8');
    return text.includes('\ufffd') ? other(bytes) : text;
  });

/** Each byte as `\x9f`. */
export const escapeBytes = (bytes: string): string => [...bytes].map(escapeCharacter).join('');
/** A well-formed sequence of UTF-8, or else one byte above ASCII. */
const HIGH_BYTES =
  /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g;
