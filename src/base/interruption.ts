/** Thrown at a checkpoint. Not a CrashError: code that tolerates a dump's faults must not catch it. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

/** Checkpoints between two looks at the clock, and milliseconds between two calls of the callback. */
const CALLS = 64;
const EVERY_MS = 16;

/**
 * Ends synchronous work before it is done. Reads of memory and long loops pass a {@link checkpoint}, which asks a
 * callback whether to stop. Each opened dump has one Interruption, carried by its memory; the caller that runs work on
 * the dump sets the callback for the time of that work.
 */
export class Interruption {
  #asked: (() => boolean) | undefined;
  #calls = 0;
  #next = 0;

  /** Cheap enough to stand in a loop. Throws Interrupted when the work is to stop. */
  checkpoint(): void {
    if (this.#asked === undefined || ++this.#calls < CALLS) return;
    this.#calls = 0;
    const now = Date.now();
    // The callback must be called also when the clock was set back.
    if (now < this.#next && now > this.#next - 2 * EVERY_MS) return;
    this.#next = now + EVERY_MS;
    if (this.#asked()) throw new Interrupted();
  }

  /**
   * Runs work at whose checkpoints `asked` says whether to stop; the caller catches Interrupted. With undefined, this
   * part is not interrupted (painting text that has been printed), also within other work.
   */
  run<T>(asked: (() => boolean) | undefined, work: () => T): T {
    const before = this.#asked;
    this.#asked = asked;
    try {
      return work();
    } finally {
      this.#asked = before;
    }
  }
}
