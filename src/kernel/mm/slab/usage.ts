import { hex, plus, type VAddr, va } from '../../../base/address.ts';
import { CrashError, ReadError } from '../../../base/errors.ts';
import { machineCpus, perCpuOffset } from '../../core/cpus.ts';
import type { Target } from '../../core/target.ts';
import { BrokenListError, walkList } from '../../lib/lists.ts';
import { nodeOfPfn } from '../nodes.ts';
import { pageToPfn } from '../sections.ts';
import type { SlabCache } from './caches.ts';
import { walkFreelist } from './freelist.ts';
import { type CacheNode, type CpuSlab, cacheNodes, readCpuSlab } from './shares.ts';
import { readSlab, type Slab, slabLinkOffset } from './slab.ts';

/** Use of a cache. */
export interface SlabUsage {
  readonly allocated: number;
  /** Objects that the cache's slabs have room for. */
  readonly total: number;
  readonly slabs: number;
}

/** A cache's use, or undefined when its structures are too broken to count; with the faults, in crash's words. */
export interface SlabCount {
  readonly usage: SlabUsage | undefined;
  readonly problems: readonly string[];
}

/** The cache cannot be counted. `reason` is one of crash's lines. */
class Uncountable extends CrashError {
  override name = 'Uncountable';
}

/** A freed slab's counters read as all ones. */
const ALL_ONES = 0xffff;
/** Sheaves hold at most a few hundred objects. */
const MAX_SHEAF = 65_536;

/** Counts a cache's objects: totals of the nodes less the free objects of CPUs, partial lists and sheaves. */
export function countObjects(target: Target, cache: SlabCache): SlabCount {
  const problems: string[] = [];
  try {
    let free = 0;
    for (const cpu of machineCpus(target)) free += freeOnCpu(target, cache, cpu, problems);
    let total = 0;
    let slabs = 0;
    for (const node of cacheNodes(target, cache)) {
      total += node.objects;
      slabs += node.slabs;
      for (const slab of partialSlabs(target, cache, node.partial, problems)) {
        free += slab.objects - slab.inuse;
      }
      for (const sheaf of barnSheaves(target, node)) free += sheaf.objects.length;
    }
    return { usage: { allocated: total - free, total, slabs }, problems };
  } catch (error) {
    if (error instanceof Uncountable) problems.push(error.message);
    else if (error instanceof ReadError) problems.push(`${error.message}  type: "slab"`);
    else throw error;
    problems.push(`${cache.name}: cannot gather relevant slab data`);
    return { usage: undefined, problems };
  }
}

function freeOnCpu(target: Target, cache: SlabCache, cpu: number, problems: string[]): number {
  let free = 0;
  for (const sheaf of cpuSheaves(target, cache, cpu)) free += sheaf.objects.length;
  const own = readCpuSlab(target, cache, cpu);
  if (!own) return free;
  if (own.slab !== 0n) {
    const pfn = pageToPfn(target, own.slab);
    if (pfn === undefined) throw new Uncountable(`page_to_nid: invalid page: ${hex(own.slab)}`);
    const slab = checkedSlab(target, cache, own.slab);
    const list = walkFreelist(target, cache, own.freelist, own.slab);
    if (list.problem !== undefined && list.isCutOff) throw new Uncountable(list.problem);
    if (list.problem !== undefined) problems.push(list.problem);
    free += slab.objects - slab.inuse + list.objects.length;
  }
  for (const slab of cpuPartialSlabs(target, cache, own, problems))
    free += slab.objects - slab.inuse;
  return free;
}

/** A slab of this cache: one that names another, or none, was overwritten. Throws ReadError, Uncountable. */
function ownSlab(target: Target, cache: SlabCache, address: VAddr): Slab {
  const slab = readSlab(target, address);
  if (slab.cache !== cache.address && slab.inuse !== ALL_ONES) {
    const named = slab.cache === 0n ? 'names no cache' : `names another cache: ${hex(slab.cache)}`;
    throw new Uncountable(`${cache.name}: slab: ${hex(address)} is damaged: it ${named}`);
  }
  return slab;
}

function checkedSlab(target: Target, cache: SlabCache, address: VAddr): Slab {
  const slab = ownSlab(target, cache, address);
  if (slab.objects === 0x7fff && slab.inuse === ALL_ONES) {
    throw new Uncountable(`${cache.name}: slab: ${hex(address)} invalid page.objects: -1`);
  }
  return slab;
}

