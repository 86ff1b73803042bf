import type { Mark } from '../../session/completion/typing-hint.ts';
import { graphemes, widthOf } from '../editor/width.ts';
import type { Row, Span, Style } from './palette.ts';

/** crash's prompt. */
export const PROMPT = 'crash> ';

/** The rows of the typed text, and the cursor in them. */
export interface InputLayout {
  readonly rows: readonly Row[];
  readonly cursor: { readonly x: number; readonly y: number };
}

interface InputFacts {
  readonly text: string;
  readonly cursor: number;
  readonly ghost: string;
  readonly marks: readonly Mark[];
  readonly columns: number;
  readonly maxRows: number;
  readonly prompt: string;
}

/**
 * The typed text as rows that do not wrap in the terminal: broken at the window's edge, cut to the rows around the
 * cursor when there are too many.
 */
export function layoutInput(facts: InputFacts): InputLayout {
  const { text, columns, maxRows, prompt } = facts;
  const width = Math.max(prompt.length + 2, columns - 1);
  const pen = new Pen(width, facts.cursor, ' '.repeat(prompt.length));
  const continued = `${' '.repeat(Math.max(0, prompt.length - 2))}> `;
  let place = 0;
  for (const [index, line] of text.split('\n').entries()) {
    if (index > 0) place++;
    pen.begin(index === 0 ? prompt : continued);
    for (const character of graphemes(line)) {
      pen.put(character, place, styleAt(facts.marks, place));
      place += character.length;
    }
    pen.finish(place);
  }
  if (facts.ghost !== '' && facts.cursor === text.length) pen.ghost(facts.ghost);
  const first = Math.min(
    Math.max(0, pen.cursor.y - maxRows + 1),
    Math.max(0, pen.rows.length - maxRows),
  );
  return {
    rows: pen.rows.slice(first, first + maxRows).map(joined),
    cursor: { x: pen.cursor.x, y: pen.cursor.y - first },
  };
}

const styleAt = (marks: readonly Mark[], place: number): Style =>
  marks.some(({ start, end }) => place >= start && place < end) ? 'bad' : 'plain';

/** Writes characters from left to right and records the cursor's position. */
class Pen {
  readonly rows: Span[][] = [];
  cursor = { x: 0, y: 0 };
  readonly #width: number;
  readonly #place: number;
  /** Stands before a row that goes on. */
  readonly #indent: string;
  #x = 0;

  constructor(width: number, place: number, indent: string) {
    this.#width = width;
    this.#place = place;
    this.#indent = indent;
  }

  begin(prompt: string): void {
    this.rows.push([{ text: prompt, style: 'prompt' }]);
    this.#x = prompt.length;
  }
  put(character: string, place: number, style: Style): void {
    const width = widthOf(character);
    if (this.#x + width > this.#width) this.begin(this.#indent);
    if (place <= this.#place) this.#mark();
    this.rows.at(-1)?.push({ text: character, style });
    this.#x += width;
  }
  /** The end of a typed line: a possible place of the cursor. */
  finish(place: number): void {
    if (place > this.#place) return;
    if (place === this.#place && this.#x >= this.#width) this.begin(this.#indent);
    this.#mark();
  }
  /** As much of the ghost text as the row holds. */
  ghost(text: string): void {
    for (const character of graphemes(text)) {
      this.#x += widthOf(character);
      if (this.#x > this.#width) return;
      this.rows.at(-1)?.push({ text: character, style: 'dim' });
    }
  }
  #mark(): void {
    this.cursor = { x: this.#x, y: this.rows.length - 1 };
  }
}

/** Neighbours of one style as one span. */
function joined(row: readonly Span[]): Row {
  const spans: Span[] = [];
  for (const { text, style = 'plain' } of row) {
    const last = spans.at(-1);
    if (last && last.style === style) spans[spans.length - 1] = { text: last.text + text, style };
    else spans.push({ text, style });
  }
  return spans;
}
