import { plus, type VAddr } from '../../../base/address.ts';
import { ReadError } from '../../../base/errors.ts';
import { machineCpus } from '../../core/cpus.ts';
import type { Target } from '../../core/target.ts';
import { pageToPfn } from '../sections.ts';
import type { SlabCache } from './caches.ts';
import { slabMemory } from './find.ts';
import { walkFreelist } from './freelist.ts';
import { cacheNodes, readCpuSlab } from './shares.ts';
import type { Slab } from './slab.ts';
import { barnSheaves, cpuSheaves, slabNode } from './usage.ts';

/** One object of a slab. */
export interface ObjectState {
  /** Start of its red zone, or of the object without one. */
  readonly start: VAddr;
  readonly free: boolean;
  /** `cpu 1 cache` for a free object that a CPU keeps. */
  readonly held: string | undefined;
}

/** A slab with its objects, by its free lists. */
export interface SlabContents {
  readonly address: VAddr;
  readonly memory: VAddr;
  readonly node: number;
  readonly total: number;
  readonly allocated: number;
  readonly free: number;
  /** Empty when only the counts were asked for. */
  readonly objects: readonly ObjectState[];
  readonly problems: readonly string[];
}

/** The counts alone, as the descriptor has them. Undefined when the address is no page struct. */
export function slabCounts(target: Target, slab: Slab): SlabContents | undefined {
  const pfn = pageToPfn(target, slab.address);
  if (pfn === undefined) return undefined;
  return {
    address: slab.address,
    memory: slabMemory(target, pfn),
    node: slabNode(target, slab.address),
    total: slab.objects,
    allocated: slab.inuse,
    free: slab.objects - slab.inuse,
    objects: [],
    problems: [],
  };
}

/** Every object of a slab, free or allocated. A broken free list is used up to its fault, which is reported. */
export function slabContents(
  target: Target,
  cache: SlabCache,
  slab: Slab,
): SlabContents | undefined {
  const counts = slabCounts(target, slab);
  if (!counts) return undefined;
  const own = walkFreelist(target, cache, slab.freelist, slab.address);
  const taken = takenBy(target, cache, slab);
  const inSheaves = target.types.has('kmem_cache', 'cpu_sheaves')
    ? sheafOwners(target, cache)
    : new Map<VAddr, string>();
  const free = new Set([...own.objects, ...(taken?.objects ?? [])]);
  const objects: ObjectState[] = [];
  let sheaved = 0;
  for (let i = 0; i < slab.objects; i++) {
    const start = plus(counts.memory, i * cache.size);
    const object = plus(start, cache.redLeftPad);
    const sheaf = inSheaves.get(object);
    if (sheaf !== undefined) sheaved++;
    const isFree = free.has(object) || sheaf !== undefined;
    const held = sheaf ?? (isFree && taken ? `cpu ${taken.cpu} cache` : undefined);
    objects.push({ start, free: isFree, held });
  }
  // A slab that a CPU has taken counts all its objects as used; the CPU's own list has the free ones, and objects that
  // other CPUs freed are on the slab's list.
  let freeCount = slab.objects - slab.inuse;
  if (taken) freeCount = taken.objects.length + (slab.freelist === 0n ? 0 : freeCount);
  freeCount += sheaved;
  const problems = [own.problem, taken?.problem].filter((text) => text !== undefined);
  return { ...counts, objects, problems, allocated: slab.objects - freeCount, free: freeCount };
}

/** The CPU that allocates from a slab, and its free objects there. */
function takenBy(target: Target, cache: SlabCache, slab: Slab) {
  for (const cpu of machineCpus(target)) {
    const own = readCpuSlab(target, cache, cpu);
    if (own?.slab !== slab.address) continue;
    const list = walkFreelist(target, cache, own.freelist, slab.address);
    return { cpu, objects: list.objects, problem: list.problem };
  }
  return undefined;
}

/** Free objects of a cache in sheaves, with the sheaf's owner. Unreadable sheaves are left out. */
function sheafOwners(target: Target, cache: SlabCache): Map<VAddr, string> {
  const owners = new Map<VAddr, string>();
  const add = (read: () => readonly { owner: string; objects: readonly VAddr[] }[]) => {
    try {
      for (const { owner, objects } of read()) {
        for (const object of objects) owners.set(object, `${owner} cache`);
      }
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
    }
  };
  for (const cpu of machineCpus(target)) add(() => cpuSheaves(target, cache, cpu));
  add(() => cacheNodes(target, cache).flatMap((node) => barnSheaves(target, node)));
  return owners;
}
