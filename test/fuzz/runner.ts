import { MEMORY_LIMIT, takeLargestRequest } from './memory-guard.ts';
import { mutate, random } from './mutate.ts';
import type { FuzzTarget } from './target.ts';

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

/**
 * Runs one case; throws what a parser should not throw, and an error when the case asked for too much memory at once
 * (see guardAllocations) or holds too much when it ends.
 */
export async function runCase(
  target: FuzzTarget,
  bytes: Uint8Array,
  isTyped: (error: unknown) => boolean,
): Promise<void> {
  const before = inUse();
  takeLargestRequest();
  try {
    await target.run(bytes);
  } catch (error) {
    if (!isTyped(error)) throw error;
  }
  const asked = takeLargestRequest();
  if (asked > 0) throw new Error(`${mebibytes(asked)} were asked for at once`);
  const grown = inUse() - before;
  if (grown > MEMORY_LIMIT) throw new Error(`${mebibytes(grown)} were allocated`);
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;

function inUse(): number {
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return arrayBuffers + heapUsed;
}
