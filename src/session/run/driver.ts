import { exhaustion } from '../../base/files.ts';
import { Interrupted } from '../../base/interruption.ts';
import { lossLines, MOST_LINES } from '../../output/text/losses.ts';
import { parseArguments } from '../command/arguments.ts';
import {
  type AnyCommand,
  isNested,
  isNotice,
  isPause,
  isWaiting,
  type Nested,
  type Notice,
  type Printer,
  printerOf,
} from '../command/command.ts';
import type { ErrorHints } from '../completion/error-hints.ts';
import type { ShownLine } from '../line/fault-place.ts';
import type { Outcome } from '../sinks/outcome.ts';
import type { Session } from '../state/session.ts';
import { commandContext, type Registry } from './command-context.ts';
import { bugText, noticesOf } from './failure.ts';
import { errorJson, noticeJson, recordJson } from './json-lines.ts';
import { errorPlace, type TextOut } from './text-out.ts';

/**
 * Milliseconds that a command runs before Ctrl-C, the pipe and the terminal have a turn. Measured with Date.now: the
 * better clock costs every script the loading of perf_hooks.
 */
const SLICE_MS = 8;

export type { Outcome };

/** Bound on hints for one line. */
const MAX_HINTS = 5;
const NO_LINE: ShownLine = { text: '', words: [] };

/** How a driver prints. */
export interface DriverOptions extends Registry {
  readonly json: boolean;
  /** Shows a long command's progress in the live rows of a terminal. */
  readonly onProgress?: (text: string) => void;
  /** Hints of a terminal below an error about a word. */
  readonly teacher?: ErrorHints;
}

