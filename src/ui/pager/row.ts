import { graphemes, widthOf } from '../editor/width.ts';

const TAB = 8;
const ESCAPE = /(\x1b\[[0-9;]*m)/;
const REVERSE = '\x1b[7m';
const FORWARD = '\x1b[27m';
const RESET = '\x1b[0m';

/** The part of a line that a window shows. */
export interface RowView {
  /** Columns that are scrolled out at the left. */
  readonly shift: number;
  readonly columns: number;
  /** Drawn in the last column of a line that continues. */
  readonly mark: string;
  /** Highlighted ranges of the plain text, ascending: start and end. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

/** A row of the window, and how many columns it takes. */
export interface DrawnRow {
  readonly text: string;
  readonly width: number;
}

/** One line, in colour or not, cut to the window's part. Colours and highlights end with the row. */
export function drawRow(painted: string, view: RowView): DrawnRow {
  const brush = new Brush(view);
  for (const piece of painted.split(ESCAPE)) {
    if (piece.startsWith('\x1b')) brush.escape(piece);
    else if (!brush.text(piece)) break;
  }
  return brush.row();
}

class Brush {
  readonly #view: RowView;
  readonly #end: number;
  #out = '';
  #styled = false;
  #lit = false;
  /** The place in the plain text, and the column of the whole line. */
  #place = 0;
  #column = 0;
  #range = 0;
  /** What the row was before its last column was taken. */
  #before: { readonly out: string; readonly width: number } | undefined;
  #width = 0;
  #cut = false;

  constructor(view: RowView) {
    this.#view = view;
    this.#end = view.shift + view.columns;
  }

  escape(code: string): void {
    this.#out += code;
    this.#styled = true;
    // A reset within a match does not end the highlight.
    if (this.#lit) this.#out += REVERSE;
  }

  /** False when the row is full. */
  text(text: string): boolean {
    for (const character of graphemes(text)) {
      const width = character === '\t' ? TAB - (this.#column % TAB) : widthOf(character);
      if (this.#column + width > this.#end && width > 0) {
        this.#cut = true;
        return false;
      }
      this.#light();
      this.#put(character, width);
      this.#place += character.length;
      this.#column += width;
    }
    return true;
  }

  row(): DrawnRow {
    const { columns, mark } = this.#view;
    if (this.#cut) {
      const { out, width } = this.#before ?? { out: this.#out, width: this.#width };
      const blank = ' '.repeat(Math.max(0, columns - 1 - width));
      return { text: `${out}${RESET}${blank}${REVERSE}${mark}${RESET}`, width: columns };
    }
    return { text: this.#styled ? this.#out + RESET : this.#out, width: this.#width };
  }

  #put(character: string, width: number): void {
    const { shift, columns } = this.#view;
    // A wide character cut by the left edge is shown as a blank.
    const seen = Math.min(width, this.#column + width - shift);
    if (seen <= 0 && (width > 0 || this.#column <= shift)) return;
    if (this.#before === undefined && this.#width + seen >= columns) {
      this.#before = { out: this.#out, width: this.#width };
    }
    this.#out += character === '\t' || seen < width ? ' '.repeat(seen) : character;
    this.#width += seen;
  }

  #light(): void {
    const { ranges } = this.#view;
    while ((ranges[this.#range]?.[1] ?? Number.POSITIVE_INFINITY) <= this.#place) this.#range++;
    const lit = (ranges[this.#range]?.[0] ?? Number.POSITIVE_INFINITY) <= this.#place;
    if (lit === this.#lit) return;
    this.#lit = lit;
    this.#styled = true;
    this.#out += lit ? REVERSE : FORWARD;
  }
}
