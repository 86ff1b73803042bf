import type { Outcome } from '../session/run/driver.ts';
import type { Shell } from '../session/run/shell.ts';
import type { Person, Session } from '../session/state/session.ts';
import type { OutputWriter } from './output-writer.ts';

/** Milliseconds until a command's progress is shown, and between updates. */
const PROGRESS_MS = 500;
/** Delay of a timer that shows that the loop does not turn. */
const LATE_MS = 50;

/** The outside of a runner. */
export interface RunnerParts {
  readonly session: Session;
  readonly shell: Shell;
  readonly writer: OutputWriter;
  /** Shows a line about the running command in the live rows. */
  readonly showProgress: (text: string) => void;
  readonly now: () => number;
  /** Reads keys while a command does not let the loop turn; true when it is to stop. */
  readonly poll: () => boolean;
  /** A pager may still show the output: resolves when the user has left it. */
  readonly settled: () => Promise<void>;
}

/** Runs lines, one at a time, and shows their progress. */
export class Runner {
  readonly #parts: RunnerParts;
  #progress = '';
  #line = '';
  #started = 0;
  #shown = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Another program has the terminal: nothing may be drawn. */
  #lent = false;
  /** Ctrl-C came as a signal, and the terminal itself has echoed it. */
  #echoed = false;
  running = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** The command's progress (`yield progress(...)`). */
  note(text: string): void {
    this.#progress = text;
  }

  get lent(): boolean {
    return this.#lent;
  }
  set lent(lent: boolean) {
    this.#lent = lent;
  }

  /** SIGINT, from the terminal while another program has it. */
  signalled(): void {
    this.#echoed ||= this.#lent && !this.#parts.session.interrupted;
  }

  /** `by` a guest, when the line is not the user's own. */
  async run(line: string, by?: Person): Promise<Outcome> {
    const { shell, writer, now, session } = this.#parts;
    this.#line = line.trim();
    this.#progress = '';
    this.#started = now();
    this.running = true;
    this.#echoed = false;
    writer.begin(this.#line);
    this.#shown = this.#started;
    this.#timer = setInterval(() => this.#show(), PROGRESS_MS);
    session.watch(() => this.#poll());
    try {
      return await shell.execute(line, by);
    } finally {
      session.watch(undefined);
      clearInterval(this.#timer);
      this.running = false;
      await this.#parts.settled();
      const { lines } = writer;
      writer.finish();
      if (session.interrupted) this.#remark(lines);
    }
  }

  /** Remark on an interrupted command. After the terminal's own ^C on the same row only with details. */
  #remark(lines: number): void {
    const { writer } = this.#parts;
    if (!this.#echoed) writer.remark(`^C ${this.#howFar(lines)}\n`);
    else writer.remark(lines === 0 ? '\n' : `\nended ${this.#howFar(lines)}\n`);
  }

  /** Called in the middle of work that does not let the timer run. */
  #poll(): boolean {
    if (this.lent) return this.#parts.session.interrupted;
    const stop = this.#parts.poll();
    if (!stop && this.#parts.now() - this.#shown > PROGRESS_MS + LATE_MS) this.#show();
    return stop;
  }

  #show(): void {
    this.#shown = this.#parts.now();
    if (!this.lent) this.#parts.showProgress(`${this.#status()}  Ctrl-C stops`);
  }
  #status(): string {
    const { session } = this.#parts;
    const what = this.#progress === '' ? (this.#line.split(/\s/)[0] ?? '') : this.#progress;
    return `${what}  ${session.interrupted ? 'stopping' : `${this.#seconds()} s`}`;
  }
  #howFar(lines: number): string {
    const said = this.#progress === '' ? '' : `: ${this.#progress}`;
    const printed = `${lines} ${lines === 1 ? 'line' : 'lines'}`;
    return `after ${this.#seconds()} s, ${printed}${said}`;
  }
  #seconds(): string {
    const seconds = (this.#parts.now() - this.#started) / 1000;
    return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
  }
}
