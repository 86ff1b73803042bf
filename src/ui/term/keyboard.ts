import { constants, openSync, readSync } from 'node:fs';
import { type InputEvent, KeyDecoder } from './keys.ts';
import { withoutHandlers } from './signals.ts';

/** The outside of a keyboard. */
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
    // EIO: the terminal has gone.
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

  /** Reads waiting keys without a turn of the loop: for long work. */
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
      // EAGAIN: no more keys. Other errors reach the stream.
    }
  }

  /** Runs work with the terminal in cooked mode, so that Ctrl-C is a signal. */
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

  /** The same for work that may never return to the loop: the signals have their default actions, and the modes rest. */
  asSignals<T>(
    signals: readonly NodeJS.Signals[],
    modes: { rest(on: boolean): void },
    work: () => T,
  ): T {
    modes.rest(true);
    try {
      return withoutHandlers(signals, () => this.cooked(work));
    } finally {
      modes.rest(false);
    }
  }

  /** The terminal, opened once more: reads of stdin itself would block. Undefined when it cannot be opened. */
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
      // the terminal has gone, and its modes with it
    }
  }
}
