import { CrashError } from '../../base/errors.ts';
import { Interrupted } from '../../base/interruption.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { CheckRecord, FindingRecord, SkippedRecord } from '../records.ts';
import { type Check, Tally } from './check.ts';

/** Findings of a check that are told one by one; of more only the number is known. A broken table has millions. */
const MOST_FINDINGS = 64;

/** A check begins: for those who show how far the work is. */
export interface RunningCheck {
  readonly kind: 'running';
  readonly check: string;
  /** Its place among the checks that are run, from 1 on. */
  readonly place: number;
  readonly of: number;
}

/**
 * Runs checks: the findings of each as they come, then what it has checked. A check that cannot run is skipped; one that is
 * interrupted says what it has checked so far, and that there is more.
 */
export function* runChecks(
  target: Target,
  checks: readonly Check[],
): Generator<FindingRecord | CheckRecord | SkippedRecord | RunningCheck> {
  for (const [i, check] of checks.entries()) {
    yield { kind: 'running', check: check.name, place: i + 1, of: checks.length };
    const tally = new Tally();
    let findings = 0;
    let stopped: Interrupted | undefined;
    try {
      for (const { address, found, expected, text, command } of check.run(target, tally)) {
        if (++findings > MOST_FINDINGS) continue;
        yield { kind: 'finding', check: check.name, address, found, expected, text, run: command };
      }
    } catch (error) {
      if (error instanceof Interrupted) stopped = error;
      else if (error instanceof CrashError)
        yield { kind: 'skipped', what: check.name, reason: error.message };
      else throw error;
    }
    const { checked, skipped } = tally;
    const isPartial = stopped !== undefined;
    yield {
      kind: 'check',
      check: check.name,
      checked,
      findings,
      skipped,
      isPartial,
      note: check.note,
    };
    if (stopped) throw stopped;
  }
}
