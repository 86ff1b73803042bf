/** Thrown at a checkpoint. No CrashError: nothing that puts up with a dump's faults may swallow it. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  constructor() {
    super('interrupted');
  }
}

/** Checkpoints between two looks at the clock, and milliseconds between two questions. */
const CALLS = 64;
const EVERY_MS = 16;

/**
 * The means to end synchronous work in its middle. Reads of memory and long loops pass a {@link checkpoint}; there the
 * one who started the work is asked whether to go on. Each opened dump has one, carried by its memory; whoever runs
 * work on the dump says for the time of that work whom to ask.
 */
export class Interruption {
  #asked: (() => boolean) | undefined;
  #calls = 0;
  #next = 0;

  /** Costs next to nothing, so that it can stand in a loop. Throws Interrupted when the work is to stop. */
  checkpoint(): void {
    if (this.#asked === undefined || ++this.#calls < CALLS) return;
    this.#calls = 0;
    const now = Date.now();
    // A clock that was set back must not silence the question.
    if (now < this.#next && now > this.#next - 2 * EVERY_MS) return;
    this.#next = now + EVERY_MS;
    if (this.#asked()) throw new Interrupted();
  }

  /**
   * Runs work at whose checkpoints `asked` says whether to stop; the caller is ready for Interrupted. Undefined: this
   * part must not be cut short (the painting of text that has been printed), also within other work.
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
