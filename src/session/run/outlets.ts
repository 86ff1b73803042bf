import { blame, CrashError } from '../../base/errors.ts';
import { colorHint } from '../../output/text/color.ts';
import { escapeText } from '../../output/text/escape.ts';
import { type Redirection, splitWords } from '../line/words.ts';
import { KeepingSink } from '../sinks/keeping-sink.ts';
import { type Outcome, worstOf } from '../sinks/outcome.ts';
import type { ShellPlace } from '../sinks/pipe.ts';
import { openFileSink, type Sink } from '../sinks/sinks.ts';
import { type Reach, RUNS_PROGRAM, WRITES_FILE } from '../state/confinement.ts';
import { externalPager } from '../state/external-pager.ts';
import type { Session } from '../state/session.ts';
import { transcriptOf } from '../transcript/transcript.ts';
import { TextOut } from './text-out.ts';

/** Programs that print the same without a terminal: their output can be recorded on its way. */
const FILTERS: ReadonlySet<string> = new Set(
  'awk cat column cut egrep expand fgrep fmt fold grep head jq nl rev sed sort tac tail tee tr uniq wc'.split(
    ' ',
  ),
);

/** The possible outputs of a line: the console, a pager, a file, other programs. */
export class Outlets {
  readonly #session: Session;
  readonly #console: Sink;
  readonly #place: ShellPlace;

  constructor(session: Session, console: Sink, place: ShellPlace | undefined) {
    this.#session = session;
    this.#console = console;
    this.#place = place ?? { inherit: true, write: (text) => console.write(text) };
  }

  /** Runs a program by itself, to its end. */
  async runProgram(command: string): Promise<Outcome> {
    this.#leaveSession(RUNS_PROGRAM);
    const { runShell } = await import('../sinks/pipe.ts');
    // Ctrl-C came before the program started, and would not reach it.
    if (this.#session.interrupted) return 'failed';
    const place = this.#placeFor(command);
    const code = await runShell(command, place, this.#session.interactive);
    return code === 0 ? 'ok' : 'failed';
  }

  /** Does work whose output is redirected. Throws CrashError when it cannot be. */
  async redirected(
    redirection: Redirection,
    work: (out: TextOut) => Promise<Outcome>,
  ): Promise<Outcome> {
    const sink = await this.#open(redirection);
    let outcome: Outcome;
    try {
      outcome = await work(new TextOut(sink, this.#console));
    } finally {
      if (this.#session.interrupted) sink.stop?.();
      await sink.end();
    }
    // A pipeline that fails makes the line fail, as in a shell.
    if (sink.failure === undefined) return sink.code ? worstOf(outcome, 'failed') : outcome;
    const path = redirection.to === 'pipe' ? redirection.command : redirection.path;
    throw new CrashError(`${path}: ${sink.failure}`);
  }

  /** Does work that prints to the console, through the pager program when one is set. */
  async paged(work: (out: TextOut) => Promise<Outcome>): Promise<Outcome> {
    const { blocks } = this.#session;
    const pager = await externalPager(this.#session, this.#place);
    if (!pager) return this.plain(work);
    const sink = blocks ? new KeepingSink(pager, blocks) : pager;
    try {
      return await this.#shown(sink, work);
    } finally {
      await sink.end();
    }
  }

  plain(work: (out: TextOut) => Promise<Outcome>): Promise<Outcome> {
    return this.#shown(this.#console, work);
  }

  /** A pager that is left early has not shown all of the answer. */
  async #shown(sink: Sink, work: (out: TextOut) => Promise<Outcome>): Promise<Outcome> {
    const outcome = await work(new TextOut(sink, sink));
    const { current } = this.#session.recorder;
    if (sink.closed && current) current.interrupted = true;
    return outcome;
  }

  async #open(redirection: Redirection): Promise<Sink> {
    this.#leaveSession(redirection.to === 'pipe' ? RUNS_PROGRAM : WRITES_FILE);
    if (redirection.to === 'pipe') {
      const { command, mark } = redirection;
      if (command === '') throw new CrashError(`no shell command after '${mark}'`);
      const { PipeSink } = await import('../sinks/pipe.ts');
      return new PipeSink(command, this.#placeFor(command));
    }
    const { path, append } = redirection;
    if (path === '') throw new CrashError(`no file name after ${append ? '>>' : '>'}`);
    try {
      const { sink, replaced } = openFileSink(path, append);
      this.#tellReplaced(path, replaced);
      return sink;
    } catch (error) {
      const reason = error instanceof CrashError ? `: ${error.message}` : '';
      throw blame(new CrashError(`unable to open ${path}${reason}`), { kind: 'file', word: path });
    }
  }

  /** A terminal is told that `>` has emptied a file; the answers of scripts are crash's. */
  #tellReplaced(path: string, bytes: number): void {
    if (bytes === 0 || !this.#session.interactive) return;
    const text = `${escapeText(path)}: the ${bytes} bytes that it had were overwritten\n`;
    this.#console.write(this.#console.color ? colorHint(text) : text, 'hint');
  }

  /** The line runs a program or writes a file: forbidden in a replay, and marked as output shown elsewhere. */
  #leaveSession(reach: Reach): void {
    const { confinement, recorder } = this.#session;
    confinement?.check(reach);
    if (recorder.current) recorder.current.elsewhere = true;
  }

  /** While a transcript is written the output of filters is read back, to be recorded and shown. */
  #placeFor(command: string): ShellPlace {
    const { recorder } = this.#session;
    if (!transcriptOf(this.#session) || !isFilter(command)) return this.#place;
    if (recorder.current) recorder.current.elsewhere = false;
    return { ...this.#place, inherit: false, write: (text) => this.#console.write(text) };
  }
}

/** Whether the last program of a pipeline needs no terminal. Only plain words and bars are recognised. */
function isFilter(command: string): boolean {
  const bare = command.replace(/'[^']*'|"[^"$`]*"/g, 'word');
  if (/[;&`$()<>\n]/.test(bare)) return false;
  const [name = ''] = splitWords(bare.split('|').at(-1) ?? '');
  return FILTERS.has(name);
}
