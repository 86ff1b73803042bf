const FIRST_ROOM = 64;

/**
 * A growing list of extents in the order of their discovery: bytes [start, end) of an address space lie in a file from
 * `offset` on; a negative offset means "not in the file".
 */
export class Extents {
  starts = new Float64Array(FIRST_ROOM);
  ends = new Float64Array(FIRST_ROOM);
  offsets = new Float64Array(FIRST_ROOM);
  length = 0;

  push(start: number, end: number, offset: number): void {
    if (this.length === this.starts.length) {
      this.starts = grown(this.starts);
      this.ends = grown(this.ends);
      this.offsets = grown(this.offsets);
    }
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.offsets[this.length++] = offset;
  }
}

function grown(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}

/** Extents in order of address that do not overlap, for look-ups. */
export class ExtentMap {
  readonly #extents: Extents;
  #last = 0;

  /** @param prefer which of two overlapping extents wins: the one pushed first, or last. */
  constructor(extents: Extents, prefer: 'first' | 'last') {
    this.#extents = isOrdered(extents) ? extents : disjoint(extents, prefer);
  }

  get length(): number {
    return this.#extents.length;
  }
  /** The end of the last extent; 0 without any. */
  get end(): number {
    return this.length > 0 ? this.endOf(this.length - 1) : 0;
  }
  startOf(index: number): number {
    return this.#extents.starts[index]!;
  }
  endOf(index: number): number {
    return this.#extents.ends[index]!;
  }
  offsetOf(index: number): number {
    return this.#extents.offsets[index]!;
  }

  /** The index of the first extent that ends after an address; `length` when none does. */
  firstEndingAfter(address: number): number {
    const { starts, ends, length } = this.#extents;
    const last = this.#last;
    if (last < length && starts[last]! <= address && address < ends[last]!) return last;
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ends[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    this.#last = low;
    return low;
  }
}

function isOrdered({ starts, ends, length }: Extents): boolean {
  for (let i = 1; i < length; i++) if (starts[i]! < ends[i - 1]!) return false;
  return true;
}

/**
 * Cuts extents into ordered ones that do not overlap: a sweep over the starts, with a heap of those that cover the
 * current point, the preferred one on top. O(n log n) in all cases.
 */
function disjoint(extents: Extents, prefer: 'first' | 'last'): Extents {
  const { starts, ends, offsets, length } = extents;
  const order = Uint32Array.from({ length }, (_, i) => i);
  order.sort((a, b) => starts[a]! - starts[b]! || a - b);
  const rankOf = (i: number) => (prefer === 'first' ? i : -i);
  const result = new Extents();
  const covering = new RankHeap();
  let next = 0;
  let at = 0;
  while (next < length || covering.size > 0) {
    if (covering.size === 0) at = starts[order[next]!]!;
    while (next < length && starts[order[next]!]! <= at) covering.push(rankOf(order[next++]!));
    const best = Math.abs(covering.peek());
    if (ends[best]! <= at) {
      covering.pop();
      continue;
    }
    // The preferred extent holds until it ends or another one begins.
    const following = next < length ? starts[order[next]!]! : Number.POSITIVE_INFINITY;
    const end = Math.min(ends[best]!, following);
    append(result, at, end, offsets[best]! < 0 ? -1 : offsets[best]! + (at - starts[best]!));
    at = end;
  }
  return result;
}

function append(result: Extents, start: number, end: number, offset: number): void {
  const last = result.length - 1;
  if (last >= 0 && result.ends[last] === start) {
    const from = result.offsets[last]!;
    const follows =
      offset < 0 ? from < 0 : from >= 0 && from + (start - result.starts[last]!) === offset;
    if (follows) {
      result.ends[last] = end;
      return;
    }
  }
  result.push(start, end, offset);
}

/** A binary heap of numbers, smallest on top. */
class RankHeap {
  readonly #items: number[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): number {
    return this.#items[0]!;
  }

  push(rank: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(rank);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent]! <= rank) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = rank;
  }

  pop(): void {
    const items = this.#items;
    const rank = items.pop();
    if (rank === undefined || items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && items[child + 1]! < items[child]!) child++;
      if (items[child]! >= rank) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = rank;
  }
}
