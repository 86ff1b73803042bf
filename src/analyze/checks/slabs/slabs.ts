import { hex, plus, type VAddr } from '../../../base/address.ts';
import { viewOf } from '../../../base/bytes.ts';
import { ReadError } from '../../../base/errors.ts';
import { machineCpus } from '../../../kernel/core/cpus.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { pageLayout, slabTest } from '../../../kernel/mm/pages.ts';
import { pageRuns, pageToPfn } from '../../../kernel/mm/sections.ts';
import { type SlabCache, slabCaches } from '../../../kernel/mm/slab/caches.ts';
import { slabMemory } from '../../../kernel/mm/slab/find.ts';
import { freePointer } from '../../../kernel/mm/slab/freelist.ts';
import { cacheNodes, hasCpuSlabs, readCpuSlab } from '../../../kernel/mm/slab/shares.ts';
import { readSlab, type Slab, slabLinkOffset, slabMembers } from '../../../kernel/mm/slab/slab.ts';
import { barnSheaves, cpuSheaves } from '../../../kernel/mm/slab/usage.ts';
import { attempt } from '../../scene/scene.ts';
import type { Check, Finding, Tally } from '../check.ts';
import { SlabMemory } from './slab-memory.ts';
import { isDebugged, zoneFindings } from './zones.ts';

/** Every slab: free lists, counts, red zones, poison. */
export const slabsCheck: Check = {
  name: 'slabs',
  title: 'free lists, counts, red zones and poison of all slabs',
  *run(target, tally) {
    yield* checkSlabs(target, tally, slabHeads(target, tally));
    yield* checkNodes(target, tally);
  },
};

/** Addresses of the descriptors of all slabs. */
export function* slabHeads(target: Target, tally: Tally): Generator<VAddr> {
  const isSlab = slabTest(target);
  const { size, flags, type } = pageLayout(target);
  for (const run of pageRuns(target)) {
    target.kernel.checkpoint();
    if (!run.bytes) {
      tally.skipped++;
      continue;
    }
    const view = viewOf(run.bytes);
    const heads: VAddr[] = [];
    for (let i = 0; i < run.count; i++) {
      const at = i * size;
      if (isSlab(view.getBigUint64(at + flags, true), view.getUint32(at + type, true)))
        heads.push(plus(run.page, at));
    }
    yield* heads;
  }
}

/** A CPU's own free list of the slab that it allocates from. */
interface Taken {
  readonly cpu: number;
  readonly first: VAddr;
  /** Where the first pointer stands. */
  readonly at: VAddr;
}

/** What CPUs and nodes hold of all caches. */
interface Held {
  /** By the slab. */
  readonly taken: ReadonlyMap<VAddr, Taken>;
  /** Free objects in sheaves. */
  readonly sheaved: ReadonlySet<bigint>;
}

const heldOf = (target: Target): Held => target.memo(readHeld);
function readHeld(target: Target): Held {
  const taken = new Map<VAddr, Taken>();
  const sheaved = new Set<bigint>();
  const hasSheaves = target.types.has('kmem_cache', 'cpu_sheaves');
  const freelist = target.findMember('kmem_cache_cpu', 'freelist')?.offset ?? 0;
  const cpus = machineCpus(target);
  for (const cache of slabCaches(target).caches) {
    for (const cpu of cpus) {
      const own = hasCpuSlabs(target) ? attempt(() => readCpuSlab(target, cache, cpu)) : undefined;
      if (own && own.slab !== 0n)
        taken.set(own.slab, { cpu, first: own.freelist, at: plus(own.address, freelist) });
      if (!hasSheaves) continue;
      for (const sheaf of attempt(() => cpuSheaves(target, cache, cpu)) ?? [])
        for (const object of sheaf.objects) sheaved.add(object);
    }
    if (!hasSheaves) continue;
    for (const node of attempt(() => cacheNodes(target, cache)) ?? [])
      for (const sheaf of attempt(() => barnSheaves(target, node)) ?? [])
        for (const object of sheaf.objects) sheaved.add(object);
  }
  return { taken, sheaved };
}

