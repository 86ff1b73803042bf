import { CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { CheckRecord, FindingRecord, SkippedRecord } from '../records.ts';
import { type Check, Tally } from './check.ts';

/** Findings of a check that are told one by one; of more only the number is known. A broken table has millions. */
const MOST_FINDINGS = 64;

/** Runs checks: the findings of each as they come, then what it has checked. A check that cannot run is skipped. */
export function* runChecks(
  target: Target,
  checks: readonly Check[],
): Generator<FindingRecord | CheckRecord | SkippedRecord> {
  for (const check of checks) {
    const tally = new Tally();
    let findings = 0;
    try {
      for (const { address, found, expected, text, command } of check.run(target, tally)) {
        if (++findings > MOST_FINDINGS) continue;
        yield { kind: 'finding', check: check.name, address, found, expected, text, run: command };
      }
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      yield { kind: 'skipped', what: check.name, reason: error.message };
    }
    const { checked, skipped } = tally;
    yield { kind: 'check', check: check.name, checked, findings, skipped };
  }
}
