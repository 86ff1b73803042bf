import { CrashError } from '../../base/errors.ts';

/** Why a replay leaves a command, or an option, out: it does more than ask the dump. */
export interface Restriction {
  readonly why: string;
  /** Also when all may be run. */
  readonly always?: true;
}

/** A line was not run, since it reaches beyond the dump. */
export class RestrictedError extends CrashError {
  override name = 'Confined';
}

/**
 * The rules of a session that somebody else's lines are run in. What is not about the dump is refused where it would
 * happen, whatever the line looked like: behind an alias, inside another command.
 */
export class Sandbox {
  readonly #allowsAll: boolean;
  #refused: Restriction | undefined;

  constructor(allowsAll: boolean) {
    this.#allowsAll = allowsAll;
  }

  /** Why something was refused since this was asked last; undefined when nothing was. */
  takeRefusal(): Restriction | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  /** Throws Confined, unless it may be done. */
  check(restriction: Restriction): void {
    if (this.#allowsAll && !restriction.always) return;
    this.#refused = restriction;
    throw new RestrictedError(`not run in a replay: ${restriction.why}`);
  }
}

export const RUNS_PROGRAM: Restriction = { why: 'runs a program' };
export const WRITES_FILE: Restriction = { why: 'writes a file' };
export const READS_FILE: Restriction = { why: 'reads a file' };
/** It is about what was entered and printed here. */
export const OF_SESSION: Restriction = { why: 'is about the session itself', always: true };
export const ENDLESS: Restriction = { why: 'has no end', always: true };
