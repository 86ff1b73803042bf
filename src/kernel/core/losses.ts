import { CrashError, LostError, MissingError } from '../../base/errors.ts';

/** Something that an answer should have had, and has not, since the dump does not hold it or it cannot be read. */
export interface Loss {
  /** In the singular, as a user calls it: `task`, `module`, `page of symbol names`. */
  readonly what: string;
  /** How many of them, when it is known: 1 for a thing that was found and could not be read. */
  readonly count?: number;
  readonly address?: bigint;
  /** It is there, and contradicts what else is known; otherwise it is missing. */
  readonly isDamaged?: true;
  /** Why: the error of the read, or a sentence where counters disagree. */
  readonly reason: string;
}

/** Losses that are kept in full; of more only the number is known. A broken table can lose millions. */
const MAX_KEPT = 64;

/** What was lost during some work, each loss once. */
export class LossLog {
  readonly #kept = new Map<string, Loss>();
  /** How many came after there was no more room. */
  more = 0;

  add(loss: Loss): void {
    const key = `${loss.what} ${loss.address ?? ''} ${loss.reason}`;
    if (this.#kept.has(key)) return;
    if (this.#kept.size < MAX_KEPT) this.#kept.set(key, loss);
    else this.more++;
  }

  get losses(): readonly Loss[] {
    return [...this.#kept.values()];
  }

  get isEmpty(): boolean {
    return this.#kept.size === 0;
  }

  /** Adds what another log has. */
  addAll(other: LossLog): void {
    for (const loss of other.#kept.values()) this.add(loss);
    this.more += other.more;
  }
}

/**
 * Where readers of a target report what they leave out. Whoever runs work gives the log for the time of it; work within
 * work reports to both. What a kept table lost is reported again to each command that uses the table.
 */
export class Losses {
  #current: readonly LossLog[] = [];

  readonly #remarks = new Set<string>();
  #told = 0;

  /** Says once that an answer was had in another way than usual. It is whole, so that this is no loss. */
  remark(text: string): void {
    this.#remarks.add(text);
  }

  /** The remarks that were made since this was asked last. */
  takeRemarks(): readonly string[] {
    const fresh = [...this.#remarks].slice(this.#told);
    this.#told = this.#remarks.size;
    return fresh;
  }

  report(loss: Loss): void {
    for (const log of this.#current) log.add(loss);
  }

  reportAll(log: LossLog): void {
    for (const each of this.#current) each.addAll(log);
  }

  /** Runs work and collects in `log` what it loses. */
  during<T>(log: LossLog, work: () => T): T {
    const before = this.#current;
    this.#current = [...before, log];
    try {
      return work();
    } finally {
      this.#current = before;
    }
  }

  /** As {@link during}, without reporting them: a loss on one way may be found on another. */
  apart<T>(log: LossLog, work: () => T): T {
    const before = this.#current;
    this.#current = [log];
    try {
      return work();
    } finally {
      this.#current = before;
    }
  }

  /** Runs work whose failures are losses: undefined, and the reason reported, when it throws CrashError. */
  attempt<T>(what: string, address: bigint | undefined, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      this.report({
        what,
        count: 1,
        reason: error.message,
        ...(address === undefined ? {} : { address }),
      });
      return undefined;
    }
  }

  /**
   * As {@link attempt}, for a part that not every kernel has: what the kernel has no symbol, type or member for is no loss. It is
   * one where the tables of symbols or types cannot be read, wholly or where the name may be.
   */
  ifThere<T>(what: string, address: bigint | undefined, work: () => T): T | undefined {
    return this.attempt(what, address, () => {
      try {
        return work();
      } catch (error) {
        const isAbsent =
          error instanceof MissingError && !(error instanceof LostError) && error.kind !== 'table';
        if (isAbsent) return undefined;
        throw error;
      }
    });
  }
}