/** The chain of partly used slabs of a CPU; ends at the first bad pointer, which becomes a problem. Throws ReadError. */
export function* cpuPartialSlabs(
  target: Target,
  cache: SlabCache,
  { partial }: CpuSlab,
  problems: string[],
): Generator<Slab, void> {
  const seen = new Set<VAddr>();
  for (let at = partial ?? va(0); at !== 0n; ) {
    if (pageToPfn(target, at) === undefined || seen.has(at)) {
      problems.push(`${cache.name}: invalid partial list slab pointer: ${hex(at)}`);
      return;
    }
    seen.add(at);
    const slab = ownSlab(target, cache, at);
    if (slab.inuse === ALL_ONES) return;
    yield slab;
    at = slab.next;
  }
}

/** The slabs of a node's list; ends at the first bad link, which becomes a problem. Throws ReadError. */
export function* partialSlabs(
  target: Target,
  cache: SlabCache,
  head: VAddr,
  problems: string[],
): Generator<Slab, void> {
  const offset = slabLinkOffset(target);
  const name = `${cache.name}: partial list slab:`;
  const seen = new Set<VAddr>();
  let last: VAddr | undefined;
  let next = target.kernel.pointer(head);
  while (next !== head) {
    const address = plus(next, -offset);
    if (pageToPfn(target, address) === undefined) {
      problems.push(
        last === undefined
          ? `${cache.name}: invalid partial list slab pointer: ${hex(address)}`
          : `${name} ${hex(last)} invalid page.lru.next: ${hex(next)}`,
      );
      return;
    }
    if (seen.has(next)) {
      throw new Uncountable(`${name} ${hex(last ?? address)} duplicate slab entry: ${hex(next)}`);
    }
    seen.add(next);
    const slab = ownSlab(target, cache, address);
    if (slab.inuse === ALL_ONES) {
      problems.push(`${name} ${hex(address)} invalid page.inuse: -1`);
      return;
    }
    yield slab;
    last = address;
    next = target.kernel.pointer(next);
  }
}

/**
 * Free objects that a CPU or node keeps at hand: struct slab_sheaf, since 6.18 (2d517aa09bbc, slab: add opt-in caching
 * layer of percpu sheaves).
 */
export interface Sheaf {
  readonly address: VAddr;
  /** The CPU or node that has it, for readers: `cpu 0`, `node 0`. */
  readonly owner: string;
  readonly objects: readonly VAddr[];
}

function readSheaf(target: Target, address: VAddr, owner: string): Sheaf {
  const sheaf = target.object('slab_sheaf', address);
  const size = Math.min(sheaf.num('size'), MAX_SHEAF);
  const first = sheaf.addressOf('objects');
  const bytes = target.kernel.read(first, size * target.kernel.pointerSize);
  const objects = [...target.kernel.wordsOf(bytes)].map(va);
  return { address, owner, objects };
}

/** The sheaves of one CPU: its main and its spare one. */
export function cpuSheaves(target: Target, cache: SlabCache, cpu: number): Sheaf[] {
  const own = target.object('kmem_cache', cache.address);
  if (!own.has('cpu_sheaves')) return [];
  const base = own.pointer('cpu_sheaves');
  if (base === 0n) return [];
  const sheaves = target.object('slub_percpu_sheaves', plus(base, perCpuOffset(target, cpu)));
  return ['main', 'spare']
    .map((name) => sheaves.pointer(name))
    .filter((address) => address !== 0n)
    .map((address) => readSheaf(target, address, `cpu ${cpu}`));
}

/** The full sheaves in a node's barn. */
export function barnSheaves(target: Target, node: CacheNode): Sheaf[] {
  if (node.barn === 0n) return [];
  const head = target.object('node_barn', node.barn).addressOf('sheaves_full');
  const link = target.types.member('slab_sheaf', 'barn_list').offset;
  const sheaves: Sheaf[] = [];
  try {
    for (const entry of walkList(target.kernel, head, MAX_SHEAF)) {
      sheaves.push(readSheaf(target, plus(entry, -link), `node ${node.node}`));
    }
  } catch (error) {
    if (!(error instanceof BrokenListError)) throw error;
  }
  return sheaves;
}

/** Index of the node of a slab's memory; -1 when there is none. */
export function slabNode(target: Target, slab: VAddr): number {
  const pfn = pageToPfn(target, slab);
  return (pfn === undefined ? undefined : nodeOfPfn(target, pfn)) ?? -1;
}
