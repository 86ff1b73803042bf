/** How many of `count` things in order come before a place: `isBefore` is true of the first of them, and of no other. */
export function countBefore(count: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last of the items whose start is not above `address`; they are sorted by start. Undefined when all are above. */
export function lastFrom<T>(
  items: readonly T[],
  address: bigint,
  startOf: (item: T) => bigint,
): T | undefined {
  return items[countBefore(items.length, (i) => startOf(items[i] as T) <= address) - 1];
}

/** The place among sorted ranges of the one that holds a number (`ends` are exclusive); undefined when none does. */
export function rangeHolding(
  starts: ArrayLike<number>,
  ends: ArrayLike<number>,
  value: number,
): number | undefined {
  const place = countBefore(starts.length, (i) => (starts[i] as number) <= value) - 1;
  return place >= 0 && value < (ends[place] as number) ? place : undefined;
}

/** An order for {@link Array.sort}, by a number that may be large. */
export const byStart =
  <T>(startOf: (item: T) => bigint) =>
  (a: T, b: T): number => {
    const [left, right] = [startOf(a), startOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
