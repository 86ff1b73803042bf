import { CrashError, type Fault } from '../../base/errors.ts';
import { Interrupted } from '../../base/interruption.ts';
import type { AnyCommand } from '../command/command.ts';
import { ErrorHints } from '../completion/error-hints.ts';
import type { ShownLine } from '../line/fault-place.ts';
import { inputLines, spliceInput } from '../line/input.ts';
import {
  type Redirection,
  type SplitLine,
  splitRedirection,
  splitWords,
  withoutPrompt,
  wordSpans,
} from '../line/words.ts';
import { KeepingSink } from '../sinks/keeping-sink.ts';
import { worstOf } from '../sinks/outcome.ts';
import type { ShellPlace } from '../sinks/pipe.ts';
import type { Sink } from '../sinks/sinks.ts';
import { OF_ANSWERS, READS_FILE } from '../state/confinement.ts';
import { asksForHistory, historyLines, recall } from '../state/history.ts';
import { LineRecorder } from '../state/line-recorder.ts';
import type { Person, Session } from '../state/session.ts';
import { Driver, type Outcome } from './driver.ts';
import { commandMap, findCommand, isExternal } from './find-command.ts';
import { echoJson, errorJson, historyJson } from './json-lines.ts';
import { Outlets } from './outlets.ts';
import { errorPlace, TextOut } from './text-out.ts';

/** crash's limits, kept so that a runaway line is refused the same way. */
const MAX_LINE = 1500;
const MAX_WORDS = 100;

/** The command for a line that begins with none: `task_struct ffff...` is `struct task_struct ffff...`. */
export type Sugar = (words: readonly string[], session: Session) => readonly string[] | undefined;

/** How a shell runs lines. */
export interface ShellOptions {
  readonly session: Session;
  /** A list, or the map that several shells of one session share: `extend` adds to it. */
  readonly commands: readonly AnyCommand[] | Map<string, AnyCommand>;
  /** Loads the rest of the map, for a line that begins with no command in it. */
  readonly more?: () => Promise<void>;
  readonly console: Sink;
  readonly json?: boolean;
  /** Print `crash> LINE` before each line's output. */
  readonly echo?: boolean;
  /** Place of shell output, given by a terminal program; else shells share our file descriptors. */
  readonly place?: ShellPlace;
  readonly onProgress?: (text: string) => void;
  readonly sugar?: Sugar;
  /** Columns of the terminal, where errors are explained below; absent without one. */
  readonly columns?: () => number;
}

/** Throws CrashError for a line that crash refuses. */
function checkLength(line: string): void {
  if (Buffer.byteLength(line) <= MAX_LINE) return;
  throw new CrashError(`input line exceeds maximum of ${MAX_LINE} bytes`);
}

/** Runs command lines, one at a time, for scripts, pipes and terminals. */
export class Shell {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly #options: ShellOptions;
  readonly #driver: Driver;
  /** The console of commands; its output is kept. */
  readonly #console: Sink;
  readonly #teacher: ErrorHints | undefined;
  readonly #book: LineRecorder;
  readonly #outlets: Outlets;
  /** The running line, as far as it has been parsed. */
  #shown: ShownLine = { text: '', words: [] };
  #inputDepth = 0;

