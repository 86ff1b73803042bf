import type { Lines } from '../../../src/session/sinks/output-history.ts';
import { reducePager, resized } from '../../../src/ui/pager/reduce.ts';
import { openState, type PagerState } from '../../../src/ui/pager/state.ts';
import { work } from '../../../src/ui/pager/work.ts';
import { events } from '../play.ts';

/** Lines in memory, more of which may come. */
export class FakeLines implements Lines {
  first = 0;
  ended = true;
  /** How often a line's text was asked for. */
  asked = 0;
  readonly texts: string[];
  constructor(texts: readonly string[]) {
    this.texts = [...texts];
  }
  get count(): number {
    return this.texts.length;
  }
  line(index: number): string | undefined {
    this.asked++;
    return index < this.first ? undefined : this.texts[index];
  }
}

export const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `line ${i + 1}`);

/** A pager's state and lines, played with keys as `events` of play.ts writes them. */
export class PagerPlay {
  readonly lines: FakeLines;
  readonly requests: string[] = [];
  state: PagerState;
  waiting = false;

  constructor(texts: readonly string[], window = { columns: 40, rows: 6 }) {
    this.lines = new FakeLines(texts);
    this.state = openState(window);
    this.settle();
  }

  settle(): void {
    const { state, waiting } = work(this.state, this.lines, () => false);
    this.state = state;
    this.waiting = waiting;
  }
  play(script: string): this {
    const { state, requests } = reducePager(
      this.state,
      events(script),
      this.lines,
      (next) => work(next, this.lines, () => false).state,
    );
    this.state = state;
    this.requests.push(...requests);
    this.settle();
    return this;
  }
  resize(columns: number, rows: number): this {
    this.state = resized(this.state, { columns, rows });
    this.settle();
    return this;
  }
  /** More of the output, and whether that is all. */
  print(texts: readonly string[], ended = false): this {
    this.lines.texts.push(...texts);
    this.lines.ended = ended;
    this.settle();
    return this;
  }
  /** The first and the last line of the page, counted from 1. */
  get shown(): string {
    const { page } = this.state;
    return page.length === 0 ? 'nothing' : `${(page[0] ?? 0) + 1}-${(page.at(-1) ?? 0) + 1}`;
  }
}
