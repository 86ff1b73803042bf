/** The last of the items whose start is not above `address`; they are sorted by start. Undefined when all are above. */
export function lastFrom<T>(
  items: readonly T[],
  address: bigint,
  startOf: (item: T) => bigint,
): T | undefined {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOf(items[middle] as T) <= address) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}

/** An order for {@link Array.sort}, by a number that may be large. */
export const byStart =
  <T>(startOf: (item: T) => bigint) =>
  (a: T, b: T): number => {
    const [left, right] = [startOf(a), startOf(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
