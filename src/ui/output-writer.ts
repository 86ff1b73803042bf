import { type EventEmitter, once } from 'node:events';
import type { Sink, TextKind } from '../session/sinks/sinks.ts';

/** What is written is handed on when there is this much of it, or after a frame's time. */
const BLOCK = 64 * 1024;
const FRAME_MS = 16;

export type Kind = 'text' | TextKind;

/**
 * Sees everything that commands print, before it is coloured: spool, transcript and address picker plug in
 * here. Text arrives in blocks that need not end at a line's end.
 */
export interface OutputTap {
  begin(line: string): void;
  text(text: string, kind: Kind): void;
  /** A pager was left: of all the output this part is what the user has before the eyes. */
  left?(page: string): void;
  end(): void;
}

export interface WriterParts {
  /** Writes whole lines above the live rows. */
  readonly write: (text: string) => void;
  readonly stdout: EventEmitter & { readonly writableNeedDrain: boolean };
  /** Adds colour, notes and the like to whole lines; never changes what stripping leaves in place. */
  readonly paint: (text: string, kind: Kind) => string;
}

/** The console of a terminal session: plain text in, blocks of whole coloured lines out. */
export class OutputWriter implements Sink {
  #closed = false;
  /** Colour is added here, after the taps. */
  readonly color = false;
  readonly taps = new Set<OutputTap>();
  /** Lines of the running command so far. */
  lines = 0;
  readonly #parts: WriterParts;
  #waiting: { text: string; kind: Kind }[] = [];
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Another sink that takes the output for a while: a pager. */
  #other: Sink | undefined;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /** Sends the output elsewhere until called without a sink. The taps go on seeing it. */
  divert(sink?: Sink): void {
    this.flush();
    this.#other = sink;
  }

  /** Nobody reads any more: the terminal has gone, or whoever takes the output has had enough. */
  get closed(): boolean {
    return this.#closed || (this.#other?.closed ?? false);
  }
  set closed(closed: boolean) {
    this.#closed = closed;
  }

  begin(line: string): void {
    this.lines = 0;
    for (const tap of this.taps) tap.begin(line);
  }
  /** The command is over: all it printed is out, and its last line is ended. */
  finish(): void {
    const last = this.#waiting.at(-1);
    if (last && !last.text.endsWith('\n')) this.#waiting.push({ text: '\n', kind: last.kind });
    this.flush();
    for (const tap of this.taps) tap.end();
  }

  /** A line of the terminal's own, which is no command's output: not for the taps. */
  remark(text: string): void {
    this.flush();
    this.#parts.write(this.#parts.paint(text, 'error'));
  }

  write(text: string, kind: Kind = 'text'): void {
    if (text === '') return;
    this.lines += countLines(text);
    // A hint is the terminal's own.
    if (kind !== 'hint') for (const tap of this.taps) tap.text(text, kind);
    if (this.#other) {
      this.#other.write(text, kind === 'text' ? undefined : kind);
      return;
    }
    this.print(text, kind);
  }

  /** Leaves the last page of a pager in the scrollback. */
  leave(page: string): void {
    for (const tap of this.taps) tap.left?.(page);
    this.print(page, 'text');
  }

  /** To the scrollback, past the taps and whatever takes the output. */
  print(text: string, kind: Kind): void {
    if (text === '') return;
    const last = this.#waiting.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.#waiting.push({ text, kind });
    this.#size += text.length;
    if (this.#size >= BLOCK) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FRAME_MS);
  }

  /** Hands on the whole lines; the beginning of one waits for its end. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#size = 0;
    const last = waiting.at(-1);
    const end = last ? last.text.lastIndexOf('\n') + 1 : 0;
    if (last && end < last.text.length) {
      this.#waiting = [{ text: last.text.slice(end), kind: last.kind }];
      last.text = last.text.slice(0, end);
    }
    const painted = waiting.map(({ text, kind }) => this.#parts.paint(text, kind)).join('');
    if (painted !== '') this.#parts.write(painted);
  }

  /** Waits for a terminal that is slower than we are. */
  async drained(): Promise<void> {
    if (this.#other) {
      await this.#other.drained();
      return;
    }
    await this.printed();
  }
  /** Waits until the terminal has taken what went to the scrollback. */
  async printed(): Promise<void> {
    const { stdout } = this.#parts;
    if (stdout.writableNeedDrain)
      await Promise.race([once(stdout, 'drain'), once(stdout, 'close')]);
  }
  async end(): Promise<void> {
    this.flush();
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
