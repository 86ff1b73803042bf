import type { Candidate } from '../session/completion/candidates.ts';
import type { OutputTap } from './output-writer.ts';

/** So much of the end of an output is looked through, and so many addresses are remembered. */
const TAIL = 32 * 1024;
const KEPT = 50;

/** Addresses that the last commands printed, newest first: what one wants to type next. */
export class RecentAddresses implements OutputTap {
  #line = '';
  #tail = '';
  #known: Candidate[] = [];

  begin(line: string): void {
    this.#line = line.split(/\s/)[0] ?? '';
    this.#tail = '';
  }
  text(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL);
  }
  end(): void {
    const found = [...this.#tail.matchAll(/\b[0-9a-f]{16}\b/g)].map(([text]) => text).reverse();
    const fresh = new Map<string, Candidate>();
    for (const text of found) {
      // Zeros and small numbers are no places.
      if (/^0{6}/.test(text) || fresh.size >= KEPT) continue;
      fresh.set(text, { text, detail: `printed by ${this.#line}`, suffix: ' ' });
    }
    const older = this.#known.filter(({ text }) => !fresh.has(text));
    this.#known = [...fresh.values(), ...older].slice(0, KEPT);
    this.#tail = '';
  }

  candidates(): readonly Candidate[] {
    return this.#known;
  }
}
