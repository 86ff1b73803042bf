import { type Bits, plus, type VAddr } from '../../../base/address.ts';
import { MissingError, ReadError } from '../../../base/errors.ts';
import { LossLog } from '../../core/losses.ts';
import type { Target } from '../../core/target.ts';
import { BrokenListError, walkBothWays, walkList } from '../../lib/lists.ts';

/** A cache of the SLUB allocator: struct kmem_cache (mm/slab.h, include/linux/slub_def.h before 6.8). */
export interface SlabCache {
  readonly address: VAddr;
  /** Unescaped; `(unknown)` when its text is not in the dump. */
  readonly name: string;
  /** Bytes of an object as its user sees it. */
  readonly objectSize: number;
  /** Bytes from one object to the next. */
  readonly size: number;
  /** Objects in a slab of the usual size. */
  readonly objects: number;
  /** Bytes of a slab of the usual size. */
  readonly slabSize: number;
  /** Offset in a free object of its pointer to the next one. */
  readonly freeOffset: number;
  /** The cache's secret of CONFIG_SLAB_FREELIST_HARDENED. */
  readonly random: Bits | undefined;
  /** Bytes of red zone before each object; 0 without SLAB_RED_ZONE. */
  readonly redLeftPad: number;
  /** kmem_cache.flags, SLAB_* bits. */
  readonly flags: number;
}

/** The caches in the kernel's order (youngest first), and faults of the list. */
export interface SlabCaches {
  readonly caches: readonly SlabCache[];
  readonly byAddress: ReadonlyMap<VAddr, SlabCache>;
  readonly problems: readonly string[];
}

/**
 * Flag values before 6.9 (cc61eb851c9a, mm, slab: use an enum to define SLAB_ cache creation flags), which numbers them
 * by enum _slab_flag_bits: include/linux/slab.h.
 */
const FIXED_FLAGS = {
  SLAB_RED_ZONE: 0x400,
  SLAB_STORE_USER: 0x10000,
  /** __OBJECT_POISON of mm/slub.c: free objects of this cache are poisoned. */
  SLAB_OBJECT_POISON: 0x8000_0000,
};

/** Whether a flag is set in kmem_cache.flags. */
export function hasCacheFlag(
  target: Target,
  flags: number,
  name: keyof typeof FIXED_FLAGS,
): boolean {
  const bit = target.types.enumerator(`_${name}`);
  return (flags & (bit === undefined ? FIXED_FLAGS[name] : 2 ** Number(bit))) !== 0;
}

/** Bound on caches; memory cgroups of 4.18 to 5.8 made thousands. */
const MAX_CACHES = 200_000;

/** The list of all caches. Throws MissingError. */
export const slabCaches = (target: Target): SlabCaches => target.memo(readCaches);

/**
 * The cache at an address that a slab names, without reading the list of all of them; undefined when it cannot be one.
 * Never throws ReadError.
 */
export function slabCacheAt(target: Target, address: VAddr): SlabCache | undefined {
  if (target.isCached(readCaches)) return slabCaches(target).byAddress.get(address);
  const known = target.memo(singleCaches);
  if (known.has(address)) return known.get(address);
  const cache = readLikelyCache(target, address);
  known.set(address, cache);
  return cache;
}
const singleCaches = (_: Target): Map<VAddr, SlabCache | undefined> => new Map();

function readLikelyCache(target: Target, address: VAddr): SlabCache | undefined {
  try {
    // A guess: what it lacks is no loss of the answer.
    const cache = target.losses.apart(new LossLog(), () => readCache(target, address));
    const fits = cache.size > 0 && cache.objectSize > 0 && cache.objectSize <= cache.size;
    return fits && /^[\x20-\x7e]+$/.test(cache.name) ? cache : undefined;
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

function readCaches(target: Target): SlabCaches {
  const link = target.types.member('kmem_cache', 'list').offset;
  const caches: SlabCache[] = [];
  const problems: string[] = [];
  try {
    for (const entry of walkBothWays(target.kernel, target.symbol('slab_caches'), MAX_CACHES)) {
      const address = plus(entry, -link);
      try {
        caches.push(readCache(target, address));
      } catch (error) {
        if (!(error instanceof ReadError)) throw error;
        problems.push(`${error.message}  type: "kmem_cache buffer"`);
      }
    }
  } catch (error) {
    if (!(error instanceof BrokenListError)) throw error;
    problems.push(error.message);
  }
  return { caches, byAddress: new Map(caches.map((cache) => [cache.address, cache])), problems };
}

function readCache(target: Target, address: VAddr): SlabCache {
  const cache = target.object('kmem_cache', address);
  if (!cache.has('oo')) {
    throw new MissingError('member', 'kmem_cache.oo', 'only the SLUB allocator is supported');
  }
  // oo packs the order above bit 16 and the number of objects below (struct kmem_cache_order_objects).
  const oo = cache.num('oo.x');
  const flags = Number(BigInt.asUintN(32, cache.big('flags')));
  const padded = cache.has('red_left_pad') && hasCacheFlag(target, flags, 'SLAB_RED_ZONE');
  return {
    address,
    name: nameOf(target, cache.pointer('name')),
    objectSize: cache.num('object_size'),
    size: cache.num('size'),
    objects: oo & 0xffff,
    slabSize: target.pageSize * 2 ** Math.min(oo >>> 16, 20),
    freeOffset: cache.num('offset'),
    random: cache.has('random') ? BigInt.asUintN(64, cache.big('random')) : undefined,
    redLeftPad: padded ? cache.num('red_left_pad') : 0,
    flags,
  };
}

/** A cache's name; `(unknown)`, and a loss, where its text is not in the dump or is empty: each cache has a name. */
function nameOf(target: Target, address: VAddr): string {
  const lose = (reason: string): string => {
    target.losses.report({ what: 'name of a slab cache', count: 1, address, reason });
    return '(unknown)';
  };
  try {
    if (address === 0n) return '(unknown)';
    return target.kernel.cstring(address) || lose('its text is empty: that memory is damaged');
  } catch (error) {
    if (error instanceof ReadError) return lose(error.message);
    throw error;
  }
}

/** The cache of that name; the youngest of several. */
export const findSlabCache = (target: Target, name: string): SlabCache | undefined =>
  slabCaches(target).caches.find((cache) => cache.name === name);

/**
 * The caches that memory cgroups did not make, each with those they made of it: since 4.11 (510ded33e075, slab:
 * implement slab_root_caches list), before 5.9 (9855609bde03, mm: memcg/slab: use a single set of kmem_caches for all
 * accounted allocations). Throws MissingError in other kernels.
 */
export function rootCaches(target: Target): SlabCache[][] {
  const list = target.symbol('slab_root_caches');
  const { types, kernel } = target;
  const root = types.member('kmem_cache', 'memcg_params.__root_caches_node').offset;
  const children = types.member('kmem_cache', 'memcg_params.children').offset;
  const child = types.member('kmem_cache', 'memcg_params.children_node').offset;
  const { byAddress } = slabCaches(target);
  const families: SlabCache[][] = [];
  for (const entry of walkList(kernel, list, MAX_CACHES)) {
    const cache = byAddress.get(plus(entry, -root));
    if (!cache) continue;
    const family = [cache];
    for (const link of walkList(kernel, plus(cache.address, children), MAX_CACHES)) {
      const member = byAddress.get(plus(link, -child));
      if (member) family.push(member);
    }
    families.push(family);
  }
  return families;
}
