import { CrashError } from '../../base/errors.ts';

/** Why a replay leaves a command, or an option, out: it does more than ask the dump. */
export interface Apart {
  readonly why: string;
  /** Also when all may be run. */
  readonly always?: true;
}

/** A line was not run, since it reaches beyond the dump. */
export class Confined extends CrashError {
  override name = 'Confined';
}

/**
 * The rules of a session that somebody else's lines are run in. What is not about the dump is refused where it would
 * happen, whatever the line looked like: behind an alias, inside another command.
 */
export class Confinement {
  readonly #allowsAll: boolean;
  #refused: Apart | undefined;

  constructor(allowsAll: boolean) {
    this.#allowsAll = allowsAll;
  }

  /** Why something was refused since this was asked last; undefined when nothing was. */
  takeRefusal(): Apart | undefined {
    const refused = this.#refused;
    this.#refused = undefined;
    return refused;
  }

  /** Throws Confined, unless it may be done. */
  check(apart: Apart): void {
    if (this.#allowsAll && !apart.always) return;
    this.#refused = apart;
    throw new Confined(`not run in a replay: ${apart.why}`);
  }
}

export const RUNS_PROGRAM: Apart = { why: 'runs a program' };
export const WRITES_FILE: Apart = { why: 'writes a file' };
export const READS_FILE: Apart = { why: 'reads a file' };
/** It is about what was entered and printed here. */
export const OF_SESSION: Apart = { why: 'is about the session itself', always: true };
export const ENDLESS: Apart = { why: 'has no end', always: true };
