import type { OutputTap } from '../output-writer.ts';
import { type PickWord, type PlaceRules, wordsOf } from './words.ts';

/** Bytes of an output's end that are searched: enough for more addresses than labels. */
const TAIL = 128 * 1024;
/** Outputs without words that are skipped for an older one. */
const KEPT = 4;

/** The words of the last output that has any, found on demand. */
export class LastOutput implements OutputTap {
  readonly #rules: PlaceRules;
  #running = '';
  /** The page that a pager left on the screen. */
  #left: string | undefined;
  #outputs: string[] = [];
  #found: readonly PickWord[] | undefined;

  constructor(rules: PlaceRules) {
    this.#rules = rules;
  }

  begin(): void {
    this.#running = '';
    this.#left = undefined;
  }
  text(text: string): void {
    const joined = this.#running + text;
    this.#running = joined.length > 2 * TAIL ? joined.slice(-TAIL) : joined;
  }
  left(page: string): void {
    this.#left = page;
  }
  end(): void {
    const text = (this.#left || this.#running).slice(-TAIL);
    this.#running = '';
    if (text === '') return;
    this.#outputs = [text, ...this.#outputs].slice(0, KEPT);
    this.#found = undefined;
  }

  words(): readonly PickWord[] {
    if (!this.#found) {
      for (const output of this.#outputs) {
        this.#found = wordsOf(output, this.#rules);
        if (this.#found.length > 0) break;
      }
    }
    return this.#found ?? [];
  }
}
