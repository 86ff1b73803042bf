import { CrashError } from '../../src/base/errors.ts';

/** Something that reads bytes it cannot trust. `run` may throw CrashError and its kind; all else is a bug. */
export interface FuzzTarget {
  readonly name: string;
  /** Whole and valid inputs, which are damaged. */
  seeds(): readonly Uint8Array[];
  run(bytes: Uint8Array): void | Promise<void>;
  /** How much of the time it gets, against the others' 1: cases of some cost more. */
  readonly weight?: number;
}

/** Runs what may throw a typed error; anything else goes on up. */
export function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
}

/** What a dump may cause: the errors of src/base/errors.ts. Anything else is a bug. */
export const isTyped = (error: unknown): boolean => error instanceof CrashError;
