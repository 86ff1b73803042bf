import { plus, type VAddr, va } from '../../../base/address.ts';
import { viewOf } from '../../../base/bytes.ts';
import { CrashError, MissingError, ReadError } from '../../../base/errors.ts';
import { perCpuOffset } from '../../core/cpus.ts';
import type { Target } from '../../core/target.ts';
import { BrokenListError, walkBothWays, walkList } from '../../lib/lists.ts';
import { memoryNodes } from '../nodes.ts';

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
  /** Where a free object keeps its pointer to the next one. */
  readonly freeOffset: number;
  /** The cache's secret of CONFIG_SLAB_FREELIST_HARDENED. */
  readonly random: bigint | undefined;
  /** Bytes of red zone before each object; 0 without SLAB_RED_ZONE. */
  readonly redLeftPad: number;
  /** kmem_cache.flags, SLAB_* bits. */
  readonly flags: number;
}

/** The caches in the kernel's order (youngest first), and what is wrong with the list. */
export interface SlabCaches {
  readonly caches: readonly SlabCache[];
  readonly byAddress: ReadonlyMap<VAddr, SlabCache>;
  readonly problems: readonly string[];
}

/**
 * Flag values before 6.9 (cc61eb851c9a, mm, slab: use an enum to define SLAB_ cache creation flags), which numbers them
 * by enum _slab_flag_bits: include/linux/slab.h.
 */
const FIXED_FLAGS = { SLAB_RED_ZONE: 0x400, SLAB_STORE_USER: 0x10000 };

function hasCacheFlag(target: Target, flags: number, name: keyof typeof FIXED_FLAGS): boolean {
  const bit = target.types.enumerator(`_${name}`);
  return (flags & (bit === undefined ? FIXED_FLAGS[name] : 2 ** Number(bit))) !== 0;
}

/** No machine has more caches; memory cgroups of 4.18 to 5.8 made thousands. */
const MAX_CACHES = 200_000;

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
    const cache = readCache(target, address);
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

function nameOf(target: Target, address: VAddr): string {
  try {
    return address === 0n ? '(unknown)' : target.kernel.cstring(address);
  } catch (error) {
    if (error instanceof ReadError) return '(unknown)';
    throw error;
  }
}

/** The cache of that name; of equal names the youngest. */
export const findSlabCache = (target: Target, name: string): SlabCache | undefined =>
  slabCaches(target).caches.find((cache) => cache.name === name);

/** One slab: a block of pages cut into objects. Its descriptor lies over the block's first struct page. */
export interface Slab {
  readonly address: VAddr;
  readonly cache: VAddr;
  /** The first free object that no CPU has taken; 0n when there is none. */
  readonly freelist: VAddr;
  readonly inuse: number;
  readonly objects: number;
  /** Address of the link that lists of slabs go through. */
  readonly link: VAddr;
  /** The next slab of a CPU's partial list. */
  readonly next: VAddr;
}

/** Reads a slab's descriptor. Throws ReadError. */
export function readSlab(target: Target, address: VAddr): Slab {
  const shape = target.memo(slabShape);
  const view = viewOf(target.kernel.read(address, shape.size));
  return {
    address,
    cache: va(view.getBigUint64(shape.cache, true)),
    freelist: va(view.getBigUint64(shape.freelist, true)),
    inuse: bits(view, shape.inuse),
    objects: bits(view, shape.objects),
    link: plus(address, shape.link),
    next: shape.next === undefined ? va(0) : va(view.getBigUint64(shape.next, true)),
  };
}

/** Where slabs are linked in lists: offset of the list_head. */
export const slabLinkOffset = (target: Target): number => target.memo(slabShape).link;

interface BitField {
  readonly bitOffset: number;
  readonly bitSize: number;
}

function slabShape(target: Target) {
  const { types } = target;
  // struct slab is apart from struct page since 5.17 (d122019bf061, mm: Split slab into its own type). `slab_cache`
  // tells it from CONFIG_SLAB's own struct slab, before 3.10.
  const type = types.has('slab', 'slab_cache') ? 'slab' : 'page';
  const bitField = (name: string): BitField => {
    const { bitOffset, bitSize, size } = types.member(type, name);
    return { bitOffset, bitSize: bitSize === 0 ? size * 8 : bitSize };
  };
  const link = types.findMember(type, 'slab_list') ?? types.findMember(type, 'lru');
  if (!link) throw new MissingError('member', `${type}.slab_list or lru`);
  return {
    size: types.sizeof(type),
    cache: types.member(type, 'slab_cache').offset,
    freelist: types.member(type, 'freelist').offset,
    inuse: bitField('inuse'),
    objects: bitField('objects'),
    link: link.offset,
    next: types.findMember(type, 'next')?.offset,
  };
}

