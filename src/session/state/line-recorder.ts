import type { Outcome } from '../sinks/outcome.ts';
import type { Session } from './session.ts';

/** Keeps the books of the lines that a shell runs: history, blocks of output, records for transcripts. */
export class LineRecorder {
  readonly #session: Session;
  readonly #guard: (work: () => void) => void;

  /** `guard` does what may fail (a transcript's disk is full), and says so. */
  constructor(session: Session, guard: (work: () => void) => void) {
    this.#session = session;
    this.#guard = guard;
  }

  /** A line that was entered begins. */
  begin(line: string): void {
    const { history, blocks, recorder } = this.#session;
    const number = history.push(line);
    blocks?.begin(number, line);
    recorder.begin(line, number);
  }

  end(outcome: Outcome): void {
    const { blocks, interrupted } = this.#session;
    blocks?.end(outcome, interrupted);
    this.#record(outcome);
  }

  /** The line that has named a file has said all it had to say; lines of the file follow. */
  pause(): void {
    this.#guard(() => this.#session.recorder.end('ok', false));
  }

  /** A line of a file; where the file was not named by a line, its output is a block of its own. */
  async fileLine(line: string, run: () => Promise<Outcome>): Promise<Outcome> {
    const { blocks, recorder } = this.#session;
    const own = blocks?.current === undefined;
    if (own) blocks?.begin(0, line);
    recorder.begin(line, 0);
    let outcome: Outcome = 'bug';
    try {
      outcome = await run();
    } finally {
      if (own) blocks?.end(outcome);
      this.#record(outcome);
    }
    return outcome;
  }

  #record(outcome: Outcome): void {
    const { recorder, interrupted } = this.#session;
    this.#guard(() => recorder.end(outcome, interrupted));
  }
}
