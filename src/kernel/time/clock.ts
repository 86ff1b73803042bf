import { plus } from '../../base/address.ts';
import { CrashError, MissingError } from '../../base/errors.ts';
import { perCpu } from '../core/cpus.ts';
import { knownTypes } from '../core/known-types.ts';
import type { Target } from '../core/target.ts';

/** 5 minutes: jiffies begin at -300 seconds (INITIAL_JIFFIES, include/linux/jiffies.h) to find wrap-around bugs early. */
const HEAD_START_SECONDS = 300;
/** The values that CONFIG_HZ may have on x86 (kernel/Kconfig.hz). */
const RATES = [100, 250, 300, 1000] as const;
const NANOSECONDS = 1e9;

/**
 * CONFIG_HZ, jiffies a second. No symbol and no type holds it, but the clocksource that counts jiffies has the length
 * of one (clocksource_jiffies, kernel/time/jiffies.c: mult = TICK_NSEC << shift). Throws MissingError.
 */
export const ticksPerSecond = (target: Target): number => target.memo(readRate);

function readRate(target: Target): number {
  for (const source of [byClocksource, byTickLength, byAgreement]) {
    try {
      const rate = source(target);
      if (rate !== undefined) return rate;
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
    }
  }
  throw new MissingError('symbol', 'clocksource_jiffies', 'the length of a jiffy is not known');
}

function byClocksource(target: Target): number | undefined {
  const clocksource = target.object('clocksource', target.symbol('clocksource_jiffies'));
  return rateOf(Number(clocksource.big('mult') >> clocksource.big('shift')));
}

/** tick_nsec, kernel/time/ntp.c; adjusted by a few parts in a thousand at most. 6.13 made it part of a structure. */
function byTickLength(target: Target): number | undefined {
  const rate = NANOSECONDS / Number(target.kernel.u64(target.symbol('tick_nsec')));
  return RATES.find((known) => Math.abs(known - rate) < known / 100);
}

/** The candidate HZ for which jiffies/HZ is closest to rq->clock; a wrong one differs by minutes. */
function byAgreement(target: Target): number | undefined {
  const jiffies = target.kernel.u64(target.symbol('jiffies_64'));
  const clock = Number(perCpu(target, 'runqueues', 'rq', 0).big('clock')) / NANOSECONDS;
  const distance = (hz: number): number => Math.abs(secondsBy(jiffies, hz) - clock);
  return [...RATES].sort((a, b) => distance(a) - distance(b))[0];
}

function rateOf(nanoseconds: number): number | undefined {
  const rate = Math.round(NANOSECONDS / nanoseconds);
  return rate >= 10 && rate <= 10_000 ? rate : undefined;
}

/** The start is -300 s as an unsigned 32-bit number; later values count on beyond 2^32. */
const secondsBy = (jiffies: bigint, hz: number): number =>
  Number(BigInt.asIntN(64, jiffies - BigInt(2 ** 32 - HEAD_START_SECONDS * hz))) / hz;

/** Nanoseconds since boot that a value of jiffies stands for, whole jiffies. Throws MissingError. */
export function jiffiesToNanoseconds(target: Target, jiffies: bigint): bigint {
  const hz = BigInt(ticksPerSecond(target));
  const start = (1n << 32n) - BigInt(HEAD_START_SECONDS) * hz;
  return (BigInt.asIntN(64, jiffies - start) * BigInt(NANOSECONDS)) / hz;
}

/** Seconds since boot by jiffies_64. Throws MissingError, ReadError. */
export const uptimeSeconds = (target: Target): number => target.memo(readUptime);
const readUptime = (target: Target): number =>
  secondsBy(target.kernel.u64(target.symbol('jiffies_64')), ticksPerSecond(target));

/**
 * The time of day at the last clock tick, in seconds since 1970: timekeeper.xtime_sec (kernel/time/timekeeping.c).
 * Throws MissingError, ReadError.
 */
export const wallClock = (target: Target): number => target.memo(readWallClock);

function readWallClock(target: Target): number {
  // panic() writes CRASHTIME to VMCOREINFO: no types needed.
  const { crashTime } = target.vmcoreinfo;
  if (crashTime !== undefined && !knownTypes(target)) return crashTime;
  // Before 3.3 a variable of its own: struct timespec, seconds first.
  const xtime = target.findSymbol('xtime');
  if (xtime !== undefined) return Number(target.kernel.pointer(xtime));
  const seconds = target.types.member('timekeeper', 'xtime_sec').offset;
  const at = (name: string, inside = 0): number | undefined => {
    const symbol = target.findSymbol(name);
    return symbol === undefined
      ? undefined
      : Number(target.kernel.u64(plus(symbol, inside + seconds)));
  };
  // Both timekeepers are in struct tk_data since 6.13, and in an array since 6.17, the system's own first.
  const inData = target.types.findMember('tk_data', 'timekeeper')?.offset;
  if (inData !== undefined) {
    const found = at('timekeeper_data', inData) ?? at('tk_core', inData);
    if (found !== undefined) return found;
  }
  const found = at('shadow_timekeeper') ?? at('timekeeper');
  if (found === undefined) throw new MissingError('symbol', 'shadow_timekeeper');
  return found;
}

/** Time of the machine's start, in seconds since 1970. */
export const bootTime = (target: Target): number =>
  wallClock(target) - Math.floor(uptimeSeconds(target));
