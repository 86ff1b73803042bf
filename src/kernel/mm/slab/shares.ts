import { plus, type VAddr, va } from '../../../base/address.ts';
import { CrashError } from '../../../base/errors.ts';
import { perCpuOffset } from '../../core/cpus.ts';
import type { Target } from '../../core/target.ts';
import { memoryNodes } from '../nodes.ts';
import { hasCacheFlag, type SlabCache } from './caches.ts';

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
