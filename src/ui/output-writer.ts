import { type EventEmitter, once } from 'node:events';
import type { Sink, TextKind } from '../session/sinks/sinks.ts';

/** Characters that are passed on in one block, or fewer after a frame's time. */
const BLOCK = 64 * 1024;
const FRAME_MS = 16;

/** Kinds of text on the console. */
export type Kind = 'text' | TextKind;

/**
 * Receives everything that commands print, before it is coloured: spool, transcript and address picker. Text arrives in
 * blocks that need not end at a line's end.
 */
export interface OutputTap {
  begin(line: string): void;
  text(text: string, kind: Kind): void;
  /** A pager was left: `page` is what remains visible of the output. */
  left?(page: string): void;
  end(): void;
}

/** The outside of a writer. */
export interface WriterParts {
  /** Writes whole lines above the live rows. */
  readonly write: (text: string) => void;
  readonly stdout: EventEmitter & { readonly writableNeedDrain: boolean };
  /** Adds colour and notes to whole lines; the text without escapes keeps its place. */
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

  /** Diverts the output until called without a sink. The taps still receive it. */
  divert(sink?: Sink): void {
    this.flush();
    this.#other = sink;
  }

  /** The terminal has gone, or the sink of the diversion has closed. */
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
  /** Ends a command's output: everything is written, and its last line is ended. */
  finish(): void {
    const last = this.#waiting.at(-1);
    if (last && !last.text.endsWith('\n')) this.#waiting.push({ text: '\n', kind: last.kind });
    this.flush();
    for (const tap of this.taps) tap.end();
  }

  /** A line of the terminal's own, not for the taps. */
  remark(text: string): void {
    this.flush();
    this.#parts.write(this.#parts.paint(text, 'error'));
  }

  write(text: string, kind: Kind = 'text'): void {
    if (text === '') return;
    this.lines += countLines(text);
    // Hints are the terminal's own, not for the taps.
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

  /** Writes to the scrollback, past the taps and the diversion. */
  print(text: string, kind: Kind): void {
    if (text === '') return;
    const last = this.#waiting.at(-1);
    if (last?.kind === kind) last.text += text;
    else this.#waiting.push({ text, kind });
    this.#size += text.length;
    if (this.#size >= BLOCK) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FRAME_MS);
  }

  /** Passes on the whole lines; an incomplete line waits for its end. */
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

  /** Waits for a slow terminal. */
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
