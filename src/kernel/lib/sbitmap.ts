import { plus, type VAddr } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';

/** A queue that hands out numbers: struct sbitmap_queue (include/linux/sbitmap.h). */
export interface SbitmapQueue {
  readonly depth: number;
  /** Numbers in use, and numbers that are free but not yet merged. */
  readonly busy: number;
  readonly cleared: number;
  readonly bitsPerWord: number;
  readonly mapNumber: number;
  readonly allocHints: readonly number[];
  readonly wakeBatch: number;
  readonly wakeIndex: number;
  readonly waitersActive: number | undefined;
  readonly waitStates: readonly { readonly count: number | undefined; readonly active: boolean }[];
  readonly roundRobin: boolean;
  readonly minShallowDepth: number | undefined;
  /** The set bits, cleared ones left out, bit i of the queue in byte i / 8. */
  readonly bits: Uint8Array;
}

/** Bound on numbers: a queue of the block layer or of a SCSI target has some thousands. */
const MAX_DEPTH = 1 << 20;
/** SBQ_WAIT_QUEUES. */
const WAIT_QUEUES = 8;

/** Reads a queue. `hints` gives the address of each CPU's allocation hint. Throws CorruptError and ReadError. */
export function sbitmapQueue(
  target: Target,
  address: VAddr,
  hintsOf: (base: VAddr) => readonly VAddr[],
): SbitmapQueue {
  const queue = target.object('sbitmap_queue', address);
  const map = queue.at('sb', 'sbitmap');
  const depth = map.num('depth');
  const mapNumber = map.num('map_nr');
  const bitsPerWord = 2 ** map.num('shift');
  if (depth > MAX_DEPTH || mapNumber > depth || bitsPerWord > 64) {
    throw new CorruptError(`no sbitmap_queue: depth ${depth}, ${mapNumber} words`, address);
  }
  const { bits, busy, cleared } = bitsOf(target, map, depth, mapNumber, bitsPerWord);
  // The hints are in struct sbitmap since 5.13 (c548e62bcf6a, scsi: sbitmap: Move allocation hint into sbitmap).
  const hints = map.has('alloc_hint') ? map.pointer('alloc_hint') : queue.pointer('alloc_hint');
  return {
    depth,
    busy,
    cleared,
    bitsPerWord,
    mapNumber,
    allocHints: hints === 0n ? [] : hintsOf(hints).map((hint) => target.kernel.u32(hint)),
    wakeBatch: queue.num('wake_batch'),
    wakeIndex: queue.num('wake_index'),
    waitersActive: queue.has('ws_active') ? queue.num('ws_active') : undefined,
    waitStates: waitStates(target, queue),
    // In struct sbitmap since 5.13 (efe1f3a1d583, scsi: sbitmap: Maintain allocation round_robin in sbitmap).
    roundRobin: (map.has('round_robin') ? map : queue).num('round_robin') !== 0,
    minShallowDepth: queue.has('min_shallow_depth') ? queue.num('min_shallow_depth') : undefined,
    bits,
  };
}

function bitsOf(target: Target, map: KernelObject, depth: number, words: number, perWord: number) {
  const size = target.types.sizeof('sbitmap_word');
  const first = map.pointer('map');
  const bits = new Uint8Array(Math.ceil(depth / 8));
  let busy = 0;
  let cleared = 0;
  for (let index = 0; index < words; index++) {
    const word = target.object('sbitmap_word', plus(first, index * size));
    const set = word.big('word');
    // Bits freed but not yet cleared, since 5.0 (ea86ea2cdced, sbitmap: ammortize cost of clearing bits).
    const back = word.has('cleared') ? word.big('cleared') : 0n;
    for (let bit = 0; bit < perWord && index * perWord + bit < depth; bit++) {
      const mask = 1n << BigInt(bit);
      if (back & mask) cleared++;
      if (!(set & mask) || back & mask) continue;
      busy++;
      const at = index * perWord + bit;
      bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  return { bits, busy, cleared };
}

function waitStates(target: Target, queue: KernelObject): SbitmapQueue['waitStates'] {
  const first = queue.pointer('ws');
  const size = target.types.sizeof('sbq_wait_state');
  return Array.from({ length: WAIT_QUEUES }, (_, index) => {
    const state = target.object('sbq_wait_state', plus(first, index * size));
    const head = state.addressOf('wait.head');
    return {
      // Wakeups are counted in the queue since 6.2 (4f8126bb2308, sbitmap: Use single per-bitmap counting to wake up
      // queued tags).
      count: state.has('wait_cnt') ? state.num('wait_cnt') : undefined,
      active: target.kernel.pointer(head) !== head,
    };
  });
}
