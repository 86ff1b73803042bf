import type { AddressNote } from '../../output/task/address-notes.ts';
import { displayWidth } from '../editor/width.ts';
import { pointersOf } from './shapes.ts';

/** The outside of an annotator. */
export interface AnnotatorParts {
  /** A note on an address's target, if it is known. */
  describe(address: bigint): AddressNote | undefined;
  /** Opens what `describe` needs; called once, before the first description. */
  warm(): void;
  enabled(): boolean;
  columns(): number;
  /** Milliseconds. */
  now(): number;
}

/** Milliseconds for the notes of output printed at once; later lines have none. */
const BUDGET_MS = 40;
/** The lines of one screen may take longer. */
const SCREEN = { lines: 50, ms: 200 };
/** A pause between two lines that shows that pages are turned by hand. */
const PAUSE_MS = 100;
/** Notes that are kept. */
const MEMORY = 4096;
/** Columns between a line and its notes, and between two notes. */
const GAP = '  ';

/** Notes after a line of output on the targets of its pointers. */
export class Annotator {
  readonly #parts: AnnotatorParts;
  readonly #known = new Map<bigint, AddressNote | undefined>();
  #warm = false;
  #spent = 0;
  #lines = 0;
  #last = 0;

  constructor(parts: AnnotatorParts) {
    this.#parts = parts;
  }

  /** Starts new output. */
  begin(): void {
    this.#spent = 0;
    this.#lines = 0;
  }

  /** The notes of a line, with the gap before them; '' when there are none, or no room or time. */
  notes(line: string): string {
    const { now, enabled } = this.#parts;
    if (!enabled()) return '';
    const start = now();
    if (start - this.#last > PAUSE_MS) this.begin();
    this.#last = start;
    const budget = this.#lines++ < SCREEN.lines ? SCREEN.ms : BUDGET_MS;
    if (this.#spent >= budget) return '';
    const text = this.#fitting(line);
    this.#last = now();
    this.#spent += this.#last - start;
    return text;
  }

  #fitting(line: string): string {
    const room = this.#parts.columns() - 1 - displayWidth(line) - GAP.length;
    if (room < 3 || line.includes('\t')) return '';
    const { pointers, columns } = pointersOf(line);
    const notes = pointers.map(({ address, label }) => {
      const note = this.#describe(address);
      if (!note || note.told.some((word) => line.includes(word))) return undefined;
      const before = label === '' ? '' : `${label} `;
      return { text: before + note.text, brief: before + note.brief };
    });
    const last = notes.findLastIndex((note) => note !== undefined);
    const kept = notes.slice(0, last + 1);
    const joined = (form: 'text' | 'brief', count: number): string =>
      kept
        .slice(0, count)
        .flatMap((note) => (note ? [note[form]] : columns ? ['-'] : []))
        .join(GAP);
    const forms = [joined('text', kept.length)];
    for (let count = kept.length; count > 0; count--) forms.push(joined('brief', count));
    const fits = forms.find((text) => displayWidth(text) <= room) ?? '';
    return /[^- ]/.test(fits) ? GAP + fits : '';
  }

  #describe(address: bigint): AddressNote | undefined {
    const known = this.#known.get(address);
    if (known || this.#known.has(address)) return known;
    if (!this.#warm) {
      this.#warm = true;
      const start = this.#parts.now();
      this.#parts.warm();
      // Opening is done once and does not count, so that the first output has notes, too.
      this.#spent -= this.#parts.now() - start;
    }
    if (this.#known.size >= MEMORY) this.#known.clear();
    const note = this.#parts.describe(address);
    this.#known.set(address, note);
    return note;
  }
}
