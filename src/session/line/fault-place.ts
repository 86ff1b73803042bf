import type { Fault } from '../../base/errors.ts';
import type { WordSpan } from './words.ts';

/** A line as it was run, and its words; an alias is expanded. */
export interface ShownLine {
  readonly text: string;
  readonly words: readonly WordSpan[];
}

/** A range of characters in a line. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** The place of a fault in the line; undefined when its word is not in it (a line of a script, a nested command). */
export function placeOfFault(line: ShownLine, fault: Fault): Place | undefined {
  const start = startOfWord(line, fault) ?? startOfPart(line, fault);
  if (start === undefined) return undefined;
  const at = Math.min(fault.at ?? 0, fault.word.length);
  const length = fault.at === undefined ? fault.word.length : (fault.length ?? 1);
  return { start: start + at, end: start + at + Math.max(1, length) };
}

/** The word at its index, else the same word elsewhere, else a word that contains it: a member after its dot. */
function startOfWord({ text, words }: ShownLine, { word, index, kind }: Fault): number | undefined {
  if (word === '') return undefined;
  const first = kind === 'command' || kind === 'history' ? 0 : 1;
  const arguments_ = words.slice(first);
  const known = index === undefined ? undefined : arguments_[index];
  const own =
    known?.text === word ? known : arguments_.find((candidate) => candidate.text === word);
  if (own) return startInside(text, own);
  const holds = [...(known ? [known] : []), ...arguments_].find((each) => each.text.includes(word));
  if (holds) {
    const dot = kind === 'member' ? holds.text.indexOf('.') + 1 : 0;
    const at = holds.text.indexOf(word, dot);
    return startInside(text, holds) + (at < 0 ? holds.text.indexOf(word) : at);
  }
  // Several words: an expression.
  const at = text.indexOf(word, first === 0 ? 0 : (words[0]?.end ?? 0));
  return at < 0 ? undefined : at;
}

/** The start of the word whose wrong part is in the line: crash puts parentheses around the operand of `eval`. */
function startOfPart({ text, words }: ShownLine, { word, at, length = 1 }: Fault) {
  if (at === undefined) return undefined;
  const found = text.indexOf(word.slice(at, at + length), words[0]?.end ?? 0);
  return found < 0 ? undefined : found - at;
}

/** The text of a quoted word begins after its quote. */
const startInside = (text: string, { start }: WordSpan): number =>
  text[start] === '"' ? start + 1 : start;

/** Indentation of the shown line, which tells it from output. */
const INDENT = '   ';
const GAP = '..';

/**
 * The line with the fault underlined, and the explanation: beside the caret where it fits, else below. No line is wider
 * than `columns`: of a long line the part around the fault is shown.
 */
export function faultLines(
  text: string,
  place: Place | undefined,
  remarks: readonly string[],
  columns: number,
): string[] {
  const said = remarks.filter((remark) => remark !== '').join('; ');
  const room = Math.max(20, columns - INDENT.length - 1);
  if (!place) return said === '' ? [] : fold(said, room).map((row) => INDENT + row);
  const shown = windowAround(text, place, room);
  const mark = `${' '.repeat(shown.start)}^${'~'.repeat(Math.max(0, shown.length - 1))}`;
  const rows = [INDENT + shown.text];
  if (said === '') return [...rows, INDENT + mark];
  if (mark.length + 1 + said.length <= room) return [...rows, `${INDENT}${mark} ${said}`];
  return [...rows, INDENT + mark, ...fold(said, room).map((row) => INDENT + row)];
}

function windowAround(
  text: string,
  { start, end }: Place,
  room: number,
): { text: string; start: number; length: number } {
  // Characters that are zero or two columns wide would put the caret beside its word.
  const plain = text.replace(/[^\x20-\x7e]/g, '?');
  const length = Math.min(end, plain.length + 1) - start;
  if (plain.length <= room) return { text: plain, start, length };
  const from = Math.max(0, Math.min(start - Math.floor(room / 3), plain.length - room));
  const head = from > 0 ? GAP : '';
  const tail = from + room < plain.length ? GAP : '';
  const cut = plain.slice(from + head.length, from + room - tail.length);
  return {
    text: head + cut + tail,
    start: start - from,
    length: Math.min(length, room - (start - from)),
  };
}

function fold(text: string, width: number): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    if (row !== '' && row.length + 1 + word.length > width) {
      rows.push(row);
      row = word;
    } else row = row === '' ? word : `${row} ${word}`;
  }
  return [...rows, row];
}
