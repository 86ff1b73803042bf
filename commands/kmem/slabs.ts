import { hex, type VAddr } from '../../src/base/address.ts';
import { CrashError } from '../../src/base/errors.ts';
import { machineCpus } from '../../src/kernel/core/cpus.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { rootCaches, type SlabCache, slabCaches } from '../../src/kernel/mm/slab/caches.ts';
import { slabCacheOf, slabOfPage } from '../../src/kernel/mm/slab/find.ts';
import { type SlabContents, slabContents, slabCounts } from '../../src/kernel/mm/slab/objects.ts';
import {
  type CacheNode,
  type CpuSlab,
  cacheNodes,
  readCpuSlab,
} from '../../src/kernel/mm/slab/shares.ts';
import { readSlab, type Slab } from '../../src/kernel/mm/slab/slab.ts';
import {
  barnSheaves,
  countObjects,
  cpuPartialSlabs,
  cpuSheaves,
  partialSlabs,
  type Sheaf,
  type SlabUsage,
  slabNode,
} from '../../src/kernel/mm/slab/usage.ts';
import { error, errorOf, failed, type Notice } from '../../src/session/command/command.ts';

export type SlabRecord =
  | {
      readonly kind: 'cache';
      readonly cache: SlabCache;
      /** Undefined when it could not be counted. */
      readonly usage: SlabUsage | undefined;
    }
  /** Number of caches that follow. */
  | { readonly kind: 'caches'; readonly caches: number }
  | { readonly kind: 'cache-name'; readonly cache: SlabCache }
  | { readonly kind: 'cache-ignored'; readonly cache: SlabCache }
  | {
      readonly kind: 'slab';
      readonly slab: SlabContents;
      /** The requested address, when only its object is shown; undefined for all objects. */
      readonly address: VAddr | undefined;
      /** Bytes from one object to the next. */
      readonly objectSize: number;
      /** Bytes of red zone before each object. */
      readonly redLeftPad: number;
    }
  /** A slab in the list of a node: its counts alone. */
  | { readonly kind: 'listed-slab'; readonly slab: SlabContents }
  | {
      readonly kind: 'cpu-slab';
      readonly cpu: number;
      readonly address: VAddr;
      readonly empty: boolean;
    }
  | { readonly kind: 'cpu-partial'; readonly cpu: number; readonly empty: boolean }
  | { readonly kind: 'sheaves'; readonly owner: string; readonly sheaves: readonly Sheaf[] }
  | { readonly kind: 'cache-node'; readonly node: CacheNode; readonly perCpu: number }
  | {
      readonly kind: 'node-list';
      readonly node: number;
      readonly list: 'PARTIAL' | 'FULL';
      readonly state: 'empty' | 'filled' | 'not tracked';
    }
  /** The end of a cache's records. */
  | { readonly kind: 'cache-end' };

export interface SlabRequest {
  readonly name?: string | undefined;
  readonly ignored: readonly string[];
  readonly objects: boolean;
  readonly cpus: readonly number[] | undefined;
  readonly roots: boolean;
}

/** `kmem -s list`: names alone. */
export function* cacheNames(target: Target): Generator<SlabRecord | Notice> {
  const { caches, problems } = slabCaches(target);
  for (const cache of caches) yield { kind: 'cache-name', cache };
  for (const problem of problems) yield error(problem);
}

/** `kmem -s`, `kmem -S` and `kmem -r`: caches, one after the other, or those of a name. */
export function* caches(target: Target, request: SlabRequest): Generator<SlabRecord | Notice> {
  const { name, ignored, objects, roots } = request;
  const { caches, problems } = slabCaches(target);
  const families = roots ? rootCaches(target) : caches.map((cache) => [cache]);
  let isFound = false;
  if (name === undefined) yield { kind: 'caches', caches: families.length };
  for (const family of families) {
    const cache = family[0]!;
    if (name !== undefined && cache.name !== name) continue;
    if (ignored.includes(cache.name)) yield { kind: 'cache-ignored', cache };
    else {
      yield* oneCache(target, family);
      if (objects) yield* contents(target, cache, request.cpus);
    }
    isFound = true;
    if (name !== undefined) break;
  }
  if (name === undefined || isFound) for (const problem of problems) yield error(problem);
  else {
    // The lost pages may have held the cache.
    for (const problem of problems) yield error(problem);
    yield failed({ kind: 'slab', word: name });
  }
}

/** The line of a cache, with the caches that memory cgroups made of it added in. */
function* oneCache(target: Target, family: readonly SlabCache[]): Generator<SlabRecord | Notice> {
  let sum: SlabUsage | undefined = { allocated: 0, total: 0, slabs: 0 };
  for (const member of family) {
    const { usage, problems } = countObjects(target, member);
    for (const problem of problems) yield error(problem);
    sum = sum &&
      usage && {
        allocated: sum.allocated + usage.allocated,
        total: sum.total + usage.total,
        slabs: sum.slabs + usage.slabs,
      };
  }
  yield { kind: 'cache', cache: family[0]!, usage: sum };
}

