import { plus } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { taskTable } from '../task/tasks.ts';
import { addressMap } from './address-map.ts';
import { cpuFreePages, exactCounter } from './exact-counters.ts';
import { hugePools } from './hugetlb.ts';
import { totalPages } from './meminfo.ts';
import { memoryNodes } from './nodes.ts';

/** Who has memory. */
export type ShareName =
  | 'free'
  /** Free pages on the lists of CPUs. */
  | 'free-on-cpus'
  /** Memory of processes that is of no file. */
  | 'anonymous'
  /** tmpfs, System V shared memory, shared anonymous memory. */
  | 'shmem'
  /** Pages that were read from swap or wait to be written to it, and that no process maps. */
  | 'swap-cache'
  /** Cached pages of files, the block devices' among them. */
  | 'file'
  | 'slab'
  | 'slab-reclaimable'
  | 'page-tables'
  | 'kernel-stacks'
  /** Without the kernel stacks that lie in vmalloc space. */
  | 'vmalloc'
  | 'percpu'
  /** Huge pages of the pools, used or not. */
  | 'hugetlb'
  /** Kernel memory that can be reclaimed and is no slab. */
  | 'misc-reclaimable'
  | 'zsmalloc'
  | 'iommu'
  /** What remains: pages that drivers and others took from the page allocator, which nothing counts. */
  | 'unaccounted';

/** One part of memory, in pages of the kernel's size. */
export interface MemoryShare {
  readonly name: ShareName;
  /** Of `unaccounted` it may be below zero, when counters were moving. */
  readonly pages: number;
}

/** Who uses memory. All numbers are pages of the kernel's size. */
export interface MemoryShares {
  /** Pages that the page allocator manages: all shares together. */
  readonly total: number;
  readonly shares: readonly MemoryShare[];
  /** Pages that were never given to the page allocator: the kernel's image, page structs, firmware. */
  readonly reserved: number;
  /** Of the area for contiguous memory; a part of the shares above. */
  readonly cma: { readonly total: number; readonly free: number } | undefined;
}

/**
 * Who uses memory, by the kernel's own counters with their per-CPU parts, and what they leave unaccounted. Counters that
 * this kernel lacks are left out: what they would have had is then unaccounted. Throws MissingError, ReadError.
 */
export const memoryShares = (target: Target): MemoryShares => target.memo(readShares);

function readShares(target: Target): MemoryShares {
  const total = totalPages(target);
  const counter = (...names: readonly string[]): number | undefined =>
    names.map((name) => exactCounter(target, name)).find((value) => value !== undefined);
  const shares: MemoryShare[] = [];
  const add = (name: ShareName, pages: number | undefined): void => {
    if (pages !== undefined) shares.push({ name, pages });
  };
  const shmem = counter('NR_SHMEM') ?? 0;
  const swapCache = counter('NR_SWAPCACHE') ?? 0;
  const files = counter('NR_FILE_PAGES');
  const stacks = kernelStackPages(target, counter);
  add('free', counter('NR_FREE_PAGES'));
  add('free-on-cpus', cpuFreePages(target));
  const anonymous = counter('NR_ANON_MAPPED', 'NR_ANON_PAGES') ?? 0;
  add('anonymous', anonymous);
  add('shmem', shmem);
  // Pages of the swap cache are counted as pages of files; those that processes map count as anonymous, too. The lists
  // for reclaim have each page once.
  const listed = (counter('NR_INACTIVE_ANON') ?? 0) + (counter('NR_ACTIVE_ANON') ?? 0);
  add('swap-cache', Math.min(swapCache, Math.max(0, listed - anonymous - shmem)));
  add('file', files === undefined ? undefined : files - shmem - swapCache);
  add('slab', counter('NR_SLAB_UNRECLAIMABLE_B', 'NR_SLAB_UNRECLAIMABLE'));
  add('slab-reclaimable', counter('NR_SLAB_RECLAIMABLE_B', 'NR_SLAB_RECLAIMABLE'));
  const tables = counter('NR_PAGETABLE');
  // Tables of virtual machines, since 6.1 (include/linux/mmzone.h).
  add(
    'page-tables',
    tables === undefined ? undefined : tables + (counter('NR_SECONDARY_PAGETABLE') ?? 0),
  );
  add('kernel-stacks', stacks);
  const vmalloc = optional(target, () => vmallocPages(target, counter));
  const inVmalloc = vmalloc === undefined || !hasMappedStacks(target) ? 0 : (stacks ?? 0);
  add('vmalloc', vmalloc === undefined ? undefined : Math.max(0, vmalloc - inVmalloc));
  add(
    'percpu',
    optional(target, () => percpuPages(target)),
  );
  add(
    'hugetlb',
    optional(target, () => hugetlbPages(target)),
  );
  add('misc-reclaimable', counter('NR_KERNEL_MISC_RECLAIMABLE'));
  add('zsmalloc', counter('NR_ZSPAGES'));
  add('iommu', counter('NR_IOMMU_PAGES'));
  const known = shares.reduce((sum, { pages }) => sum + pages, 0);
  add('unaccounted', total - known);
  const present = memoryNodes(target).reduce((sum, { presentPages }) => sum + presentPages, 0);
  return { total, shares, reserved: Math.max(0, present - total), cma: cmaPages(target, counter) };
}

