/** A window that is being dragged sends many sizes; the last one counts. */
const RESIZE_MS = 50;

/** Follows the size of the terminal. */
export class Resizing {
  readonly #stdout: NodeJS.WriteStream;
  readonly #redraw: () => void;
  readonly #at: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `at` is called for every new size, `redraw` for the last one. */
  constructor(stdout: NodeJS.WriteStream, at: () => void, redraw: () => void) {
    this.#stdout = stdout;
    this.#at = at;
    this.#redraw = redraw;
  }

  start(): void {
    this.#stdout.on('resize', this.#onResize);
  }
  stop(): void {
    clearTimeout(this.#timer);
    this.#stdout.off('resize', this.#onResize);
  }

  readonly #onResize = (): void => {
    clearTimeout(this.#timer);
    this.#at();
    this.#timer = setTimeout(() => this.#redraw(), RESIZE_MS);
  };
}
