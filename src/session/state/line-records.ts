import type { TranscriptRecord } from '../../output/transcript/formats.ts';
import type { Outcome } from '../sinks/outcome.ts';
import type { LineOutput, OutputHistory } from '../sinks/output-history.ts';
import type { SessionState } from './session-state.ts';

/** Bound on remembered lines: the newest are kept. */
const MAX_RECORDS = 20_000;

const EXIT: Readonly<Record<Outcome, number>> = { ok: 0, failed: 1, bug: 4 };

/** What is known of a line before it runs. */
type LineFacts = Pick<RecordedLine, 'line' | 'number' | 'by' | 'at' | 'before'>;

/** Told of every line. */
export interface LineListener {
  begin?(line: RecordedLine): void;
  end?(line: RecordedLine): void;
}

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
  /** Who asked; undefined for the owner of the session. */
  readonly by: string | undefined;
  /** When it was asked, in milliseconds since 1970. */
  readonly at: number;
  /** Why it was not run, or not all of it: the guest who asked may not. */
  refused: string | undefined;
  /** Where its output is; a line of a file has a part of that of the line that named the file. */
  readonly block: LineOutput | undefined;
  readonly #from: number;
  #to: number | undefined;

  constructor({ line, number, by, at, before }: LineFacts, block: LineOutput | undefined) {
    this.line = line;
    this.before = before;
    this.number = number;
    this.by = by;
    this.at = at;
    this.block = block;
    this.#from = block?.count ?? 0;
  }

  /** Ends the record. */
  end(outcome: Outcome, interrupted: boolean): void {
    this.exit = EXIT[outcome];
    this.interrupted ||= interrupted;
    this.#to = this.block?.count ?? 0;
  }

  /** The lines of output that are kept. */
  get output(): Iterable<string> {
    return { [Symbol.iterator]: () => this.#lines() };
  }

  *#lines(): Generator<string, void> {
    const { block } = this;
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
  readonly listeners = new Set<LineListener>();
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
  begin(line: string, number: number, by?: string): void {
    this.end('ok', false);
    const facts = { line, number, by, at: Date.now(), before: this.#state() };
    this.#current = new RecordedLine(facts, this.#blocks?.current);
    for (const { begin } of this.listeners) begin?.(this.#current);
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
    for (const { end } of this.listeners) end?.(line);
  }
}
