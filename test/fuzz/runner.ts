import { mutate, random } from './mutate.ts';
import type { FuzzTarget } from './targets.ts';

/** What a case is allowed to hold in array buffers and heap when it ends, over what there was before. */
export const MEMORY_LIMIT = 512 << 20;

/** The input of case `number` of a target: a seed, changed. Case numbers below the count of seeds are the seeds themselves. */
export function inputOf(
  target: FuzzTarget,
  seeds: readonly Uint8Array[],
  number: number,
): Uint8Array {
  const own = seeds[number % seeds.length] ?? new Uint8Array(0);
  return number < seeds.length
    ? own
    : mutate(own, random(number * 2654435761 + target.name.length));
}

/** Runs one case; throws what a parser should not throw. */
export async function runCase(
  target: FuzzTarget,
  bytes: Uint8Array,
  isTyped: (error: unknown) => boolean,
): Promise<void> {
  const before = inUse();
  try {
    await target.run(bytes);
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
  const grown = inUse() - before;
  if (grown > MEMORY_LIMIT) throw new Error(`${Math.round(grown / 2 ** 20)} MiB were allocated`);
}

function inUse(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
