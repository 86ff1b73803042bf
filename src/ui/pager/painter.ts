import type { PagerFrame } from './view.ts';

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const TO_END = '\x1b[K';
/** Synchronized output: the terminal shows a frame when it is complete, if it knows the sequence. */
const BEGIN = '\x1b[?2026h';
const END = '\x1b[?2026l';

/** Frames as escapes: only rows that have changed, each from its first column on. The screen is never cleared. */
export class FramePainter {
  #rows: string[] = [];
  #columns = 0;
  #cursor = -1;

  /** The screen's contents are unknown. */
  forget(): void {
    this.#rows = [];
    this.#cursor = -2;
  }

  /** '' when nothing has changed. */
  paint({ rows, cursor }: PagerFrame, columns: number): string {
    if (columns !== this.#columns) this.forget();
    this.#columns = columns;
    let text = '';
    rows.forEach((row, index) => {
      if (this.#rows[index] === row.text) return;
      // After the last column the cursor stays on it, and erasing would remove its character.
      const rest = row.width < columns ? TO_END : '';
      text += `\x1b[${index + 1};1H${row.text}${rest}`;
    });
    const place = cursor ?? -1;
    if (text === '' && place === this.#cursor) return '';
    this.#rows = rows.map((row) => row.text);
    this.#cursor = place;
    const last = place < 0 ? '' : `\x1b[${rows.length};${place + 1}H${SHOW}`;
    return BEGIN + HIDE + text + last + END;
  }
}
