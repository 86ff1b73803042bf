/**
 * The changes that turn one list into another: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986),
 * in linear space, with a bound on the work.
 */

/** `aLength` lines of the first from `aStart` on are replaced by `bLength` of the second from `bStart` on. */
export interface Change {
  readonly aStart: number;
  readonly aLength: number;
  readonly bStart: number;
  readonly bLength: number;
}

/** Edits examined before a split is taken that may not be the best. */
const MAX_COST = 512;

interface Box {
  readonly aStart: number;
  readonly aEnd: number;
  readonly bStart: number;
  readonly bEnd: number;
}

/**
 * The changes in order. Time is at most the number of lines times {@link MAX_COST}; lists that have little in common
 * may get more changes than the fewest. Yields undefined between pieces of work, so that it can be interrupted.
 */
export function* diffLines(
  a: readonly string[],
  b: readonly string[],
): Generator<undefined, Change[]> {
  const numbers = new Map<string, number>();
  const left = numbered(a, numbers);
  const right = numbered(b, numbers);
  const changes: Change[] = [];
  const room = 2 * Math.min(MAX_COST + 1, left.length + right.length + 1) + 3;
  const search = new MiddleSearch(left, right, room);
  const todo: Box[] = [{ aStart: 0, aEnd: left.length, bStart: 0, bEnd: right.length }];
  for (let box = todo.pop(); box; box = todo.pop()) {
    const rest = trimmed(box, left, right);
    const { aStart, aEnd, bStart, bEnd } = rest;
    if (aStart === aEnd && bStart === bEnd) continue;
    if (aStart === aEnd || bStart === bEnd) {
      addChange(changes, { aStart, aLength: aEnd - aStart, bStart, bLength: bEnd - bStart });
      continue;
    }
    const [aMiddle, bMiddle] = search.middle(rest);
    // The earlier part is done first, so that the changes come in order.
    todo.push({ aStart: aMiddle, aEnd, bStart: bMiddle, bEnd });
    todo.push({ aStart, aEnd: aMiddle, bStart, bEnd: bMiddle });
    yield undefined;
  }
  return changes;
}

/** The lines as numbers, equal for equal lines: comparing is cheap from here on. */
function numbered(lines: readonly string[], numbers: Map<string, number>): Int32Array {
  return Int32Array.from(lines, (line) => {
    const known = numbers.get(line);
    if (known !== undefined) return known;
    numbers.set(line, numbers.size);
    return numbers.size - 1;
  });
}

/** The box without the equal lines at its two ends. */
function trimmed(box: Box, a: Int32Array, b: Int32Array): Box {
  let { aStart, aEnd, bStart, bEnd } = box;
  while (aStart < aEnd && bStart < bEnd && a[aStart] === b[bStart]) {
    aStart++;
    bStart++;
  }
  while (aStart < aEnd && bStart < bEnd && a[aEnd - 1] === b[bEnd - 1]) {
    aEnd--;
    bEnd--;
  }
  return { aStart, aEnd, bStart, bEnd };
}

/** Adds a change; adjacent changes are joined. */
function addChange(changes: Change[], next: Change): void {
  const last = changes.at(-1);
  if (
    last &&
    last.aStart + last.aLength === next.aStart &&
    last.bStart + last.bLength === next.bStart
  ) {
    changes[changes.length - 1] = {
      ...last,
      aLength: last.aLength + next.aLength,
      bLength: last.bLength + next.bLength,
    };
  } else changes.push(next);
}

/** Finds a point in the middle of a shortest way through a box, from both of its corners at once. */
class MiddleSearch {
  readonly #a: Int32Array;
  readonly #b: Int32Array;
  /** The furthest place in `a` on each diagonal, from the start and from the end. */
  readonly #forward: Int32Array;
  readonly #backward: Int32Array;

  constructor(a: Int32Array, b: Int32Array, room: number) {
    this.#a = a;
    this.#b = b;
    this.#forward = new Int32Array(room);
    this.#backward = new Int32Array(room);
  }

  /** A point of the box that is none of its corners. The first lines of the box must differ, and the last. */
  middle({ aStart, aEnd, bStart, bEnd }: Box): readonly [number, number] {
    const n = aEnd - aStart;
    const m = bEnd - bStart;
    const delta = n - m;
    const odd = (delta & 1) !== 0;
    const limit = Math.min(MAX_COST, Math.ceil((n + m) / 2));
    const forward = this.#forward;
    const backward = this.#backward;
    const zero = limit + 1;
    forward[zero + 1] = 0;
    backward[zero + 1] = 0;
    for (let d = 0; d <= limit; d++) {
      for (let k = -d; k <= d; k += 2) {
        let x = step(forward, zero, k, d);
        let y = x - k;
        while (x < n && y < m && y >= 0 && this.#a[aStart + x] === this.#b[bStart + y]) {
          x++;
          y++;
        }
        forward[zero + k] = x;
        const other = delta - k;
        if (odd && Math.abs(other) < d && inside(x, y, n, m) && x + at(backward, zero + other) >= n)
          return [aStart + x, bStart + y];
      }
      for (let k = -d; k <= d; k += 2) {
        let x = step(backward, zero, k, d);
        let y = x - k;
        while (x < n && y < m && y >= 0 && this.#a[aEnd - 1 - x] === this.#b[bEnd - 1 - y]) {
          x++;
          y++;
        }
        backward[zero + k] = x;
        const other = delta - k;
        if (
          !odd &&
          Math.abs(other) <= d &&
          inside(x, y, n, m) &&
          x + at(forward, zero + other) >= n
        )
          return [aEnd - x, bEnd - y];
      }
    }
    return this.#furthest({ aStart, aEnd, bStart, bEnd }, zero, limit);
  }

  /** The furthest point of the search from the start, for when the bound on the work is reached. */
  #furthest({ aStart, aEnd, bStart, bEnd }: Box, zero: number, limit: number): [number, number] {
    const n = aEnd - aStart;
    const m = bEnd - bStart;
    let best = [0, 0] as [number, number];
    for (let k = -limit; k <= limit; k += 2) {
      const x = at(this.#forward, zero + k);
      const y = x - k;
      if (inside(x, y, n, m) && x + y > best[0] + best[1] && x + y < n + m) best = [x, y];
    }
    return [aStart + best[0], bStart + best[1]];
  }
}

const inside = (x: number, y: number, n: number, m: number): boolean =>
  x >= 0 && y >= 0 && x <= n && y <= m;

const at = (places: Int32Array, index: number): number => places[index] ?? 0;

/** The place where the path with `d` edits enters diagonal `k`: from above or from the left, whichever is further. */
function step(places: Int32Array, zero: number, k: number, d: number): number {
  const above = at(places, zero + k + 1);
  const left = at(places, zero + k - 1);
  return k === -d || (k !== d && left < above) ? above : left + 1;
}
