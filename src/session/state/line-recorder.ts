import type { Outcome } from '../sinks/outcome.ts';
import type { Reach } from './confinement.ts';
import type { Session } from './session.ts';

/** In the place of a line that was refused: a comment, which does nothing when it is recalled. */
const REFUSED_LINE = '# refused for guests';

/** Records the lines that a shell runs: history, blocks of output, transcripts. */
export class LineRecorder {
  readonly #session: Session;
  readonly #guard: (work: () => void) => void;

  /** `guard` runs work that may fail (a transcript's disk is full), and reports the failure. */
  constructor(session: Session, guard: (work: () => void) => void) {
    this.#session = session;
    this.#guard = guard;
  }

  /** Starts the record of a line that was entered at the prompt. */
  begin(line: string): void {
    const { history, blocks, recorder } = this.#session;
    const number = history.push(line);
    blocks?.begin(number, line);
    recorder.begin(line, number, this.#session.by?.name);
  }

  /**
   * Ends the record. A refused line keeps its number and is not in the history: the owner's next recall would run it with the
   * owner's rights.
   */
  end(outcome: Outcome, refused?: Reach): void {
    const { blocks, interrupted, history, recorder } = this.#session;
    if (refused && recorder.current) {
      recorder.current.refused = refused.why;
      if (recorder.current.number > 0) history[recorder.current.number - 1] = REFUSED_LINE;
    }
    blocks?.end(outcome, interrupted);
    this.#record(outcome);
  }

  /** Ends the output of a line that named a file; lines of the file follow. */
  pause(): void {
    this.#guard(() => this.#session.recorder.end('ok', false));
  }

  /** Records a line of a file; its output is a block of its own when no line named the file. */
  async fileLine(line: string, run: () => Promise<Outcome>): Promise<Outcome> {
    const { blocks, recorder } = this.#session;
    const own = blocks?.current === undefined;
    if (own) blocks?.begin(0, line);
    recorder.begin(line, 0, this.#session.by?.name);
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
