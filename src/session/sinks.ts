import { closeSync, openSync, writeSync } from 'node:fs';

/** What is not a command's plain output: its errors, and what a terminal adds to them. */
export type TextKind = 'error' | 'hint';

/** Where text goes: the terminal, a file, a shell pipeline. */
export interface Sink {
  /** Set when nobody reads any more (`| head` has seen enough): the producer stops. */
  readonly closed: boolean;
  /** May colours be used? */
  readonly color: boolean;
  /** A sink that paints for itself is told which lines are errors, and which are hints: the terminal's own words. */
  write(text: string, kind?: TextKind): void;
  /** Resolves when the other end has taken what was written so far. */
  drained(): Promise<void>;
  /** Tells the other end that no more is wanted, where that is somebody who may go on without us. */
  stop?(): void;
  /** Ends the sink and resolves when the other end is done. */
  end(): Promise<void>;
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const GONE = new Set(['EPIPE', 'ECONNRESET', 'EIO', 'ENXIO']);

/** Writes to a file descriptor, at once and in order. A reader that has gone closes the sink quietly. */
export class DescriptorSink implements Sink {
  closed = false;
  readonly color: boolean;
  readonly #fd: number;
  readonly #owned: boolean;

  constructor(fd: number, options: { color?: boolean; owned?: boolean } = {}) {
    this.#fd = fd;
    this.color = options.color ?? false;
    this.#owned = options.owned ?? false;
  }

  write(text: string): void {
    if (this.closed || text === '') return;
    let bytes: Uint8Array = Buffer.from(text, 'utf8');
    while (bytes.length > 0) {
      try {
        bytes = bytes.subarray(writeSync(this.#fd, bytes));
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? '';
        // A pipe that somebody else made non-blocking is full: wait for its reader.
        if (code === 'EAGAIN') Atomics.wait(sleeper, 0, 0, 2);
        else if (GONE.has(code)) {
          this.closed = true;
          return;
        } else throw error;
      }
    }
  }

  async drained(): Promise<void> {}
  async end(): Promise<void> {
    if (this.#owned) closeSync(this.#fd);
  }
}

/** A file for `>` (or `>>`). Throws the system's error when it does not open. */
export const openFileSink = (path: string, append: boolean): Sink =>
  new DescriptorSink(openSync(path, append ? 'a' : 'w', 0o644), { owned: true });

/** The lines as an array, for tests and for whoever wants text. */
export class MemorySink implements Sink {
  closed = false;
  readonly color = false;
  text = '';
  write(text: string): void {
    this.text += text;
  }
  async drained(): Promise<void> {}
  async end(): Promise<void> {}
}