function bits(view: DataView, { bitOffset, bitSize }: BitField): number {
  const shift = bitOffset % 8;
  const byte = (bitOffset - shift) / 8;
  const word = view.getUint32(Math.min(byte, view.byteLength - 4), true);
  return (word >>> (shift + (byte - Math.min(byte, view.byteLength - 4)) * 8)) & (2 ** bitSize - 1);
}

/**
 * What one CPU keeps of a cache: struct kmem_cache_cpu, removed in 7.0 (32c894c7274b, slab: remove struct
 * kmem_cache_cpu).
 */
export interface CpuSlab {
  readonly cpu: number;
  readonly address: VAddr;
  /** The slab that this CPU allocates from, 0n when it has none. */
  readonly slab: VAddr;
  readonly freelist: VAddr;
  /** First of a chain of partly used slabs; undefined without CONFIG_SLUB_CPU_PARTIAL. */
  readonly partial: VAddr | undefined;
}

/** Whether the kernel's caches have per-CPU slabs at all. */
export const hasCpuSlabs = (target: Target): boolean => target.types.has('kmem_cache', 'cpu_slab');

/** A CPU's share of a cache; undefined in kernels without per-CPU slabs. Throws ReadError. */
export function readCpuSlab(target: Target, cache: SlabCache, cpu: number): CpuSlab | undefined {
  if (!hasCpuSlabs(target)) return undefined;
  const base = target.object('kmem_cache', cache.address).pointer('cpu_slab');
  const address = plus(base, perCpuOffset(target, cpu));
  const own = target.object('kmem_cache_cpu', address);
  return {
    cpu,
    address,
    // kmem_cache_cpu.page was renamed in 5.17 (bb192ed9aa71, mm/slub: Convert most struct page to struct slab by
    // spatch).
    slab: own.pointer(own.pick('slab', 'page')),
    freelist: own.pointer('freelist'),
    partial: own.has('partial') ? own.pointer('partial') : undefined,
  };
}

/** What a memory node keeps of a cache: struct kmem_cache_node. */
export interface CacheNode {
  /** Place of the node among the memory nodes. */
  readonly node: number;
  readonly address: VAddr;
  readonly partialCount: number;
  /** Head of the list of partly used slabs. */
  readonly partial: VAddr;
  readonly slabs: number;
  readonly objects: number;
  /** Head of the list of full slabs, kept for caches that are debugged (SLAB_STORE_USER) only. */
  readonly full: VAddr | undefined;
  /** The node's store of sheaves (struct node_barn); 0n when it has none. */
  readonly barn: VAddr;
}

/** The nodes' shares of a cache. Throws ReadError, and MissingError when the kernel keeps no counts (no CONFIG_SLUB_DEBUG). */
export function cacheNodes(target: Target, cache: SlabCache): CacheNode[] {
  const found: CacheNode[] = [];
  const { types } = target;
  if (!types.has('kmem_cache_node', 'nr_slabs')) {
    throw new CrashError(
      'option requires kmem_cache_node.nr_slabs member!\n(the kernel must be built with CONFIG_SLUB_DEBUG)',
    );
  }
  memoryNodes(target).forEach(({ id }, place) => {
    const own = target.object('kmem_cache', cache.address);
    // node[] is an array of pairs of node and barn since 7.1 (5ba6bc27b1f9, slab: decouple pointer to barn from
    // kmem_cache_node).
    const pair = own.has('per_node') ? `per_node[${id}]` : undefined;
    const address = own.pointer(pair ? `${pair}.node` : `node[${id}]`);
    if (address === 0n) return;
    const node = target.object('kmem_cache_node', address);
    const tracked = node.has('full') && hasCacheFlag(target, cache.flags, 'SLAB_STORE_USER');
    const barn = pair
      ? own.pointer(`${pair}.barn`)
      : node.has('barn')
        ? node.pointer('barn')
        : va(0);
    found.push({
      node: place,
      address,
      partialCount: node.num('nr_partial'),
      partial: node.addressOf('partial'),
      slabs: node.num('nr_slabs'),
      objects: node.num('total_objects'),
      full: tracked ? node.addressOf('full') : undefined,
      barn,
    });
  });
  return found;
}

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
