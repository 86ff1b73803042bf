import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { MAX_LIST } from './lists.ts';

/** A list as `list`'s options describe it. */
export interface ListRequest {
  /** The first structure, or with `head` the address of an external list_head. */
  readonly start: VAddr;
  /** Bytes into each structure to its pointer to the next one, or to its list_head. */
  readonly offset: number;
  /**
   * `plain`: the pointers are those of structures. `embedded`: they are those of list_heads inside structures, and
   * the start is one of the structures. `head`: the start is a list_head of its own, outside.
   */
  readonly shape: 'plain' | 'embedded' | 'head';
  /** Bytes into the start to its list_head, where it differs from that of the other structures; with `embedded`. */
  readonly headOffset: number | undefined;
  /** Follow list_head.prev. */
  readonly backwards: boolean;
  readonly end: VAddr | undefined;
  /** Bytes of a pointer. */
  readonly pointerSize: number;
  /** Reads the pointer at an address; `first` of the list or a later one. Throws CrashError. */
  pointer(address: VAddr, first: boolean): VAddr;
}

/** A loop that does not pass the start of the list. */
export class ListLoopError extends CrashError {
  override name = 'ListLoopError';
}

/** A NULL in a list of list_heads, which has no end. */
export class ListEndError extends CrashError {
  override name = 'ListEndError';
}

/**
 * The structures of a list, by address. Ends at NULL, at the start, at the first entry, at the list_head of the start,
 * or at the pointer that was asked for. Throws ListLoopError `duplicate list entry: ...` after the last new one,
 * ListEndError `invalid list entry: 0` where list_heads lead to NULL, and what `pointer` throws: before the first
 * entry, or after the entry whose pointer cannot be read. Remembers every entry.
 */
export function* walkLinkedList(request: ListRequest): Generator<VAddr, void> {
  const { offset, shape, headOffset, end } = request;
  const link = request.backwards ? request.pointerSize : 0;
  const separate = shape === 'embedded' && headOffset !== undefined;
  const shift = shape === 'plain' ? 0 : offset;
  /** The list_head where the list begins and ends. */
  const head =
    shape === 'head' ? request.start : plus(request.start, separate ? headOffset : offset);
  let entry = request.start;
  if (shape === 'head' || separate) {
    const at = request.pointer(plus(head, link), true);
    if (at === head || at === end) return;
    entry = plus(at, -shift);
  }
  const start = entry;
  let next = request.pointer(plus(entry, offset + link), true);
  const second = next;
  const seen = new Set<VAddr>();
  for (let count = 0; count < MAX_LIST; count++) {
    if (seen.has(entry)) {
      throw new ListLoopError(`duplicate list entry: ${va(entry).toString(16)}`);
    }
    seen.add(entry);
    yield entry;
    if (count > 0) next = request.pointer(plus(entry, offset + link), false);
    if (next === 0n && shape !== 'plain') throw new ListEndError('invalid list entry: 0');
    const isHome = shape === 'plain' ? next === 0n || next === entry : next === head;
    const following = plus(next, -shift);
    if (isHome || next === end || following === start || (count > 0 && next === second)) return;
    entry = following;
  }
  throw new ListLoopError(`more than ${MAX_LIST} entries`);
}

/** The result of Brent's algorithm. */
export interface LoopFacts {
  readonly length: number;
  /** Entries before the loop begins. */
  readonly before: number;
  readonly start: VAddr;
}

/** Whether a chain of steps loops, and where: R. P. Brent, BIT 20 (1980). Needs no memory. */
export function findLoop(
  first: VAddr,
  next: (at: VAddr) => VAddr | undefined,
): LoopFacts | undefined {
  let power = 1;
  let length = 1;
  let tortoise = first;
  let hare: VAddr | undefined = next(first);
  while (hare !== undefined && hare !== tortoise) {
    if (power === length) {
      tortoise = hare;
      power *= 2;
      length = 0;
      if (power > MAX_LIST) return undefined;
    }
    hare = next(hare);
    length++;
  }
  if (hare === undefined) return undefined;
  let ahead: VAddr | undefined = first;
  for (let i = 0; i < length && ahead !== undefined; i++) ahead = next(ahead);
  let behind: VAddr | undefined = first;
  let before = 0;
  while (ahead !== undefined && behind !== undefined && ahead !== behind) {
    ahead = next(ahead);
    behind = next(behind);
    before++;
  }
  return behind === undefined ? undefined : { length, before, start: behind };
}
