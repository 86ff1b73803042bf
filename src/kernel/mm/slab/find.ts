import { plus, type VAddr } from '../../../base/address.ts';
import { LostError, ReadError } from '../../../base/errors.ts';
import type { Target } from '../../core/target.ts';
import { physToVirt, regionOf } from '../address-map.ts';
import { compoundHead, isSlabPage } from '../pages.ts';
import { pageToPfn, pfnToPage } from '../sections.ts';
import { type SlabCache, slabCaches } from './caches.ts';
import { readSlab, type Slab } from './slab.ts';

/** An address that lies in a slab. */
export interface SlabObject {
  readonly cache: SlabCache;
  readonly slab: Slab;
  /** First byte of the slab's memory. */
  readonly memory: VAddr;
  /** First byte of the object that holds the address, after its red zone; undefined past the last object. */
  readonly object: VAddr | undefined;
}

/** Look-up of the cache at an address. */
type CacheAt = (target: Target, address: VAddr) => SlabCache | undefined;

const listedCache: CacheAt = (target, address) =>
  target.losses
    .attempt('list of slab caches', undefined, () => slabCaches(target))
    ?.byAddress.get(address);

/**
 * The slab object that contains an address of the direct map. Undefined for all other addresses, and for a slab whose
 * cache is not in the kernel's list (`cacheAt` may be a cheaper look-up). Never throws ReadError: an unreadable slab is
 * none, and a loss.
 */
export function slabCacheOf(
  target: Target,
  address: VAddr,
  cacheAt: CacheAt = listedCache,
): SlabObject | undefined {
  if (regionOf(target, address) !== 'direct') return undefined;
  const physical = target.kernel.translate(address);
  try {
    const page = physical === undefined ? undefined : pfnToPage(target, target.pfnOf(physical));
    if (page === undefined) return undefined;
    const found = slabOfPage(target, compoundHead(target, page), cacheAt);
    if (!found) return undefined;
    const { cache, slab, memory } = found;
    const index = (address - memory) / BigInt(cache.size);
    const object =
      index < BigInt(slab.objects)
        ? plus(memory, index * BigInt(cache.size) + BigInt(cache.redLeftPad))
        : undefined;
    return { cache, slab, memory, object };
  } catch (error) {
    if (!(error instanceof LostError || error instanceof ReadError)) throw error;
    target.losses.report({ what: 'slab cache', reason: error.message });
    return undefined;
  }
}

/**
 * The slab whose descriptor is at `page`: the head page struct of a block that the slab allocator owns. Throws ReadError.
 */
export function slabOfPage(
  target: Target,
  page: VAddr,
  cacheAt: CacheAt = listedCache,
): { cache: SlabCache; slab: Slab; memory: VAddr } | undefined {
  const pfn = pageToPfn(target, page);
  if (pfn === undefined || !isSlabPage(target, page)) return undefined;
  const slab = readSlab(target, page);
  const cache = cacheAt(target, slab.cache);
  return cache && cache.size > 0 ? { cache, slab, memory: slabMemory(target, pfn) } : undefined;
}

/** The direct-map address of a frame. */
export const slabMemory = (target: Target, pfn: number): VAddr =>
  physToVirt(target, target.pfnAddress(pfn));
