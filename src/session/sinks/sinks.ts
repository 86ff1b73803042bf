import { closeSync, writeSync } from 'node:fs';
import { openForWriting } from '../../base/files.ts';

/** Text that is not a command's plain output: errors, and a terminal's hints. */
export type TextKind = 'error' | 'hint';

/** A destination of text: the terminal, a file, a shell pipeline. */
export interface Sink {
  /** Set when the reader has closed (`| head` is done): the producer stops. */
  readonly closed: boolean;
  /** Why writing failed, other than a closed reader: the disk is full. */
  readonly failure?: string | undefined;
  /** The exit code of the programs behind it, once they have ended; 0 or absent when all is well. */
  readonly code?: number;
  /** Whether colours may be used. */
  readonly color: boolean;
  /** Where remarks go that are no part of the answer, where that is another place: stderr of a script. */
  readonly aside?: Sink | undefined;
  /** `kind` tells a sink that paints by itself which lines are errors or hints. */
  write(text: string, kind?: TextKind): void;
  /** Resolves when all written text has been taken. */
  drained(): Promise<void>;
  /** Tells a reader that may run on that the rest is not needed. */
  stop?(): void;
  /** Ends the sink and resolves when the reader is done. */
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
 * Writes to a file descriptor, at once and in order. A closed reader closes the sink silently; so does a full disk,
 * with `failure` for the sink's owner to report.
 */
export class DescriptorSink implements Sink {
  closed = false;
  failure: string | undefined;
  readonly color: boolean;
  readonly aside: Sink | undefined;
  readonly #fd: number;
  readonly #owned: boolean;

  constructor(fd: number, options: { color?: boolean; owned?: boolean; aside?: Sink } = {}) {
    this.#fd = fd;
    this.aside = options.aside;
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
        // A full pipe that is non-blocking: wait for its reader.
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

/**
 * A file for `>` (or `>>`), and the bytes of the old one that are lost. Throws the system's error when it does not open, and
 * CrashError for a name of no file.
 */
export function openFileSink(
  path: string,
  append: boolean,
): { readonly sink: Sink; readonly replaced: number } {
  const { fd, replaced } = openForWriting(path, append ? 'append' : 'truncate');
  return { sink: new DescriptorSink(fd, { owned: true }), replaced };
}

/** The lines as an array, for tests and programs. */
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