/** Checks some slabs by their descriptors. */
export function* checkSlabs(
  target: Target,
  tally: Tally,
  heads: Iterable<VAddr>,
): Generator<Finding> {
  const { byAddress, problems } = slabCaches(target);
  const members = slabMembers(target);
  const pool = poolOfKfence(target);
  for (const head of heads) {
    target.kernel.checkpoint();
    const pfn = pageToPfn(target, head);
    if (pfn === undefined) continue;
    const memory = slabMemory(target, pfn);
    if (pool && memory >= pool.start && memory < pool.end) continue;
    let slab: Slab;
    try {
      slab = readSlab(target, head);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      tally.skipped++;
      continue;
    }
    const cache = byAddress.get(slab.cache);
    if (!cache) {
      // A list of caches that is cut leaves out some of them.
      if (problems.length > 0) tally.skipped++;
      else yield* tally.one(() => strangeCache(slab, plus(head, members.cache)));
      continue;
    }
    if (cache.size <= 0 || cache.freeOffset + 8 > cache.size) continue;
    const wrong = wrongCount(target, cache, slab);
    if (wrong) {
      tally.checked++;
      yield wrong;
      continue;
    }
    try {
      yield* checkSlab(target, tally, cache, slab, memory);
      tally.checked++;
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      tally.skipped++;
    }
  }
}

/** KFENCE keeps pages of its own that look like slabs: mm/kfence/core.c. */
function poolOfKfence(
  target: Target,
): { readonly start: bigint; readonly end: bigint } | undefined {
  const symbol = target.findSymbol('__kfence_pool');
  const start = symbol === undefined ? 0n : (target.kernel.tryWord(symbol) ?? 0n);
  // Two pages an object, of 255 objects as it is configured everywhere, and two more.
  return start === 0n ? undefined : { start, end: start + 512n * BigInt(target.pageSize) };
}

function strangeCache(slab: Slab, address: VAddr): Finding | undefined {
  // A page that is just being made or given back names none.
  if (slab.cache === 0n) return undefined;
  return {
    address,
    found: slab.cache,
    expected: undefined,
    text: `the slab ${hex(slab.address)} is of the cache ${hex(slab.cache)}, and there is none`,
    command: `kmem ${hex(slab.address)}`,
  };
}

/** The number of objects of a slab is that of its cache, or of a smaller slab where memory is short. */
function wrongCount(target: Target, cache: SlabCache, slab: Slab): Finding | undefined {
  const object = target.object('kmem_cache', cache.address);
  const least = object.has('min.x') ? object.num('min.x') & 0xffff : cache.objects;
  const { objects } = slab;
  if (objects === cache.objects || objects === least) return undefined;
  if (objects > 0 && objects < cache.objects && objects > least) return undefined;
  return {
    address: plus(slab.address, slabMembers(target).objects),
    found: BigInt(objects),
    expected: BigInt(cache.objects),
    text: `the slab ${hex(slab.address)} of ${cache.name} has ${objects} objects, and slabs of that cache have ${cache.objects}`,
    command: `kmem -S ${cache.name}`,
  };
}

