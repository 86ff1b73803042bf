import { type VAddr, va } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { slabCacheOf } from '../../kernel/mm/slab/find.ts';
import { slabContents } from '../../kernel/mm/slab/objects.ts';
import { attempt } from './scene.ts';

/** The slab object around an address, and whether the allocator has it. */
export interface ObjectAt {
  readonly cache: string;
  readonly object: VAddr;
  /** Bytes of the address from the object's beginning. */
  readonly offset: number;
  /** The free lists hold it; undefined where a list cannot be read. */
  readonly isFree: boolean | undefined;
  /** The free list's owner, where a CPU keeps it. */
  readonly held: string | undefined;
}

/** The slab object that holds an address; undefined for other memory. Throws no CrashError. */
export function slabObjectAt(target: Target, address: bigint): ObjectAt | undefined {
  return attempt(() => {
    const found = slabCacheOf(target, va(address));
    if (!found?.object || address < found.object) return undefined;
    const { cache, slab, object } = found;
    const offset = Number(address - object);
    if (offset >= cache.size) return undefined;
    const contents = attempt(() => slabContents(target, cache, slab));
    const state = contents?.objects.find(
      ({ start }) => start + BigInt(cache.redLeftPad) === object,
    );
    const isFree = contents && contents.problems.length === 0 ? state?.free : undefined;
    return { cache: cache.name, object, offset, isFree, held: state?.held };
  });
}
