import { escapeText } from '../output/text/escape.ts';
import { type LineOutput, OutputHistory } from '../session/sinks/output-history.ts';
import type { HostFrame, IndexRow, LogFrame, Welcome } from './messages.ts';

/** An answer as a guest has it. */
export interface SharedAnswer {
  readonly a: number;
  readonly who: string;
  readonly at: number;
  readonly line: string;
  /** Its text; undefined while that is still at the host. */
  block: LineOutput | undefined;
  lines: number;
  bytes: number;
  exit: number;
  ended: boolean;
  /** Where its output went, when not to the console. */
  elsewhere: string | undefined;
}

/** Bytes of text that a guest keeps, as at the host. */
const KEPT = 2 ** 31;

/** What a guest has of a shared session: every answer, who is here, who drives. Fed by the frames of the host, in their order. */
export class GuestModel {
  welcome: Welcome | undefined;
  /** The number of the newest frame of the log. */
  last = 0;
  driver = '';
  d = 0;
  readonly people = new Set<string>();
  readonly answers = new Map<number, SharedAnswer>();
  /** What the driver is typing. */
  typed: { readonly who: string; readonly text: string } | undefined;
  #running: SharedAnswer | undefined;
  readonly #blocks: OutputHistory;
  readonly #older: OutputHistory;

  constructor(keep = KEPT) {
    this.#blocks = new OutputHistory({ limit: keep });
    this.#older = new OutputHistory({ limit: keep });
  }

  get you(): string {
    return this.welcome?.you ?? '';
  }
  get drives(): boolean {
    return this.driver === this.you && this.you !== '';
  }
  get running(): SharedAnswer | undefined {
    return this.#running;
  }

  close(): void {
    this.#blocks.close();
    this.#older.close();
  }

  /** A frame that is not of the log. */
  take(frame: HostFrame): void {
    if (frame.t === 'welcome') this.#welcomed(frame);
    else if (frame.t === 'index') for (const row of frame.rows) this.#listed(row);
    else if (frame.t === 'typing') this.typed = { who: frame.who, text: frame.text };
  }

  /** A frame of the log, the next in order. */
  log(frame: LogFrame): void {
    this.last = frame.n;
    switch (frame.t) {
      case 'begin': {
        this.#blocks.begin(frame.a, frame.line);
        const { a, who, at, line } = frame;
        const counts = { lines: 0, bytes: 0, exit: 0, ended: false, elsewhere: undefined };
        this.#running = { a, who, at, line, block: this.#blocks.current, ...counts };
        this.answers.set(a, this.#running);
        this.typed = undefined;
        break;
      }
      case 'out':
        if (frame.gone === undefined) this.#append(frame.text, frame.e ?? []);
        else this.#blocks.append(`(${frame.gone} bytes are not kept any more)\n`);
        break;
      case 'end': {
        const running = this.#running;
        this.#running = undefined;
        this.#blocks.end(frame.exit === 0 ? 'ok' : 'failed', frame.cut);
        if (!running) break;
        const { lines, bytes, exit, elsewhere } = frame;
        Object.assign(running, { lines, bytes, exit, elsewhere, ended: true });
        break;
      }
      case 'join':
        this.people.add(frame.who);
        break;
      case 'leave':
        this.people.delete(frame.who);
        break;
      case 'drive':
        this.driver = frame.who;
        this.d = frame.d;
        this.typed = undefined;
        break;
    }
  }

  /** Keeps text of an older answer that the host was asked for. */
  fetched(a: number, text: string): void {
    const answer = this.answers.get(a);
    if (!answer) return;
    this.#older.begin(a, answer.line);
    answer.block = this.#older.current;
    this.#older.append(escapeText(text));
    this.#older.end(answer.exit === 0 ? 'ok' : 'failed');
  }

  #welcomed(frame: Welcome): void {
    if (this.welcome === undefined) this.last = frame.first - 1;
    this.welcome = frame;
    this.driver = frame.driver;
    this.d = frame.d;
    this.people.clear();
    for (const name of frame.people) this.people.add(name);
  }

  #listed([a, who, at, line, lines, bytes, exit]: IndexRow): void {
    const rest = { block: undefined, ended: true, elsewhere: undefined };
    this.answers.set(a, { a, who, at, line, lines, bytes, exit, ...rest });
  }

  /** Text with its errors, which are ranges of characters. */
  #append(text: string, errors: readonly number[]): void {
    let at = 0;
    for (let index = 0; index < errors.length; index += 2) {
      const begin = Math.max(at, errors[index] ?? 0);
      const end = Math.max(begin, errors[index + 1] ?? 0);
      this.#blocks.append(escapeText(text.slice(at, begin)));
      this.#blocks.append(escapeText(text.slice(begin, end)), true);
      at = end;
    }
    this.#blocks.append(escapeText(text.slice(at)));
  }
}