  constructor(options: ShellOptions) {
    this.#options = options;
    this.session = options.session;
    const { blocks } = options.session;
    this.#console = blocks ? new KeepingSink(options.console, blocks) : options.console;
    const commands =
      options.commands instanceof Map ? options.commands : commandMap(options.commands);
    this.commands = commands;
    const { session, columns } = options;
    this.#outlets = new Outlets(session, this.#console, options.place);
    this.#book = new LineRecorder(session, (work) => {
      try {
        work();
      } catch (failure) {
        if (!(failure instanceof CrashError)) throw failure;
        this.#complain(failure.message);
      }
    });
    this.#teacher = columns && new ErrorHints({ session, commands, columns });
    this.#driver = new Driver({
      session: options.session,
      commands,
      json: options.json ?? false,
      ...(options.onProgress ? { onProgress: options.onProgress } : {}),
      ...(this.#teacher ? { teacher: this.#teacher } : {}),
    });
  }

  /** Ctrl-C: the running command stops at its next record. */
  interrupt(): void {
    this.session.interrupted = true;
  }

  /** Runs a line as typed, and records it; `by` a guest, with the guest's rights. */
  async execute(typed: string, by?: Person): Promise<Outcome> {
    this.session.by = by;
    try {
      return await this.#execute(typed);
    } finally {
      this.session.by = undefined;
    }
  }

  async #execute(typed: string): Promise<Outcome> {
    const line = withoutPrompt(typed).trim();
    this.session.interrupted = false;
    if (this.#options.echo && line !== '') this.#echo(line, this.#options.console);
    if (line === '') return 'ok';
    let outcome: Outcome = 'bug';
    try {
      outcome = await this.guard(() => this.#remembered(line));
    } finally {
      this.#book.end(outcome, this.session.by?.confinement.takeRefusal());
    }
    return outcome;
  }

  /** Runs a line of the program's own (`sys` in the banner): neither echoed nor recorded. */
  async runQuietly(line: string): Promise<Outcome> {
    return this.guard(() => this.#run(line));
  }

  /** Runs work; an error that is not a command's is printed as the program's own. */
  async guard(work: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await work();
    } catch (failure) {
      if (failure instanceof Interrupted) return 'failed';
      if (!(failure instanceof CrashError)) throw failure;
      return this.#complain(failure.message, failure.fault);
    }
  }

  async #remembered(line: string): Promise<Outcome> {
    const { history } = this.session;
    this.#shown = { text: line, words: wordSpans(line) };
    checkLength(line);
    const past = recall(line, history);
    if (past !== undefined) {
      this.#echo(past, this.#options.console);
      return this.#begin(past);
    }
    return this.#begin(line);
  }
  async #begin(line: string): Promise<Outcome> {
    this.#book.begin(line);
    return this.#run(line);
  }

  /** Runs a line that is not recorded: of an input file, an alias, a recalled line. */
  async #run(given: string): Promise<Outcome> {
    // No program and no file can be given a NUL; in crash, too, the line ends there.
    const line = given.split('\0', 1)[0] ?? '';
    if (line.startsWith('#') || line.startsWith('//')) return 'ok';
    if (line.startsWith('!') || line.startsWith('|'))
      return this.#outlets.runProgram(line.slice(1).trim());
    const expanded = line.startsWith('\\') ? line.slice(1) : this.session.aliases.expand(line);
    const first = splitWords(expanded)[0] ?? '';
    if (!this.commands.has(first)) await this.#options.more?.();
    if (isExternal(expanded, first, this.commands)) return this.#outlets.runProgram(expanded);
    const verbatim = this.commands.get(first);
    if (verbatim?.verbatim) {
      const rest = expanded.trimStart().slice(first.length).trim();
      const words = rest === '' ? [first] : [first, rest];
      this.#shown = { text: expanded, words: [] };
      return this.#redirected(undefined, (out) => this.#driver.run(verbatim, words, out));
    }
    const { command, redirection } = this.#split(expanded);
    const spans = wordSpans(command);
    const words = spans.map(({ text }) => text);
    this.#shown = { text: expanded, words: spans };
    if (words.length > MAX_WORDS) throw new CrashError('too many arguments in string!');
    return this.#redirected(redirection, (out) => this.#dispatch(words, out));
  }

  /** A line that begins with no command is pasted text: it writes no file and runs no program, except by crash's rule. */
  #split(line: string): SplitLine {
    const { redirect } = this.session.settings;
    const split = splitRedirection(line, redirect);
    if (redirect === 'crash' || !split.redirection) return split;
    const words = splitWords(split.command);
    const isOurs = words[0]?.startsWith('<') || asksForHistory(words.join(' '));
    const sugar = (unknown: readonly string[]) => this.#options.sugar?.(unknown, this.session);
    return isOurs || findCommand(words, this.commands, sugar)
      ? split
      : { command: line, redirection: undefined };
  }

  /** Not through a pager: the lines of an input file. */
  async #redirected(
    redirection: Redirection | undefined,
    work: (out: TextOut) => Promise<Outcome>,
  ): Promise<Outcome> {
    if (redirection) return this.#outlets.redirected(redirection, work);
    return this.#inputDepth > 0 ? this.#outlets.plain(work) : this.#outlets.paged(work);
  }

  async #dispatch(words: readonly string[], out: TextOut): Promise<Outcome> {
    const first = words[0] ?? '';
    if (first === '' && words.length <= 1) return 'ok';
    if (first.startsWith('<')) return this.#inputFile(words);
    if (asksForHistory(words.join(' ')) && !this.commands.has(first)) {
      this.session.confinement?.check(OF_ANSWERS);
      return this.#listHistory(out);
    }
    if (words.includes('<')) this.session.confinement?.check(READS_FILE);
    const spliced = spliceInput(words);
    if (spliced) return this.#each(spliced, (line) => this.#dispatch(line, out));
    const command = findCommand(words, this.commands, (unknown) =>
      this.#options.sugar?.(unknown, this.session),
    );
    if (!command) {
      return this.#complain(`command not found: ${first}`, { kind: 'command', word: first }, out);
    }
    return this.#driver.run(command.command, command.words, out, this.#shown);
  }

  /** `< file`: every line of a file, one level deep. Also for `-i` and the rc files. */
  async #inputFile(words: readonly string[]): Promise<Outcome> {
    const path = (words[0] === '<' ? words[1] : words[0]?.slice(1)) ?? '';
    if (path === '') throw new CrashError('no input file entered!');
    return this.runFile(path);
  }

  /** Runs the lines of a file. Throws CrashError when it cannot be read. */
  async runFile(path: string, options: { quiet?: boolean } = {}): Promise<Outcome> {
    this.session.confinement?.check(READS_FILE);
    if (this.#inputDepth > 0) throw new CrashError('embedded input files not allowed!');
    const lines = inputLines(path);
    this.#inputDepth++;
    const echo = !options.quiet && (this.#options.echo || !this.session.settings.silent);
    try {
      return await this.#each(lines, (line) =>
        this.guard(() => this.#fileLine(line, echo, options.quiet ?? false)),
      );
    } finally {
      this.#inputDepth--;
    }
  }

  async #fileLine(given: string, echo: boolean, quiet: boolean): Promise<Outcome> {
    const line = withoutPrompt(given);
    checkLength(line);
    this.#book.pause();
    if (echo) this.#echo(line, this.#console);
    const run = (): Promise<Outcome> => this.guard(() => this.#run(line));
    return quiet ? run() : this.#book.fileLine(line, run);
  }

  /** Runs each in turn, until one leaves or Ctrl-C; returns the worst outcome. */
  async #each<T>(items: Iterable<T>, work: (item: T) => Promise<Outcome>): Promise<Outcome> {
    let worst: Outcome = 'ok';
    for (const item of items) {
      worst = worstOf(worst, await work(item));
      if (this.session.leaving || this.session.interrupted || this.#options.console.closed) break;
    }
    return worst;
  }

  /** Prints the line before its answer. */
  #echo(line: string, to: Sink): void {
    to.write(`${this.#options.json ? echoJson(line) : `crash> ${line}`}\n`);
  }

  #complain(text: string, fault?: Fault, to?: TextOut): Outcome {
    const out = to ?? new TextOut(this.#console, this.#console);
    const line = this.#options.json ? errorJson('crash', text) : `crash: ${text}`;
    out.error(line, errorPlace(this.session));
    if (fault && this.#teacher) out.hint(this.#teacher.lines(fault, this.#shown));
    return 'failed';
  }

  async #listHistory(out: TextOut): Promise<Outcome> {
    const { history } = this.session;
    for (const line of this.#options.json ? history.map(historyJson) : historyLines(history)) {
      out.line(line);
    }
    out.flush();
    return 'ok';
  }
}
