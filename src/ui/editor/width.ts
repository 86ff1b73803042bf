/** Characters as a reader sees them, and their width in columns. */

const ASCII = /^[\x20-\x7e]*$/;
let segmenter: Intl.Segmenter | undefined;

/** The text in grapheme clusters: letters with their accents, emoji with their joiners. */
export function graphemes(text: string): string[] {
  if (ASCII.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The place after the character at `at`. Places are UTF-16 indexes, as of strings. */
export function nextPlace(text: string, at: number): number {
  if (at >= text.length) return text.length;
  // An ASCII character is joined only to a character above ASCII.
  if (text.charCodeAt(at) < 0x80 && !(text.charCodeAt(at + 1) >= 0x80)) return at + 1;
  const [first = ''] = graphemes(text.slice(at, at + 64));
  return at + Math.max(1, first.length);
}

/** The place of the character before `at`. */
export function previousPlace(text: string, at: number): number {
  if (at <= 0) return 0;
  if (text.charCodeAt(at - 1) < 0x80) return at - 1;
  const from = text.lastIndexOf('\n', at - 1) + 1;
  return at - (graphemes(text.slice(from, at)).at(-1)?.length ?? 1);
}

/** East Asian Wide and Fullwidth (UAX #11), in blocks; emoji are asked for by property. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];

/** Columns of one character as {@link graphemes} gives it: 0, 1 or 2. */
export function widthOf(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0x300) return grapheme.includes('\ufe0f') ? 2 : 1;
  if (/^[\p{Mark}\p{Default_Ignorable_Code_Point}]/u.test(grapheme)) return 0;
  if (/^\p{Emoji_Presentation}/u.test(grapheme) || grapheme.includes('\ufe0f')) return 2;
  return WIDE.some(([low, high]) => code >= low && code <= high) ? 2 : 1;
}

/** Columns of a text without escapes. */
export function displayWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(text)) width += widthOf(grapheme);
  return width;
}

/** The beginning of the text that fits; `mark` replaces the rest. */
export function shorten(text: string, columns: number, mark = '…'): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let kept = '';
  for (const grapheme of graphemes(text)) {
    width += widthOf(grapheme);
    if (width > columns - displayWidth(mark)) break;
    kept += grapheme;
  }
  return columns < displayWidth(mark) ? '' : kept + mark;
}