/** Pulls a command's records, one at a time and in slices, into text or JSON. */
export class Driver {
  readonly #options: DriverOptions;
  /** The line whose command runs. */
  #line = NO_LINE;
  readonly #taught = new Set<string>();
  /** Ends the text of the printed records, also when an error ends the command. */
  #end: Printer<unknown>['end'];
  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Runs one command with its words to its end, or until its output is closed or Ctrl-C is pressed. */
  async run(
    command: AnyCommand,
    words: readonly string[],
    out: TextOut,
    line: ShownLine = NO_LINE,
  ): Promise<Outcome> {
    const { session } = this.#options;
    this.#begin(line);
    session.takeLosses();
    const context = commandContext(this.#options, command, words[0] ?? command.name);
    let outcome: Outcome = 'ok';
    try {
      if (command.reach) session.confinement?.check(command.reach);
      const { iterator, print } = session.interruptible(() => {
        const args = parseArguments(command, words.slice(1), session);
        return {
          print: printerOf(command, args, context),
          iterator: command.run(args, context)[Symbol.iterator](),
        };
      });
      if (await this.#pull(iterator, command, print, out)) outcome = 'failed';
    } catch (failure) {
      if (failure instanceof Interrupted) outcome = 'failed';
      else {
        this.#end?.(out);
        outcome = this.#report(failure, command, out);
      }
    }
    if (this.#tellLosses(command, out)) outcome = outcome === 'bug' ? 'bug' : 'failed';
    out.flush();
    return outcome;
  }

  /** Says what the answer has not, since the dump does not hold it; true when there is anything to say. */
  #tellLosses(command: AnyCommand, out: TextOut): boolean {
    const { session } = this.#options;
    for (const text of session.target.losses.takeRemarks())
      this.#notice({ notice: 'note', text, consoleOnly: true }, command, out);
    const lost = session.takeLosses();
    for (const [at, text] of lossLines(lost).entries()) {
      const loss = at < MOST_LINES ? lost.losses[at] : undefined;
      const problem = loss && ({ kind: 'lost', ...loss } as const);
      this.#notice({ notice: 'error', text, ...(problem ? { problem } : {}) }, command, out);
    }
    return !lost.isEmpty;
  }

  #begin(line: ShownLine): void {
    this.#line = line;
    this.#taught.clear();
    this.#end = undefined;
  }

  /** Pulls until the end; true when an error was among the items. */
  async #pull(
    iterator: Iterator<unknown>,
    command: AnyCommand,
    print: Printer<unknown>,
    out: TextOut,
  ): Promise<boolean> {
    const { session } = this.#options;
    let failed = false;
    let sliceEnd = Date.now() + SLICE_MS;
    const pull = () => session.interruptible(() => iterator.next());
    for (let next = pull(); !next.done; next = pull()) {
      if (isPause(next.value)) {
        out.flush();
        await sleep(next.value.pause, session);
      } else if (isWaiting(next.value)) {
        out.flush();
        await next.value.waiting;
      } else if (this.#emitted(next.value, command, print, out)) failed = true;
      if (Date.now() >= sliceEnd) {
        out.flush();
        await out.sink.drained();
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = Date.now() + SLICE_MS;
      }
      if (out.sink.closed || session.interrupted) {
        iterator.return?.();
        return failed || session.interrupted;
      }
    }
    if (!this.#options.json) this.#options.session.interruptible(() => print.end?.(out));
    this.#end = undefined;
    return failed;
  }

  #emitted(item: unknown, command: AnyCommand, print: Printer<unknown>, out: TextOut): boolean {
    return this.#options.session.interruptible(() =>
      isNested(item)
        ? !(item.isEnd && this.#options.json) &&
          this.#emit(item.item, item.nested, item.print, out, item.task)
        : this.#emit(item, command, print, out),
    );
  }

  /** Prints one item; true for an error. */
  #emit(
    item: unknown,
    command: AnyCommand,
    print: Printer<unknown>,
    out: TextOut,
    task?: Nested['task'],
  ): boolean {
    if (isNotice(item)) return this.#notice(item, command, out, task);
    if (this.#options.json) out.line(recordJson(command, item, task));
    else {
      print(item, out);
      this.#end = print.end;
    }
    return false;
  }

  #notice(item: Notice, command: AnyCommand, out: TextOut, task?: Nested['task']): boolean {
    const { notice, text } = item;
    const { json, session, onProgress } = this.#options;
    if (notice === 'progress') {
      onProgress?.(text);
      return false;
    }
    if (notice === 'hint' || notice === 'failed') {
      this.#teach(item, command, out);
      return notice === 'failed';
    }
    const failed = notice === 'error';
    if (json) out.line(noticeJson(command, item, task));
    else if (item.consoleOnly) {
      if (notice === 'note') out.remark(`NOTE: ${text}`);
      else out.complain(`${command.name}: ${text}`);
    } else if (failed) out.error(`${command.name}: ${text}`, errorPlace(session));
    else out.line(notice === 'plain' ? text : `${notice.toUpperCase()}: ${text}`);
    this.#teach(item, command, out);
    return failed;
  }

  /** A hint for each wrong word once, and for few of them: a thousand equal errors are one mistake. */
  #teach({ fault }: Notice, command: AnyCommand, out: TextOut): void {
    const { teacher, json } = this.#options;
    if (!fault || !teacher || json || this.#taught.size >= MAX_HINTS) return;
    const key = `${fault.kind} ${fault.word} ${fault.at ?? ''}`;
    if (this.#taught.has(key)) return;
    this.#taught.add(key);
    out.hint(teacher.lines(fault, this.#line, command));
  }

  #report(failure: unknown, command: AnyCommand, out: TextOut): Outcome {
    const { session, json } = this.#options;
    const notices = noticesOf(failure, command);
    if (notices) {
      for (const item of notices)
        if (!json || item.notice === 'error') this.#notice(item, command, out);
      if (json && notices.every(({ notice }) => notice !== 'error')) {
        out.line(errorJson(command.name, 'usage', { usage: command.synopsis }));
      }
      return 'failed';
    }
    const lacking = exhaustion(failure);
    if (lacking !== undefined) {
      if (json) out.line(errorJson(command.name, lacking));
      else out.error(`${command.name}: ${lacking}`);
      return 'failed';
    }
    const text = bugText(failure, session.settings.debug > 0);
    if (json) out.line(errorJson(command.name, text));
    else out.error(`${command.name}: ${text}`);
    return 'bug';
  }
}

async function sleep(milliseconds: number, session: Session): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!session.interrupted) {
    const left = end - Date.now();
    if (left <= 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(left, 50)));
  }
}
