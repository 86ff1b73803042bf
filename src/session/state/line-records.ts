import type { TranscriptRecord } from '../../output/transcript/formats.ts';
import type { Outcome } from '../sinks/outcome.ts';
import type { LineOutput, OutputHistory } from '../sinks/output-history.ts';
import type { SessionState } from './session-state.ts';

/** Bound on remembered lines: the newest are kept. */
const MAX_RECORDS = 20_000;

const EXIT: Readonly<Record<Outcome, number>> = { ok: 0, failed: 1, bug: 4 };

/** A line that was run, and the place of its output among the blocks. */
export class RecordedLine implements TranscriptRecord {
  readonly number: number;
  readonly line: string;
  /** State of the session before the line. */
  readonly before: SessionState;
  exit = 0;
  /** The answer is incomplete: Ctrl-C, or a pager that was left. */
  interrupted = false;
  elsewhere = false;
  readonly #block: LineOutput | undefined;
  readonly #from: number;
  #to: number | undefined;

  constructor(line: string, number: number, before: SessionState, block: LineOutput | undefined) {
    this.line = line;
    this.before = before;
    this.number = number;
    this.#block = block;
    this.#from = block?.count ?? 0;
  }

  /** Ends the record. */
  end(outcome: Outcome, interrupted: boolean): void {
    this.exit = EXIT[outcome];
    this.interrupted ||= interrupted;
    this.#to = this.#block?.count ?? 0;
  }

  /** The lines of output that are kept. */
  get output(): Iterable<string> {
    return { [Symbol.iterator]: () => this.#lines() };
  }

  *#lines(): Generator<string, void> {
    const block = this.#block;
    if (!block) return;
    const first = Math.max(this.#from, block.first);
    if (first > this.#from) yield `(${first - this.#from} lines are not kept any more)`;
    const to = this.#to ?? block.count;
    for (let index = first; index < to; index++) yield block.line(index) ?? '';
  }
}

/**
 * Every line of a session with its output: lines of the prompt and lines of files. The output itself is in the blocks;
 * a line of a file that was named at the prompt has a part of that line's block.
 */
export class LineRecords {
  readonly lines: RecordedLine[] = [];
  /** Called for every line when it has ended. */
  onLine: ((line: RecordedLine) => void) | undefined;
  readonly #blocks: OutputHistory | undefined;
  readonly #state: () => SessionState;
  #current: RecordedLine | undefined;

  /** `state` returns the session's state, before each line. */
  constructor(blocks: OutputHistory | undefined, state: () => SessionState) {
    this.#blocks = blocks;
    this.#state = state;
  }

  /** The line that is running. */
  get current(): RecordedLine | undefined {
    return this.#current;
  }

  /** `number` in the history; 0 for a line of a file. Ends the line before, which named the file. */
  begin(line: string, number: number): void {
    this.end('ok', false);
    this.#current = new RecordedLine(line, number, this.#state(), this.#blocks?.current);
  }

  /**
   * To be called after the line's block has ended, where it has one of its own. Does nothing without a running line.
   */
  end(outcome: Outcome, interrupted: boolean): void {
    const line = this.#current;
    if (!line) return;
    this.#current = undefined;
    line.end(outcome, interrupted);
    this.lines.push(line);
    if (this.lines.length > MAX_RECORDS) this.lines.shift();
    this.onLine?.(line);
  }
}
