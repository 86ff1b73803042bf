import type { VAddr } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';

/** An entry that is not as it should be. */
export interface Finding {
  /** The entry's own address. */
  readonly address: VAddr;
  readonly found: bigint;
  /** What should stand there; undefined where nothing says it. */
  readonly expected: bigint | undefined;
  /** A sentence: what is wrong, and how it is known. */
  readonly text: string;
  /** The command that shows it. */
  readonly command: string;
}

/** What a check has done so far. */
export class Tally {
  checked = 0;
  /** Things that could not be checked: their pages are not in the dump, or they were being changed when the machine stopped. */
  skipped = 0;

  /**
   * Checks one thing: its findings, or one more that was skipped where memory is missing, or where it was being changed and may
   * differ for that.
   */
  *one(work: () => Finding | 'changing' | undefined): Generator<Finding> {
    let found: Finding | 'changing' | undefined;
    try {
      found = work();
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      this.skipped++;
      return;
    }
    if (found === 'changing') {
      this.skipped++;
      return;
    }
    this.checked++;
    if (found) yield found;
  }
}

/** A comparison of what memory has twice: a finding is where the two do not agree. */
export interface Check {
  readonly name: string;
  /** A few words, for `analyze -l`. */
  readonly title: string;
  /** What it cannot see. */
  readonly note?: string;
  /** Findings as they come. Throws MissingError where the kernel's types or symbols say too little for the check. */
  run(target: Target, tally: Tally): Iterable<Finding>;
}
