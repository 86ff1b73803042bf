import { constants, openSync, readSync } from 'node:fs';
import { type InputEvent, KeyDecoder } from './keys.ts';

export interface KeyboardParts {
  readonly stdin: NodeJS.ReadStream;
  /** All events of one chunk. */
  readonly onEvents: (events: readonly InputEvent[]) => void;
  /** The terminal has gone. */
  readonly onEnd: () => void;
}

/** The only reader of stdin. Between {@link start} and {@link stop} the terminal is raw and its keys are ours. */
export class Keyboard {
  readonly #parts: KeyboardParts;
  #decoder: KeyDecoder | undefined;
  #tty: number | undefined;
  readonly #chunk = Buffer.alloc(4096);
  readonly #onData = (bytes: Buffer): void => this.#decoder?.push(bytes);

  constructor(parts: KeyboardParts) {
    this.#parts = parts;
    parts.stdin.on('end', parts.onEnd);
    // EIO: what was a terminal is none any more.
    parts.stdin.on('error', parts.onEnd);
  }

  start(): void {
    if (this.#decoder) return;
    const { stdin, onEvents } = this.#parts;
    this.#decoder = new KeyDecoder(onEvents);
    stdin.setRawMode(true);
    stdin.on('data', this.#onData);
    stdin.resume();
  }

  /** Takes the keys that have come, without a turn of the loop: for work that goes on for long without one. */
  poll(): void {
    const fd = this.#decoder && this.#open();
    if (fd === undefined) return;
    try {
      for (;;) {
        const count = readSync(fd, this.#chunk, 0, this.#chunk.length, null);
        if (count === 0) return;
        this.#decoder?.push(this.#chunk.subarray(0, count));
      }
    } catch {
      // EAGAIN: no more keys. What else may be wrong with the terminal, its stream will hear.
    }
  }

  /** Runs work with the terminal as programs commonly have it, so that Ctrl-C is a signal. */
  cooked<T>(work: () => T): T {
    const { stdin } = this.#parts;
    const ours = this.#decoder !== undefined;
    if (ours) stdin.setRawMode(false);
    try {
      return work();
    } finally {
      if (ours) stdin.setRawMode(true);
    }
  }

  /** The terminal, opened once more: reads of stdin itself would wait. Undefined when that cannot be done. */
  #open(): number | undefined {
    if (this.#tty === undefined) {
      try {
        this.#tty = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK);
      } catch {
        this.#tty = -1;
      }
    }
    return this.#tty < 0 ? undefined : this.#tty;
  }

  stop(): void {
    const { stdin } = this.#parts;
    this.#decoder?.stop();
    this.#decoder = undefined;
    stdin.off('data', this.#onData);
    stdin.pause();
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal has gone, and its modes with it.
    }
  }
}