/** The records of `kmem -S` below a cache. Broken parts are reported and skipped. */
function* contents(
  target: Target,
  cache: SlabCache,
  cpus: readonly number[] | undefined,
): Generator<SlabRecord | Notice> {
  const perCpu = new Map<number, number>();
  for (const cpu of cpus ?? machineCpus(target)) {
    const own = yield* attempt(() => readCpuSlab(target, cache, cpu));
    if (own) yield* cpuContents(target, cache, own, perCpu);
    const sheaves = yield* attempt(() => cpuSheaves(target, cache, cpu));
    if (sheaves && sheaves.length > 0) yield { kind: 'sheaves', owner: `CPU ${cpu}`, sheaves };
  }
  const nodes = (yield* attempt(() => cacheNodes(target, cache))) ?? [];
  for (const node of nodes) yield* nodeContents(target, cache, node, perCpu);
  yield { kind: 'cache-end' };
}

function* cpuContents(
  target: Target,
  cache: SlabCache,
  own: CpuSlab,
  perCpu: Map<number, number>,
): Generator<SlabRecord | Notice> {
  const { cpu, address } = own;
  yield { kind: 'cpu-slab', cpu, address, empty: own.slab === 0n };
  if (own.slab !== 0n) {
    const node = slabNode(target, own.slab);
    perCpu.set(node, (perCpu.get(node) ?? 0) + 1);
    const slab = yield* attempt(() => readSlab(target, own.slab));
    if (slab) yield* wholeSlab(target, cache, slab);
  }
  if (own.partial === undefined) return;
  yield { kind: 'cpu-partial', cpu, empty: own.partial === 0n };
  const problems: string[] = [];
  yield* each(cpuPartialSlabs(target, cache, own, problems), (slab) =>
    wholeSlab(target, cache, slab),
  );
  for (const problem of problems) yield error(problem);
}

function* nodeContents(
  target: Target,
  cache: SlabCache,
  node: CacheNode,
  perCpu: ReadonlyMap<number, number>,
): Generator<SlabRecord | Notice> {
  yield { kind: 'cache-node', node, perCpu: perCpu.get(node.node) ?? 0 };
  yield* nodeList(target, cache, node, 'PARTIAL', node.partial);
  yield* nodeList(target, cache, node, 'FULL', node.full);
  const sheaves = yield* attempt(() => barnSheaves(target, node));
  if (sheaves && sheaves.length > 0) yield { kind: 'sheaves', owner: `NODE ${node.node}`, sheaves };
}

function* nodeList(
  target: Target,
  cache: SlabCache,
  { node }: CacheNode,
  list: 'PARTIAL' | 'FULL',
  head: VAddr | undefined,
): Generator<SlabRecord | Notice> {
  if (head === undefined) {
    yield { kind: 'node-list', node, list, state: 'not tracked' };
    return;
  }
  const empty = (yield* attempt(() => target.kernel.pointer(head) === head)) ?? false;
  yield { kind: 'node-list', node, list, state: empty ? 'empty' : 'filled' };
  const problems: string[] = [];
  yield* each(partialSlabs(target, cache, head, problems), function* (slab): Generator<SlabRecord> {
    const counts = slabCounts(target, slab);
    if (counts) yield { kind: 'listed-slab', slab: counts };
  });
  for (const problem of problems) yield error(problem);
}

/** A value, or its error as a notice. */
function* attempt<T>(read: () => T): Generator<Notice, T | undefined> {
  try {
    return read();
  } catch (failure) {
    if (!(failure instanceof CrashError)) throw failure;
    yield errorOf(failure);
    return undefined;
  }
}

/** Every item's records, up to the first unreadable item. */
function* each<T, R>(items: Iterable<T>, records: (item: T) => Iterable<R>): Generator<R | Notice> {
  const iterator = items[Symbol.iterator]();
  for (;;) {
    const next = yield* attempt(() => iterator.next());
    if (!next || next.done) return;
    yield* records(next.value);
  }
}

const slabRecord = (
  { objectSize, size, redLeftPad }: SlabCache,
  slab: SlabContents,
  address: VAddr | undefined,
): SlabRecord => ({
  kind: 'slab',
  slab,
  address,
  objectSize: Math.max(size, objectSize),
  redLeftPad,
});

function* wholeSlab(
  target: Target,
  cache: SlabCache,
  slab: Slab,
  address?: VAddr,
): Generator<SlabRecord | Notice> {
  const found = yield* attempt(() => slabContents(target, cache, slab));
  if (!found) return;
  yield slabRecord(cache, found, address);
  for (const problem of found.problems) yield error(problem);
}

/**
 * The slab of an address with its object, or with all objects for the address of the slab's own page struct. A notice
 * when the address is in no slab.
 */
export function* slabAt(
  target: Target,
  address: VAddr,
  allObjects: boolean,
  complain: boolean,
): Generator<SlabRecord | Notice, boolean> {
  const own = yield* attempt(() => slabOfPage(target, address));
  const found = own ?? slabCacheOf(target, address);
  if (!found) {
    if (complain) yield error(`address is not allocated in slab subsystem: ${hex(address)}`);
    return false;
  }
  yield* oneCache(target, [found.cache]);
  yield* wholeSlab(target, found.cache, found.slab, allObjects || own ? undefined : address);
  return true;
}

/** The cache whose kmem_cache is at an address. */
export const cacheAt = (target: Target, address: VAddr): SlabCache | undefined =>
  slabCaches(target).byAddress.get(address);

/** Whether memory cgroups make caches of their own from root caches. */
export const hasRootCaches = (target: Target): boolean =>
  target.findSymbol('slab_root_caches') !== undefined;
