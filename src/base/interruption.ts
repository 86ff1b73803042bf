/**
 * Ctrl-C in the middle of synchronous work. Reads of memory and long loops pass a {@link checkpoint}; whoever has
 * the keys says there whether to go on. One process has one terminal, so there is one watch.
 */

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

let watch: (() => boolean) | undefined;
/** Is work going on that may be cut short? */
let open = false;
let calls = 0;
let next = 0;

/** From now on `asked` says at checkpoints whether to stop; undefined ends that. It stops one time only. */
export function watchInterruption(asked: (() => boolean) | undefined): void {
  watch = asked;
  next = 0;
}

/** Costs next to nothing, so that it can stand in a loop. Throws Interrupted when the work is to stop. */
export function checkpoint(): void {
  if (!open || watch === undefined || ++calls < CALLS) return;
  calls = 0;
  ask();
}

function ask(): void {
  const now = Date.now();
  // A clock that was set back must not silence the keys.
  if (now < next && now > next - 2 * EVERY_MS) return;
  next = now + EVERY_MS;
  if (!watch?.()) return;
  watch = undefined;
  throw new Interrupted();
}

/** Runs work whose checkpoints may throw Interrupted; the caller is ready for that. All others pass them freely. */
export const interruptible = <T>(work: () => T): T => within(true, work);

/** Runs a part of it that must not be cut short: the painting of text that has been printed. */
export const shielded = <T>(work: () => T): T => within(false, work);

function within<T>(state: boolean, work: () => T): T {
  const before = open;
  open = state;
  try {
    return work();
  } finally {
    open = before;
  }
}
