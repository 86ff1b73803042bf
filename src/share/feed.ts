import type { AnyCommand } from '../session/command/command.ts';
import { splitWords } from '../session/line/words.ts';
import type { LineListener, RecordedLine } from '../session/state/line-records.ts';
import type { Session } from '../session/state/session.ts';
import { LIMITS } from './limits.ts';
import type { SharedLog } from './log.ts';
import type { AskedIn } from './messages.ts';

/** What feeds a log. */
export interface FeedParts {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  readonly log: SharedLog;
  /** Who asks where nobody else does. */
  readonly owner: string;
  /** The first answer that is shared; undefined for all. */
  readonly from: number | undefined;
  /** The log has grown. */
  onGrown(): void;
  /** A guest was refused. */
  onRefused(line: RecordedLine): void;
}

/** Puts the lines of a session and their answers into a log, as they are asked and printed. */
export class Feed {
  readonly #parts: FeedParts;
  #running: { readonly line: RecordedLine; readonly began: number } | undefined;
  #flushing: NodeJS.Immediate | undefined;
  readonly #listener: LineListener = {
    begin: (line) => this.#begin(line),
    end: (line) => this.#end(line),
  };
  readonly #onAppend = (): void => this.#appended();

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#takePast();
    const { recorder, blocks } = parts.session;
    recorder.listeners.add(this.#listener);
    blocks?.listeners.add(this.#onAppend);
  }

  stop(): void {
    const { recorder, blocks } = this.#parts.session;
    recorder.listeners.delete(this.#listener);
    blocks?.listeners.delete(this.#onAppend);
    clearImmediate(this.#flushing);
    if (this.#running) this.#end(this.#running.line);
  }

  /** The answers so far. Lines of files have no numbers: their outputs are in those of the lines that named them. */
  #takePast(): void {
    const { session, from } = this.#parts;
    for (const line of session.recorder.lines) {
      if (!this.#isShared(line) || (from !== undefined && line.number < from)) continue;
      this.#parts.log.begin(this.#beginning(line), line.block, line.at);
      this.#parts.log.append(line.at);
      this.#parts.log.end(this.#ending(line, 0), line.at);
    }
  }

  #isShared({ line, number }: RecordedLine): boolean {
    const command = this.#parts.commands.get(splitWords(line)[0] ?? '');
    return number > 0 && command?.event === undefined && !line.startsWith('#');
  }

  #begin(line: RecordedLine): void {
    if (!this.#isShared(line)) return;
    this.#running = { line, began: Date.now() };
    this.#parts.log.begin(this.#beginning(line), line.block);
    this.#parts.onGrown();
  }

  #appended(): void {
    if (!this.#running) return;
    this.#flushing ??= setImmediate(() => this.#flush());
    const { log } = this.#parts;
    const answer = log.answers.at(-1);
    // A command that does not let the loop turn prints more than one piece: it is cut as it grows.
    if ((answer?.block?.bytes ?? 0) - log.logged > LIMITS.piece) this.#flush();
  }

  #flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    this.#parts.log.append();
    this.#parts.onGrown();
  }

  #end(line: RecordedLine): void {
    const running = this.#running;
    if (running?.line !== line) return;
    this.#running = undefined;
    this.#flush();
    this.#parts.log.end(this.#ending(line, Date.now() - running.began));
    if (line.refused !== undefined) this.#parts.onRefused(line);
    this.#parts.onGrown();
  }

  #beginning(line: RecordedLine) {
    const { number, by, line: text, before } = line;
    const state: AskedIn = {
      ...(before.task ? { pid: before.task.pid } : {}),
      settings: before.settings,
    };
    const who = by ?? this.#parts.owner;
    return { t: 'begin', a: number, who, line: text, state } as const;
  }

  #ending({ number, exit, interrupted, elsewhere, block }: RecordedLine, ms: number) {
    const counts = { lines: block?.count ?? 0, bytes: block?.bytes ?? 0 };
    return {
      ...({ t: 'end', a: number, exit, ...counts, ms } as const),
      ...(interrupted ? { cut: true as const } : {}),
      ...(elsewhere ? { elsewhere: 'what it printed went to a program or into a file' } : {}),
    };
  }
}
