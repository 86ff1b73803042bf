import type { Target } from '../core/target.ts';
import { jiffiesToNanoseconds, ticksPerSecond } from '../time/clock.ts';
import { jiffies } from '../time/timers.ts';
import { newestClock } from '../waits/waiting-time.ts';

/** A moment on the clock of the log, and how far it may be off. */
export interface Moment {
  /** Nanoseconds since boot of local_clock(), the clock of printk and the scheduler. */
  readonly at: bigint;
  /** Nanoseconds. */
  readonly precision: bigint;
}

/** Ways from other clocks to that of the log. */
export interface Clocks {
  /** Of the newest tick of any CPU: the end of the scheduler's time. */
  readonly now: bigint;
  /** From a value of jiffies: as coarse as a jiffy. */
  fromJiffies(value: bigint): Moment;
  /** From ktime_get(), nanoseconds of the monotonic clock: as coarse as a jiffy. */
  fromMonotonic(nanoseconds: bigint): Moment;
}

/**
 * The clocks at the last tick, when jiffies, the monotonic clock and the scheduler's clock were read together: the CPU
 * with the newest rq->clock had it. Throws MissingError where the kernel has no jiffies or no run queues.
 */
export function readClocks(target: Target): Clocks {
  const now = newestClock(target) ?? 0n;
  const tick = 1_000_000_000n / BigInt(ticksPerSecond(target));
  const byJiffies = jiffiesToNanoseconds(target, jiffies(target));
  // Both clocks count from boot; they began at different moments of it.
  const ahead = now - byJiffies;
  const convert = (nanoseconds: bigint): Moment => ({ at: nanoseconds + ahead, precision: tick });
  return {
    now,
    fromJiffies: (value) => convert(jiffiesToNanoseconds(target, widened(value, jiffies(target)))),
    fromMonotonic: convert,
  };
}

/** jiffies of 32 bits as the value near the present one. */
const widened = (value: bigint, present: bigint): bigint =>
  value > 0xffff_ffffn ? value : present + BigInt.asIntN(32, value - present);
