import { plus } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { CorruptError } from '../../base/errors.ts';
import { roomInPage } from '../../base/pages.ts';
import { ageOf, type Ring, readableId } from './ring-shape.ts';

/** The length of the text ring for each descriptor: PRB_AVGBITS of kernel/printk/printk_ringbuffer.h. */
const TEXT_BITS = 5;
/** Descriptors that are looked at to judge a ring's length. */
const SAMPLE = 256n;

/** The records that a ring holds, oldest first; `problem` when the ring's own ends do not say so. */
interface Extent {
  readonly ids: Iterable<bigint>;
  readonly problem?: string;
}

/**
 * The number of descriptors of a ring. A record's slot is its id modulo that number, so that a wrong count_bits shows:
 * the length of the text ring then says the true one. Throws
 * CorruptError for more than the machine has memory for.
 */
export function descriptorCount(
  ring: Omit<Ring, 'count'>,
  countBits: number,
  textBits: number,
): { readonly count: bigint; readonly problem?: string } {
  const fits = (bits: number): boolean => fitsSlots({ ...ring, count: 1n << BigInt(bits) });
  const count = 1n << BigInt(Math.min(countBits, 62));
  const isPossible = hasRoom(ring, count);
  if (isPossible && fits(countBits)) return { count };
  const bits = textBits - TEXT_BITS;
  const problem = `the log's ring has 2^${countBits} descriptors, which its records contradict`;
  if (bits > 0 && bits !== countBits && fits(bits)) return { count: 1n << BigInt(bits), problem };
  if (isPossible) return { count };
  throw new CorruptError(`the log has a ring of 2^${countBits} entries`);
}

/** Whether the machine has memory for that many descriptors. */
const hasRoom = ({ target, at }: Omit<Ring, 'count'>, count: bigint): boolean =>
  count * BigInt(at.descSize + at.infoSize) <= target.pfnAddress(target.memory.maxPfn);

/** Whether the first records lie where a ring of that length has them. A ring without records fits. */
function fitsSlots(ring: Ring): boolean {
  let right = 0;
  let wrong = 0;
  for (const { slot, id } of readableSlots(ring, 0n, SAMPLE < ring.count ? SAMPLE : ring.count)) {
    if (id % ring.count === slot) right++;
    else wrong++;
  }
  return wrong <= right;
}

/**
 * The ids of a ring's records. Its tail and head say them; records outside of these, or ends that are further apart than
 * the ring is long, mean that the ends are damaged: then it is every record in its slots, by sequence number.
 */
export function recordIds(ring: Ring, head: bigint, tail: bigint): Extent {
  // Ids count on beyond the ring's length, and wrap above their highest bit.
  const last = (head - tail) & ring.at.idMask;
  if (last >= ring.count) {
    const apart = `the log's descriptors run from ${tail} to ${head}, more than its ${ring.count}`;
    return { ids: everyId(ring), problem: apart };
  }
  let outside = 0;
  for (const { slot, id } of slotsAfter(ring, head, ring.count - last - 1n)) {
    if (id % ring.count === slot) outside++;
  }
  if (outside === 0) return { ids: idsFrom(ring.at.idMask, tail, last + 1n) };
  const problem = `the log's descriptors run from ${tail} to ${head}, which leaves out ${outside} records`;
  return { ids: everyId(ring), problem };
}

function* idsFrom(mask: bigint, first: bigint, count: bigint): Generator<bigint, void> {
  for (let step = 0n; step < count; step++) yield (first + step) & mask;
}

function everyId(ring: Ring): readonly bigint[] {
  const ids: bigint[] = [];
  for (const { slot, id } of readableSlots(ring, 0n, ring.count))
    if (id % ring.count === slot) ids.push(id);
  const order = (id: bigint): bigint => ageOf(ring, id);
  return ids.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

/** The slots behind that of `head`, which wrap at the ring's end. */
function* slotsAfter(ring: Ring, head: bigint, count: bigint) {
  const first = (head + 1n) % ring.count;
  const left = ring.count - first;
  yield* readableSlots(ring, first, count < left ? count : left);
  if (count > left) yield* readableSlots(ring, 0n, count - left);
}

/** Slots with a record that can be read, and its id. Slots on pages that are not in the dump are left out. */
function* readableSlots(
  { target, at, descriptors }: Ring,
  from: bigint,
  count: bigint,
): Generator<{ readonly slot: bigint; readonly id: bigint }, void> {
  const size = BigInt(at.descSize);
  const end = from + count;
  for (let slot = from; slot < end; ) {
    const address = plus(descriptors, slot * size);
    const there = BigInt(roomInPage(address)) / size;
    const most = there < 1n ? 1n : there;
    const now = most < end - slot ? most : end - slot;
    const bytes = target.kernel.tryRead(address, Number(now * size));
    const view = bytes && viewOf(bytes);
    for (let index = 0; view && index < now; index++) {
      const id = readableId(at, target.kernel.wordIn(view, index * at.descSize + at.state));
      if (id !== undefined) yield { slot: slot + BigInt(index), id };
    }
    slot += now;
  }
}
