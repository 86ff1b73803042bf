import { CrashError } from '../../base/errors.ts';

/** Why a replay refuses a command or an option: it reaches beyond the dump. */
export interface Restriction {
  readonly why: string;
  /** Refused also when everything may be run. */
  readonly always?: true;
}

/** A line was not run, because it reaches beyond the dump. */
export class RestrictedError extends CrashError {
  override name = 'Confined';
}

/**
 * The rules of a session that runs the lines of a transcript. Actions beyond the dump are refused where they would
 * happen, whatever the line looks like: after an alias, inside another command.
 */
export class Sandbox {
  readonly #allowsAll: boolean;
  #refused: Restriction | undefined;

  constructor(allowsAll: boolean) {
    this.#allowsAll = allowsAll;
  }

  /** The reason of the last refusal since the last call; undefined when there was none. */
  takeRefusal(): Restriction | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  /** Throws RestrictedError, unless the action is allowed. */
  check(restriction: Restriction): void {
    if (this.#allowsAll && !restriction.always) return;
    this.#refused = restriction;
    throw new RestrictedError(`not run in a replay: ${restriction.why}`);
  }
}

/** Reasons of restrictions. */
export const RUNS_PROGRAM: Restriction = { why: 'runs a program' };
export const WRITES_FILE: Restriction = { why: 'writes a file' };
export const READS_FILE: Restriction = { why: 'reads a file' };
/** Needs lines and output of this session. */
export const OF_SESSION: Restriction = { why: 'is about the session itself', always: true };
/** A command without an end is refused also when everything else may be run. */
export const ENDLESS: Restriction = { why: 'has no end', always: true };
