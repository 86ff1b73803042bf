import type { HistoryScope, World } from '../editor/state.ts';
import { searchLines } from './search.ts';
import type { HistoryEntry, HistoryStore } from './store.ts';

/**
 * Lines of the past: those of other dumps first, then those of this dump, then this session's, so that Up goes from the
 * nearest to the farthest. Doubles in a row count once.
 */
export class History implements World {
  readonly #store: HistoryStore;
  readonly #dump: string;
  #lines: string[] = [];
  /** Where this dump's lines and this session's begin. */
  #ofDump = 0;
  #ofSession = 0;

  constructor(store: HistoryStore, dump: string) {
    this.#store = store;
    this.#dump = dump;
  }

  /** Reads the lines on disk; lines added before stay the newest. */
  load(): void {
    const entries = this.#store.load();
    const session = this.#lines.slice(this.#ofSession);
    const lines: string[] = [];
    const take = (wanted: (entry: HistoryEntry) => boolean): void => {
      for (const entry of entries) {
        if (wanted(entry) && lines.at(-1) !== entry.line) lines.push(entry.line);
      }
    };
    take(({ dump }) => dump !== this.#dump);
    this.#ofDump = lines.length;
    take(({ dump }) => dump === this.#dump);
    this.#ofSession = lines.length;
    this.#lines = [...lines, ...session];
  }

  /** Adds a line before it runs: on disk at once. */
  add(line: string, time: number): void {
    this.#store.append(line, time);
    const text = line.trim();
    if (text !== '' && this.#lines.at(-1) !== text) this.#lines.push(text);
  }

  get problem(): string | undefined {
    return this.#store.problem;
  }
  get length(): number {
    return this.#lines.length;
  }

  find(from: number, direction: -1 | 1, prefix: string, except: string) {
    for (let index = from + direction; index >= 0 && index < this.length; index += direction) {
      const line = this.#lines[index] as string;
      if (line.startsWith(prefix) && line !== except) return { index, line };
    }
    return undefined;
  }

  search(query: string, scope: HistoryScope): readonly string[] {
    const from = { all: 0, dump: this.#ofDump, session: this.#ofSession }[scope];
    return searchLines(this.#lines, from, query);
  }

  lastWord(n: number): string {
    const line = this.#lines.at(-n) ?? '';
    return /\S+\s*$/.exec(line)?.[0].trim() ?? '';
  }

  /** The rest of the last line with that beginning; '' when there is none. */
  ghost(text: string): string {
    if (text.trim() === '' || text.includes('\n')) return '';
    const found = this.find(this.length, -1, text, text);
    return found && !found.line.includes('\n') ? found.line.slice(text.length) : '';
  }
}
