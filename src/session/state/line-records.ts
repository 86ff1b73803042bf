import type { TranscriptRecord } from '../../output/transcript/formats.ts';
import type { Outcome } from '../sinks/outcome.ts';
import type { LineOutput, OutputHistory } from '../sinks/output-history.ts';
import type { SessionState } from './session-state.ts';

/** Lines that are remembered; of a longer session the newest. */
const MAX_RECORDS = 20_000;

const EXIT: Readonly<Record<Outcome, number>> = { ok: 0, failed: 1, bug: 4 };

/** A line that was run, and where its output lies among the blocks. */
export class RecordedLine implements TranscriptRecord {
  readonly number: number;
  readonly line: string;
  /** What the session was like when it began. */
  readonly before: SessionState;
  exit = 0;
  /** Not all of the answer is there: Ctrl-C, or a pager that was left. */
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

  /** Nothing more belongs to it. */
  end(outcome: Outcome, interrupted: boolean): void {
    this.exit = EXIT[outcome];
    this.interrupted ||= interrupted;
    this.#to = this.#block?.count ?? 0;
  }

  /** The lines it printed, as far as they are kept. */
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
 * Every line of a session with its output: those that were entered, and those of files. The output itself is in the
 * blocks; a line of a file that was named at the prompt has a part of that line's block.
 */
export class LineRecords {
  readonly lines: RecordedLine[] = [];
  /** Is told of every line when it has ended. */
  onLine: ((line: RecordedLine) => void) | undefined;
  readonly #blocks: OutputHistory | undefined;
  readonly #state: () => SessionState;
  #current: RecordedLine | undefined;

  /** `state` tells what the session is like, before each line. */
  constructor(blocks: OutputHistory | undefined, state: () => SessionState) {
    this.#blocks = blocks;
    this.#state = state;
  }

  /** The line that runs. */
  get current(): RecordedLine | undefined {
    return this.#current;
  }

  /** `number` in the history; 0 for a line of a file. Ends the line before: it has named the file. */
  begin(line: string, number: number): void {
    this.end('ok', false);
    this.#current = new RecordedLine(line, number, this.#state(), this.#blocks?.current);
  }

  /** After the line's block has ended, where it has one to itself. Without a line that runs nothing happens. */
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
