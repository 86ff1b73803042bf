import { PAGE_SIZE } from './container.ts';
import type { ElfSegment } from './elf-header.ts';
import type { ByteSource } from './source.ts';
import type { PageStatus, PfnRun, PhysicalMemory } from './types.ts';

/** A stretch of physical bytes that one segment answers for. `offset` < 0: RAM that is not in the file. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** Physical addresses above this do not occur: x86_64 has at most 52 bits, and numbers are exact to 53. */
export const MAX_PHYSICAL = 2 ** 53;

/**
 * Physical memory of an ELF core. A segment's bytes beyond p_filesz are what `makedumpfile -E` filtered.
 * Where segments overlap, one that has bytes wins over one that has none, then the first in file order wins.
 * A page that segments cover only in part is present, and zero where no segment speaks: the kernel rounds the
 * edges of RAM in the same way (fs/proc/vmcore.c).
 */
export class ElfMemory implements PhysicalMemory {
  readonly maxPfn: number;
  readonly #source: ByteSource;
  readonly #starts: Float64Array;
  readonly #pieces: readonly Piece[];
  #last = 0;

  constructor(source: ByteSource, loads: readonly ElfSegment[]) {
    this.#source = source;
    this.#pieces = disjoint(piecesOf(loads));
    this.#starts = Float64Array.from(this.#pieces, (piece) => piece.start);
    const last = this.#pieces.at(-1);
    this.maxPfn = last === undefined ? 0 : Math.ceil(last.end / PAGE_SIZE);
  }

  readPage(pfn: number, target: Uint8Array): PageStatus {
    const start = pfn * PAGE_SIZE;
    const index = this.#firstEndingAfter(start);
    const piece = this.#pieces[index];
    if (piece === undefined || piece.start >= start + PAGE_SIZE) return 'not-ram';
    if (piece.offset >= 0 && piece.start <= start && piece.end >= start + PAGE_SIZE) {
      const got = this.#source.read(piece.offset + (start - piece.start), target);
      return got === PAGE_SIZE ? 'present' : 'truncated';
    }
    return this.#readMixed(index, start, target);
  }

  #readMixed(first: number, start: number, target: Uint8Array): PageStatus {
    let present = false;
    target.fill(0);
    for (let index = first; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index]!;
      if (piece.start >= start + PAGE_SIZE) break;
      if (piece.offset < 0) continue;
      const from = Math.max(piece.start, start);
      const to = Math.min(piece.end, start + PAGE_SIZE);
      const got = this.#source.read(
        piece.offset + (from - piece.start),
        target.subarray(from - start, to - start),
      );
      if (got < to - from) return 'truncated';
      present = true;
    }
    return present ? 'present' : 'excluded';
  }

  status(pfn: number): PageStatus {
    const start = pfn * PAGE_SIZE;
    const end = start + PAGE_SIZE;
    let status: PageStatus = 'not-ram';
    for (let index = this.#firstEndingAfter(start); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index]!;
      if (piece.start >= end) break;
      if (piece.offset >= 0) {
        const last = Math.min(piece.end, end) - piece.start + piece.offset;
        if (last > this.#source.size) return 'truncated';
        status = 'present';
      } else if (status === 'not-ram') {
        status = 'excluded';
      }
    }
    return status;
  }

  *runs(from = 0, to = this.maxPfn): Generator<PfnRun> {
    const end = Math.min(to, this.maxPfn);
    let run: { start: number; end: number; status: PfnRun['status'] } | undefined;
    for (let pfn = Math.max(0, from); pfn < end; ) {
      const next = this.#uniform(pfn, end);
      if (run !== undefined && run.status === next.status) {
        run.end = next.end;
      } else {
        if (run !== undefined) yield run;
        run = next;
      }
      pfn = next.end;
    }
    if (run !== undefined) yield run;
  }

  /** The pages from `pfn` on that the piece at hand, or the gap before it, decides alone; at least one. */
  #uniform(pfn: number, limit: number): { start: number; end: number; status: PfnRun['status'] } {
    const start = pfn * PAGE_SIZE;
    const piece = this.#pieces[this.#firstEndingAfter(start)];
    if (piece === undefined) return { start: pfn, end: limit, status: 'not-ram' };
    if (piece.start >= start + PAGE_SIZE) {
      const end = Math.min(limit, Math.floor(piece.start / PAGE_SIZE));
      return { start: pfn, end, status: 'not-ram' };
    }
    const end = Math.floor(piece.end / PAGE_SIZE);
    if (piece.start <= start && end > pfn) {
      return {
        start: pfn,
        end: Math.min(limit, end),
        status: piece.offset < 0 ? 'excluded' : 'present',
      };
    }
    const status = this.status(pfn);
    const kind = status === 'excluded' || status === 'not-ram' ? status : 'present';
    return { start: pfn, end: pfn + 1, status: kind };
  }

  /** The index of the first piece that ends after a physical address; their count when none does. */
  #firstEndingAfter(address: number): number {
    const last = this.#pieces[this.#last];
    if (last !== undefined && last.start <= address && address < last.end) return this.#last;
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    const index = low > 0 && this.#pieces[low - 1]!.end > address ? low - 1 : low;
    this.#last = index;
    return index;
  }
}

/** Each segment as the bytes that it has and the bytes that it has not; those with bytes first. */
function piecesOf(loads: readonly ElfSegment[]): Piece[] {
  const filled: Piece[] = [];
  const holes: Piece[] = [];
  for (const { physical, offset, fileSize, memorySize } of loads) {
    const middle = physical + fileSize;
    const end = physical + Math.max(fileSize, memorySize);
    if (end > MAX_PHYSICAL) continue;
    if (fileSize > 0) filled.push({ start: physical, end: middle, offset });
    if (end > middle) holes.push({ start: middle, end, offset: -1 });
  }
  return [...filled, ...holes];
}

/** Cuts pieces, best first, into sorted ones that do not overlap. */
function disjoint(pieces: readonly Piece[]): Piece[] {
  const order = pieces
    .map((_, rank) => rank)
    .sort((a, b) => pieces[a]!.start - pieces[b]!.start || a - b);
  const result: Piece[] = [];
  const waiting = new RankHeap();
  let next = 0;
  let at = 0;
  while (next < order.length || waiting.size > 0) {
    if (waiting.size === 0) at = pieces[order[next]!]!.start;
    while (next < order.length && pieces[order[next]!]!.start <= at) waiting.push(order[next++]!);
    const best = pieces[waiting.peek()]!;
    if (best.end <= at) {
      waiting.pop();
      continue;
    }
    // The best piece holds until it ends or another one, perhaps better, begins.
    const following = next < order.length ? pieces[order[next]!]!.start : Number.POSITIVE_INFINITY;
    const end = Math.min(best.end, following);
    append(result, at, end, best);
    at = end;
  }
  return result;
}

function append(result: Piece[], start: number, end: number, from: Piece): void {
  const offset = from.offset < 0 ? -1 : from.offset + (start - from.start);
  const last = result.at(-1);
  if (last !== undefined && last.end === start && continues(last, offset)) {
    result[result.length - 1] = { start: last.start, end, offset: last.offset };
  } else {
    result.push({ start, end, offset });
  }
}

const continues = (piece: Piece, offset: number): boolean =>
  piece.offset < 0
    ? offset < 0
    : offset >= 0 && piece.offset + (piece.end - piece.start) === offset;

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