type CounterOf = (...names: readonly string[]) => number | undefined;

/** A part whose variable or type this kernel lacks, or that cannot be read, is left out; the latter is a loss. */
function optional<T>(target: Target, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'counter', reason: error.message });
    return undefined;
  }
}

/** Counted in KiB since 4.9 (d30dd8be06b6, mm: track NR_KERNEL_STACK in KiB instead of number of stacks). */
function kernelStackPages(target: Target, counter: CounterOf): number | undefined {
  const kilobytes = counter('NR_KERNEL_STACK_KB');
  return kilobytes === undefined ? undefined : Math.round((kilobytes * 1024) / target.pageSize);
}

/** Stacks lie in vmalloc space (CONFIG_VMAP_STACK), and are counted there too. */
function hasMappedStacks(target: Target): boolean {
  const { vmalloc } = addressMap(target);
  const task = taskTable(target).tasks.find(({ pid, stack }) => pid > 1 && stack !== 0n);
  return task !== undefined && task.stack >= vmalloc.start && task.stack < vmalloc.end;
}

/** Pages of vmalloc areas: a counter of its own, which newer kernels have among those of the nodes (NR_VMALLOC). */
function vmallocPages(target: Target, counter: CounterOf): number | undefined {
  const counted = counter('NR_VMALLOC');
  if (counted !== undefined) return counted;
  const at = target.findSymbol('nr_vmalloc_pages');
  return at === undefined ? undefined : Number(target.kernel.word(at));
}

/** A CPU's part of a chunk that can have this many pages is damage. */
const MAX_UNITS = 65_536;

/**
 * Pages of per-CPU memory: populated pages of a unit, times the units (pcpu_nr_pages() of mm/percpu.c), without those of
 * the first chunk, which was made before there was a page allocator.
 */
function percpuPages(target: Target): number | undefined {
  const populated = target.findSymbol('pcpu_nr_populated');
  const units = target.findSymbol('pcpu_nr_units');
  if (populated === undefined || units === undefined) return undefined;
  const count = target.kernel.i32(units);
  if (count <= 0 || count > MAX_UNITS) return undefined;
  let pages = Number(target.kernel.word(populated));
  for (const name of ['pcpu_first_chunk', 'pcpu_reserved_chunk']) {
    const at = target.findSymbol(name);
    const chunk = at === undefined ? undefined : target.kernel.pointer(at);
    if (!chunk) continue;
    const { first } = target.layout('pcpu_chunk', { first: 'nr_populated' });
    pages -= target.kernel.i32(plus(chunk, first));
  }
  return Math.max(0, pages) * count;
}

function hugetlbPages(target: Target): number | undefined {
  return hugePools(target)?.reduce((sum, { total, pages }) => sum + total * pages, 0);
}

function cmaPages(target: Target, counter: CounterOf): MemoryShares['cma'] {
  const at = target.findSymbol('totalcma_pages');
  const total = at === undefined ? 0n : (target.kernel.tryWord(at) ?? 0n);
  if (total === 0n) return undefined;
  return { total: Number(total), free: counter('NR_FREE_CMA_PAGES') ?? 0 };
}
