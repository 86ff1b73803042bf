/**
 * Text from a dump is untrusted: a task named `ESC[2J` must not repaint the terminal.
 */

/**
 * Controls but tab and line feed, and by property what is invisible, breaks lines, turns text around, or has no meaning
 * that all agree on: formats, tags, variation selectors, fillers, separators, surrogates, private and unassigned ones.
 */
const UNSAFE =
  /(?![\t\n])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}]/gu;
/** All but what needs no look: printable ASCII, and Latin letters without the soft hyphen. */
const MAYBE_UNSAFE = /[^\n\t\x20-\x7e\xa0-\xac\xae-\u02ff]/;

/** The text with every character that could act on a terminal written as `\x1b` or `\u202e`. */
export const escapeText = (text: string): string => replaceUnsafe(text, escapeCharacter);

/** The text with every character that could act on a terminal replaced; tabs and line feeds stay. */
export const replaceUnsafe = (text: string, replace: (character: string) => string): string =>
  MAYBE_UNSAFE.test(text) ? text.replace(UNSAFE, replace) : text;

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const digits = code.toString(16);
  if (code < 0x100) return `\\x${digits.padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${digits.padStart(4, '0')}` : `\\u{${digits}}`;
}

/**
 * Bytes of the kernel, one per character as latin1, as displayable text: what is UTF-8 becomes what it
 * says, every other byte above ASCII and every control character is escaped. Tabs and line feeds stay.
 */
export const displayText = (latin1: string): string => escapeText(decodeBytes(latin1, escapeBytes));

/** The same for a name in a row: a line feed in it would forge a row, and a tab a column. */
export const displayBytes = (latin1: string): string => oneRow(displayText(latin1));

/** A name that is text (a path on the command line) in a row. */
export const displayName = (text: string): string => oneRow(escapeText(text));

const oneRow = (text: string): string =>
  /[\n\t]/.test(text) ? text.replaceAll('\n', '\\n').replaceAll('\t', '\\t') : text;

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
