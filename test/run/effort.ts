import { readFileSync } from 'node:fs';

/**
 * Processor time that this thread has used, in milliseconds. Test files are threads of one process, so its own usage
 * tells little; Linux counts threads too (proc(5), /proc/thread-self/schedstat: nanoseconds on the CPU come first).
 */
export function cpuTime(): number {
  try {
    return Number.parseInt(readFileSync('/proc/thread-self/schedstat', 'latin1'), 10) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** The clock of the kernel's scheduler ticks every few milliseconds: what is measured has to last for some ticks. */
const ENOUGH_MS = 40;

/** What work costs, in milliseconds; it is done again until that can be told. */
function cost(work: () => void): number {
  const before = cpuTime();
  let times = 0;
  let spent = 0;
  do {
    work();
    times++;
    spent = cpuTime() - before;
  } while (spent < ENOUGH_MS);
  return spent / times;
}

/** Work of the kind that the program does: text, numbers of 64 bits, maps, sorting. Some 10 ms on a quiet machine. */
function oneUnit(): void {
  const names = new Map<string, bigint>();
  for (let i = 0; i < 12_000; i++) names.set(`name_${(i * 7919) % 12_000}`, BigInt(i) << 12n);
  const sorted = [...names.keys()].sort();
  let sum = 0n;
  for (const name of sorted) sum += names.get(name) ?? 0n;
  if (sum < 0n) throw new Error('cannot be');
}

/** What {@link effort} counts in, in milliseconds of {@link cpuTime}; for work that cannot be handed over as a function. */
export const unitOfEffort = (): number => Math.max(cost(oneUnit), cost(oneUnit));

/**
 * What work costs, in units of a fixed piece of work that is done just before and just after it (some 10 ms on a quiet
 * machine): what a slow or busy machine does to the one, it does to the other. The least of some tries counts.
 */
export function effort(work: () => void, tries = 3): number {
  cost(oneUnit);
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < tries; round++) {
    const before = cost(oneUnit);
    const own = cost(work);
    const unit = (before + cost(oneUnit)) / 2;
    least = Math.min(least, own / unit);
  }
  return least;
}
