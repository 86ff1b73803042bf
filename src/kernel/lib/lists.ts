import { hex, plus, type VAddr } from '../../base/address.ts';
import { CorruptError, ReadError } from '../../base/errors.ts';
import type { ReadableSpace } from '../../memory/readable.ts';
import type { Target } from '../core/target.ts';

/** Bound on the entries of a list: a longer one is a loop that does not pass its head. */
export const MAX_LIST = 4_000_000;

/** A list ended before it returned to its head. Iteration has yielded everything up to there. */
export class BrokenListError extends CorruptError {
  override name = 'BrokenListError';
}

/**
 * The entries of a circular `struct list_head` list, from `head.next` on, not the head itself. Yields
 * addresses of the list_heads. Throws BrokenListError after the last good entry when the list is cut, loops
 * without its head, or runs into unreadable memory. include/linux/list.h.
 */
export function* walkList(
  kernel: ReadableSpace<VAddr>,
  head: VAddr,
  max = MAX_LIST,
): Generator<VAddr, void> {
  yield* walkPointers(kernel, head, kernel.pointer(head), head, max);
}

/**
 * As {@link walkList}, and where the list is broken also the entries of its backward links: a list that is cut in one
 * place is complete. The BrokenListError of the cut comes last. Remembers every entry.
 */
export function* walkBothWays(
  kernel: ReadableSpace<VAddr>,
  head: VAddr,
  max = MAX_LIST,
): Generator<VAddr, void> {
  const seen = new Set<VAddr>();
  try {
    for (const entry of walkList(kernel, head, max)) {
      seen.add(entry);
      yield entry;
    }
  } catch (error) {
    if (!(error instanceof BrokenListError)) throw error;
    yield* entriesBehind(kernel, head, seen, max);
    throw error;
  }
}

/**
 * As {@link walkBothWays} over a list of the kernel's own, where a break is no error: the entries of both directions
 * are yielded, and the entries that may be missing between them are a loss of the target. `what` is one entry, as a
 * user calls it.
 */
export function* listEntries(
  target: Target,
  head: VAddr,
  what: string,
  max = MAX_LIST,
): Generator<VAddr, void> {
  try {
    yield* walkBothWays(target.kernel, head, max);
  } catch (error) {
    if (!(error instanceof BrokenListError || error instanceof ReadError)) throw error;
    target.losses.report({ what, reason: error.message });
  }
}

/** The entries from the end of a list back to a known one, in the list's order. */
function entriesBehind(
  kernel: ReadableSpace<VAddr>,
  head: VAddr,
  known: ReadonlySet<VAddr>,
  max: number,
): VAddr[] {
  const found: VAddr[] = [];
  try {
    // list_head.prev follows list_head.next.
    const prev = kernel.pointerSize;
    const last = kernel.pointer(plus(head, prev));
    for (const entry of walkPointers(kernel, head, last, head, max, prev)) {
      if (known.has(entry)) break;
      found.push(entry);
    }
  } catch (error) {
    // Broken here too: the entries found count, and the caller learns of the first break.
    if (!(error instanceof BrokenListError || error instanceof ReadError)) throw error;
  }
  return found.reverse();
}

/**
 * A NULL-terminated chain whose `next` pointer lies `offset` bytes into each entry (hlist, llist, freelists).
 * `first` is the first entry. Throws BrokenListError as {@link walkList}.
 */
export function* walkChain(
  kernel: ReadableSpace<VAddr>,
  first: VAddr,
  offset = 0,
  max = MAX_LIST,
): Generator<VAddr, void> {
  yield* walkPointers(kernel, first, first, undefined, max, offset);
}

function* walkPointers(
  kernel: ReadableSpace<VAddr>,
  origin: VAddr,
  first: VAddr,
  end: VAddr | undefined,
  max: number,
  offset = 0,
): Generator<VAddr, void> {
  // Brent's cycle check: one remembered entry, moved at powers of two, costs no memory.
  let remembered = origin;
  let sinceMove = 0;
  let moveAfter = 1;
  let at = first;
  for (let count = 0; at !== 0n && at !== end; count++) {
    if (count >= max)
      throw new BrokenListError(`list at ${hex(origin)} has more than ${max} entries`, at);
    if (count > 0 && at === remembered) {
      throw new BrokenListError(`list at ${hex(origin)} loops at ${hex(at)}`, at);
    }
    if (++sinceMove === moveAfter) {
      remembered = at;
      sinceMove = 0;
      moveAfter *= 2;
    }
    let next: VAddr;
    try {
      next = kernel.pointer(plus(at, offset));
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      const broken = new BrokenListError(`list at ${hex(origin)} is broken: ${error.message}`, at);
      broken.cause = error;
      throw broken;
    }
    yield at;
    at = next;
  }
  if (end !== undefined && at === 0n) {
    throw new BrokenListError(`list at ${hex(origin)} ends in a NULL pointer`, at);
  }
}
