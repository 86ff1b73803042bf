import { hex, plus } from '../../../base/address.ts';
import { hasCacheFlag, type SlabCache } from '../../../kernel/mm/slab/caches.ts';
import type { Finding } from '../check.ts';
import type { SlabMemory } from './slab-memory.ts';

/** include/linux/poison.h. */
const RED_INACTIVE = 0xbb;
const RED_ACTIVE = 0xcc;
const POISON_FREE = 0x6b;
const POISON_END = 0xa5;

/** The bytes around each object, and those of free ones, of a cache that is debugged; the first wrong byte of each zone. */
export function* zoneFindings(
  slab: SlabMemory,
  isFree: (index: number) => boolean,
  used: number,
): Generator<Finding> {
  const { cache, target } = slab;
  const isZoned = hasCacheFlag(target, cache.flags, 'SLAB_RED_ZONE');
  const isPoisoned = hasCacheFlag(target, cache.flags, 'SLAB_OBJECT_POISON');
  if (!isZoned && !isPoisoned) return;
  for (let i = 0; i < slab.slab.objects; i++) {
    const start = i * cache.size + cache.redLeftPad;
    const free = isFree(i);
    if (isZoned) {
      const byte = free ? RED_INACTIVE : RED_ACTIVE;
      const what = `the red zone of the ${free ? 'free object' : 'object'}`;
      yield* wrongByte(
        slab,
        start - cache.redLeftPad,
        start,
        byte,
        `${what} ${name(slab, i)}, before it`,
      );
      yield* wrongByte(
        slab,
        start + cache.objectSize,
        start + used,
        byte,
        `${what} ${name(slab, i)}, after it`,
      );
    }
    if (isPoisoned && free) {
      const end = start + cache.objectSize - 1;
      yield* wrongByte(slab, start, end, POISON_FREE, `the free object ${name(slab, i)}`);
      yield* wrongByte(
        slab,
        end,
        end + 1,
        POISON_END,
        `the free object ${name(slab, i)}, its last byte`,
      );
    }
  }
}

const name = (slab: SlabMemory, index: number): string =>
  `${hex(slab.objectAt(index))} of ${slab.cache.name}`;

function* wrongByte(
  slab: SlabMemory,
  from: number,
  to: number,
  expected: number,
  where: string,
): Generator<Finding> {
  for (let at = from; at < to; at++) {
    const found = slab.bytes[at];
    if (found === expected || found === undefined) continue;
    const address = plus(slab.memory, at);
    yield {
      address,
      found: BigInt(found),
      expected: BigInt(expected),
      text: `the byte ${hex(address)} is ${found.toString(16)} and not ${expected.toString(16)}: ${where}`,
      command: `rd -8 ${hex(address)} 16`,
    };
    return;
  }
}

/** Whether a cache is one whose objects have zones or poison to look at. */
export const isDebugged = (slab: { target: SlabMemory['target'] }, cache: SlabCache): boolean =>
  hasCacheFlag(slab.target, cache.flags, 'SLAB_RED_ZONE') ||
  hasCacheFlag(slab.target, cache.flags, 'SLAB_OBJECT_POISON');
