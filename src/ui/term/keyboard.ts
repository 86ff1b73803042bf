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