function* checkSlab(
  target: Target,
  tally: Tally,
  cache: SlabCache,
  slab: Slab,
  memory: VAddr,
): Generator<Finding> {
  const { taken, sheaved } = heldOf(target);
  const own = taken.get(slab.address);
  const hasZones = isDebugged({ target }, cache);
  const isFull = slab.freelist === 0n && slab.inuse === slab.objects && !own;
  if (isFull && !hasZones) return;
  const bytes = new SlabMemory(target, cache, slab, memory);
  const members = slabMembers(target);
  const listed = new Set<number>();
  const report = (found: Omit<Finding, 'command'>): Finding => ({
    ...found,
    command: `kmem -S ${cache.name}`,
  });
  const where = `the slab ${hex(slab.address)} of ${cache.name}`;

  const main = bytes.chain(slab.freelist, plus(slab.address, members.freelist), () => false);
  for (const index of main.objects) listed.add(index);
  const side = own && bytes.chain(own.first, own.at, (index) => listed.has(index));
  for (const index of side?.objects ?? []) listed.add(index);
  const missing = slab.objects - slab.inuse - main.objects.length;
  const word = (at: VAddr, pointer: VAddr): bigint =>
    at === plus(slab.address, members.freelist) || at === own?.at
      ? pointer
      : freePointer(target, cache, pointer, at);
  if (main.broken) {
    const { at, found, leads, wrong } = main.broken;
    const rest = missing < 0 ? undefined : bytes.lostChain(missing, listed);
    yield report({
      address: at,
      found,
      expected: rest === undefined ? undefined : word(at, rest),
      text: `a free pointer of ${where} is ${hex(found)}: it ${wrong} (${hex(leads)})`,
    });
  } else if (missing !== 0) {
    // A pointer of zero that ends the list too early, or a wrong count. Where pointers are encoded a zero within the list
    // would not end it.
    const mayBeZero = missing > 0 && (main.objects.length === 0 || cache.random === undefined);
    const rest = mayBeZero ? bytes.lostChain(missing, listed) : undefined;
    if (rest !== undefined) {
      const found = main.objects.length === 0 ? slab.freelist : target.kernel.u64(main.last);
      yield report({
        address: main.last,
        found,
        expected: word(main.last, rest),
        text: `the free list of ${where} ends after ${main.objects.length} objects, and ${slab.objects - slab.inuse} are free`,
      });
    } else
      yield report({
        address: plus(slab.address, members.inuse),
        found: BigInt(slab.inuse),
        expected: BigInt(slab.objects - main.objects.length),
        text: `${where} counts ${slab.inuse} of ${slab.objects} objects in use, and its free list has ${main.objects.length}`,
      });
  }
  if (side?.broken && own) {
    const { at, found, leads, wrong } = side.broken;
    yield report({
      address: at,
      found,
      expected: undefined,
      text: `a free pointer of CPU ${own.cpu} in ${where} is ${hex(found)}: it ${wrong} (${hex(leads)})`,
    });
  }
  if (!hasZones || main.broken || side?.broken || missing !== 0) return;
  const used = target.object('kmem_cache', cache.address).num('inuse');
  const isFree = (index: number): boolean =>
    listed.has(index) || sheaved.has(bytes.objectAt(index));
  for (const found of zoneFindings(bytes, isFree, used)) {
    tally.checked++;
    yield found;
  }
}

/** The nodes' lists of partly used slabs, against their length. */
function* checkNodes(target: Target, tally: Tally): Generator<Finding> {
  const link = slabLinkOffset(target);
  const count = target.findMember('kmem_cache_node', 'nr_partial');
  if (!count) return;
  for (const cache of slabCaches(target).caches) {
    target.kernel.checkpoint();
    for (const node of attempt(() => cacheNodes(target, cache)) ?? []) {
      let length = 0;
      let isWhole = false;
      yield* tally.one(() => {
        let entry = node.partial;
        for (let i = 0; i <= node.partialCount + MOST_EXTRA; i++) {
          const next = target.kernel.pointer(entry);
          const back = target.kernel.pointer(plus(next, 8));
          if (back !== entry) return brokenList(target, cache, { entry, next, back }, link);
          if (next === node.partial) {
            isWhole = true;
            return undefined;
          }
          length++;
          entry = next;
        }
        return undefined;
      });
      if (!isWhole || length === node.partialCount) continue;
      tally.checked++;
      yield {
        address: plus(node.address, count.offset),
        found: BigInt(node.partialCount),
        expected: BigInt(length),
        text: `the node of ${cache.name} counts ${node.partialCount} partly used slabs, and its list has ${length}`,
        command: `kmem -S ${cache.name}`,
      };
    }
  }
}

/** More slabs on a list than its count says: a count that is wrong. */
const MOST_EXTRA = 1 << 20;

function brokenList(
  target: Target,
  cache: SlabCache,
  { entry, next, back }: { entry: VAddr; next: VAddr; back: VAddr },
  link: number,
): Finding {
  const isNextWrong = pageToPfn(target, plus(next, -link)) === undefined;
  return {
    address: isNextWrong ? entry : plus(next, 8),
    found: isNextWrong ? next : back,
    expected: isNextWrong ? undefined : entry,
    text: `on the list of partly used slabs of ${cache.name} ${hex(entry)}.next is ${hex(next)}, whose prev is ${hex(back)}`,
    command: `kmem -S ${cache.name}`,
  };
}
