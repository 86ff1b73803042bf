import { closeSync, openSync, writeSync } from 'node:fs';

/** What is not a command's plain output: its errors, and what a terminal adds to them. */
export type TextKind = 'error' | 'hint';

/** Where text goes: the terminal, a file, a shell pipeline. */
export interface Sink {
  /** Set when nobody reads any more (`| head` has seen enough): the producer stops. */
  readonly closed: boolean;
  /** Why nothing more can be written, where it is not that nobody reads: the disk is full. */
  readonly failure?: string | undefined;
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

/** `ENOSPC: no space left on device, write` in the words of strerror(3). */
function reasonOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const plain = words.replace(/^[A-Z]+: /, '').replace(/, \w+$/, '');
  return `${plain.slice(0, 1).toUpperCase()}${plain.slice(1)}`;
}

/**
 * Writes to a file descriptor, at once and in order. A reader that has gone closes the sink quietly; so does a full
 * disk, and leaves its reason: who opened the sink says it.
 */
export class DescriptorSink implements Sink {
  closed = false;
  failure: string | undefined;
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
        else {
          this.closed = true;
          if (!GONE.has(code)) this.failure = reasonOf(error);
          return;
        }
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
