import type { Candidate } from '../session/completion/candidates.ts';
import type { OutputTap } from './output-writer.ts';

/** Bytes of an output's end that are searched, and addresses that are kept. */
const TAIL = 32 * 1024;
const KEPT = 50;

/** Addresses in the output of the last commands, newest first, for completion. */
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
      // Zeros and small numbers are no addresses.
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
