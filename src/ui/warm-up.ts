/** Idle time: this long after the last key, in slices this short. */
const QUIET_MS = 120;
const SLICE_MS = 4;

/** Runs a generator to its end in the pauses between keys. */
export class WarmUp {
  readonly #work: Iterator<void>;
  /** Called once, at the generator's end. */
  onDone: () => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #done = false;

  constructor(work: Iterable<void>) {
    this.#work = work[Symbol.iterator]();
  }

  /** A key was pressed, or the prompt has come back: waits for the next pause. */
  touch(): void {
    clearTimeout(this.#timer);
    if (!this.#done) this.#timer = setTimeout(() => this.#slice(), QUIET_MS);
  }
  pause(): void {
    clearTimeout(this.#timer);
  }

  #slice(): void {
    const end = performance.now() + SLICE_MS;
    while (performance.now() < end) {
      if (this.#work.next().done) {
        this.#done = true;
        this.onDone();
        return;
      }
    }
    this.#timer = setTimeout(() => this.#slice(), 1);
  }
}
