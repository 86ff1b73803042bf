import type { Line } from './state.ts';
import { displayWidth, nextPlace, previousPlace } from './width.ts';

/** Motions in a text. All pure: from a line to a place. */
export type Motion = (line: Line) => number;

type CharacterClass = 0 | 1 | 2;
const classOf = (text: string, at: number): CharacterClass => {
  const character = text[at] ?? ' ';
  if (/\s/.test(character)) return 0;
  return /[\p{L}\p{N}_]/u.test(character) || character > '\u007f' ? 1 : 2;
};
/** vi's WORD: all characters but blanks are of one class. */
const bigClassOf = (text: string, at: number): CharacterClass => (classOf(text, at) === 0 ? 0 : 1);

/** One character to the left. */
export const charLeft: Motion = ({ text, cursor }) => previousPlace(text, cursor);
/** One character to the right. */
export const charRight: Motion = ({ text, cursor }) => nextPlace(text, cursor);
/** To the start of this line of the block. */
export const lineStart: Motion = ({ text, cursor }) =>
  cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
/** To the end of this line of the block. */
export const lineEnd: Motion = ({ text, cursor }) => {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
};
/** To the start of the block. */
export const textStart: Motion = () => 0;
/** To the end of the block. */
export const textEnd: Motion = ({ text }) => text.length;

/** emacs: to the end of this or the next word. A word is letters, digits and underscores. */
export const wordRight: Motion = ({ text, cursor }) => {
  let at = cursor;
  while (at < text.length && classOf(text, at) !== 1) at++;
  while (at < text.length && classOf(text, at) === 1) at++;
  return at;
};
/** emacs: to the start of this or the previous word. */
export const wordLeft: Motion = ({ text, cursor }) => {
  let at = cursor;
  while (at > 0 && classOf(text, at - 1) !== 1) at--;
  while (at > 0 && classOf(text, at - 1) === 1) at--;
  return at;
};
/** To the start of this or the previous word, where only blanks separate (Ctrl-W). */
export const blankWordLeft: Motion = ({ text, cursor }) => {
  let at = cursor;
  while (at > 0 && bigClassOf(text, at - 1) === 0) at--;
  while (at > 0 && bigClassOf(text, at - 1) !== 0) at--;
  return at;
};

/** vi's w and W: to the start of the next run. */
export const nextRun =
  (big: boolean): Motion =>
  ({ text, cursor }) => {
    const kind = big ? bigClassOf : classOf;
    let at = cursor;
    const start = kind(text, at);
    while (at < text.length && start !== 0 && kind(text, at) === start) at++;
    while (at < text.length && kind(text, at) === 0) at++;
    return at;
  };
/** vi's e and E: onto the last character of this or the next run. */
export const runEnd =
  (big: boolean): Motion =>
  ({ text, cursor }) => {
    const kind = big ? bigClassOf : classOf;
    let at = cursor + 1;
    while (at < text.length && kind(text, at) === 0) at++;
    const run = kind(text, at);
    while (at + 1 < text.length && kind(text, at + 1) === run) at++;
    return Math.min(at, Math.max(0, text.length - 1));
  };
/** vi's b and B: to the start of this or the previous run. */
export const previousRun =
  (big: boolean): Motion =>
  ({ text, cursor }) => {
    const kind = big ? bigClassOf : classOf;
    let at = cursor;
    while (at > 0 && kind(text, at - 1) === 0) at--;
    const run = at > 0 ? kind(text, at - 1) : 0;
    while (at > 0 && kind(text, at - 1) === run) at--;
    return at;
  };
/** vi's ^: the first character of the line that is no blank. */
export const firstNonBlank: Motion = (line) => {
  const start = lineStart(line);
  const [blanks = ''] = /^[^\S\n]*/.exec(line.text.slice(start)) ?? [];
  return start + blanks.length;
};

/** vi's f, F, t and T: the place of a character of this line; undefined when it does not occur. */
export function findCharacter(line: Line, how: string, what: string): number | undefined {
  const { text, cursor } = line;
  if (how === 'f' || how === 't') {
    const at = text.indexOf(what, cursor + 1);
    if (at < 0 || at >= lineEnd(line)) return undefined;
    return how === 't' ? at - 1 : at;
  }
  const at = cursor === 0 ? -1 : text.lastIndexOf(what, cursor - 1);
  if (at < lineStart(line)) return undefined;
  return how === 'T' ? at + 1 : at;
}

/** The place one row up or down at about the same column; undefined when there is no such row. */
export function verticalPlace(line: Line, direction: -1 | 1, goal: number): number | undefined {
  const start = lineStart(line);
  const end = lineEnd(line);
  if (direction < 0 && start === 0) return undefined;
  if (direction > 0 && end === line.text.length) return undefined;
  const row = { text: line.text, cursor: direction < 0 ? start - 1 : end + 1 };
  const rowEnd = lineEnd(row);
  let at = lineStart(row);
  const first = at;
  while (at < rowEnd && displayWidth(line.text.slice(first, nextPlace(line.text, at))) <= goal) {
    at = nextPlace(line.text, at);
  }
  return at;
}

/** The column of the cursor in its line. */
export const columnOf = (line: Line): number =>
  displayWidth(line.text.slice(lineStart(line), line.cursor));
