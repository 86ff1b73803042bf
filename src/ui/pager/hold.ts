import { displayWidth } from '../editor/width.ts';
import type { Kind } from '../output-writer.ts';
import type { Window } from '../view/frame.ts';

/** Longest time that output is held: a slow command's lines appear as they come. */
const HOLD_MS = 200;
/** Rows that the prompt takes below an output that fits. */
const PROMPT_ROWS = 2;

/** The outside of a hold. */
export interface HoldParts {
  window(): Window;
  print(text: string, kind: Kind): void;
}

/** Output that may fit the window is held for a moment, until it is known whether it does. */
export class Hold {
  /** Output is paged also when it fits. */
  always = false;
  /** Lines that are in the scrollback. */
  printed = 0;
  readonly #parts: HoldParts;
  #held: { readonly text: string; readonly kind: Kind }[] = [];
  #rows = 0;
  /** Columns of a line that has not ended. */
  #open = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: HoldParts) {
    this.#parts = parts;
  }

  /** False when it is more than fits: the held text and the new text are for the pager. */
  take(text: string, kind: Kind): boolean {
    const { rows, columns } = this.#parts.window();
    this.#count(text, columns, Math.max(1, rows - PROMPT_ROWS));
    const taken = this.#rows + Math.ceil(this.#open / columns);
    if (this.always || taken > rows - PROMPT_ROWS) return false;
    this.#held.push({ text, kind });
    this.#timer ??= setTimeout(() => this.#print(), HOLD_MS);
    return true;
  }

  /** Ends the output: what is held fits. */
  end(): void {
    this.#print();
  }

  /** Drops the held text; returns its hints. */
  drop(): string {
    clearTimeout(this.#timer);
    const hints = this.#held.filter(({ kind }) => kind === 'hint').map(({ text }) => text);
    this.#held = [];
    return hints.join('');
  }

  #print(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const { text, kind } of this.#held) {
      this.#parts.print(text, kind);
      if (kind !== 'hint') this.printed += text.split('\n').length - 1;
    }
    this.#held = [];
  }

  /** Rows of the window that the text takes, counted up to `enough`. */
  #count(text: string, columns: number, enough: number): void {
    let at = 0;
    while (at < text.length && this.#rows <= enough) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const width = this.#open + displayWidth(text.slice(at, Math.min(end, at + 65536)));
      if (newline < 0) {
        this.#open = width;
        return;
      }
      this.#rows += Math.max(1, Math.ceil(width / columns));
      this.#open = 0;
      at = newline + 1;
    }
  }
}
