import { plus, type VAddr } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { BrokenListError, walkList } from '../lib/lists.ts';
import { hugePools } from './hugetlb.ts';
import { memoryNodes } from './nodes.ts';
import { pageFlagBit, pageLayout } from './pages.ts';
import { pageRuns } from './sections.ts';
import { swapAreas } from './swap.ts';
import { vmCounter } from './vmstat.ts';

/** Use of memory, in pages of the kernel's size. */
export interface MemoryUse {
  readonly total: number;
  readonly free: number;
  /** Pages with several references, reserved ones left out. */
  readonly shared: number;
  readonly buffers: number;
  /** May be below zero when the counters disagree. */
  readonly cached: number;
  readonly slab: number;
  readonly huge: { readonly total: number; readonly free: number } | undefined;
  readonly swap: { readonly total: number; readonly used: number } | undefined;
  readonly commit: { readonly limit: number; readonly committed: number } | undefined;
}

/** Sums of memory. `counting` is called at intervals while page structs are read, with the current frame. */
export function* memoryUse(target: Target): Generator<number, MemoryUse> {
  const shared = yield* countShared(target);
  const total = totalPages(target);
  const free = sum(memoryNodes(target).flatMap(({ zones }) => zones.map((z) => z.freePages)));
  const buffers = blockDevicePages(target);
  const pools = target.losses.ifThere('pool of huge pages', undefined, () => hugePools(target));
  const huge = pools && {
    total: sum(pools.map((pool) => pool.total * pool.pages)),
    free: sum(pools.map((pool) => pool.free * pool.pages)),
  };
  const swap = target.losses.ifThere('swap area', undefined, () => swapUse(target));
  return {
    total,
    free,
    shared,
    buffers,
    cached: (vmCounter(target, 'NR_FILE_PAGES') ?? 0) - swapCachePages(target) - buffers,
    slab: slabPages(target),
    huge,
    swap,
    commit: target.losses.ifThere('limit of committed memory', undefined, () =>
      commitment(target, total - (huge?.total ?? 0), swap?.total ?? 0),
    ),
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

/** Frames that are not reserved and have more than one reference. */
function* countShared(target: Target): Generator<number, number> {
  const layout = pageLayout(target);
  const reserved = 1 << (pageFlagBit(target, 'PG_reserved') ?? 0);
  let shared = 0;
  let lost = 0;
  let why: string | undefined;
  for (const { bytes, count, page, pfn } of pageRuns(target)) {
    if (pfn % 32768 === 0) yield pfn;
    if (!bytes) {
      const missing = whyMissing(target, page);
      if (missing !== undefined) lost += count;
      why ??= missing;
      continue;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const end = count * layout.size;
    for (let at = 0; at < end; at += layout.size) {
      if (view.getInt32(at + layout.count, true) <= 1) continue;
      if ((view.getUint32(at + layout.flags, true) & reserved) === 0) shared++;
    }
  }
  if (why !== undefined) {
    const reason = `SHARED is at least ${shared}: ${why}`;
    target.losses.report({ what: 'page struct', count: lost, reason });
  }
  return shared;
}

/** Why page structs are not there; undefined where the memory map has a hole, as beyond the end of RAM. */
function whyMissing(target: Target, page: VAddr): string | undefined {
  try {
    target.kernel.read(page, 1);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return error.reason === 'not-mapped' ? undefined : error.message;
  }
  return undefined;
}

/**
 * Pages of RAM. An atomic with an underscore since 5.0 (ca79b0c211af, mm: convert totalram_pages and totalhigh_pages
 * variables to atomic).
 */
export function totalPages(target: Target): number {
  const address = target.findSymbol('_totalram_pages') ?? target.symbol('totalram_pages');
  return Number(target.kernel.u64(address));
}

/** Page-cache pages of the inodes of block devices: nr_blockdev_pages() of the kernel. */
function blockDevicePages(target: Target): number {
  const superblocks = target.findSymbol('blockdev_superblock');
  if (superblocks === undefined) return 0;
  const superblock = target.kernel.pointer(superblocks);
  if (superblock === 0n) return 0;
  const link = target.types.member('inode', 'i_sb_list').offset;
  const head = target.object('super_block', superblock).addressOf('s_inodes');
  let pages = 0;
  try {
    for (const entry of walkList(target.kernel, head)) {
      const mapping = target.object('inode', plus(entry, -link)).follow('i_mapping');
      pages += mapping?.num('nrpages') ?? 0;
    }
  } catch (error) {
    if (!(error instanceof BrokenListError)) throw error;
  }
  return pages;
}

/**
 * Pages of the swap cache. Counted since 5.12 (b6038942480e, mm: memcg: add swapcache stat for memcg v2); before,
 * summed over the swap address spaces of 4.11 (4b3ef9daa4fc, mm/swap: split swap cache into 64MB trunks).
 */
function swapCachePages(target: Target): number {
  const counted = vmCounter(target, 'NR_SWAPCACHE');
  if (counted !== undefined) return counted;
  const spaces = target.findSymbol('swapper_spaces');
  const counts = target.findSymbol('nr_swapper_spaces');
  if (spaces === undefined || counts === undefined) return 0;
  const size = target.types.sizeof('address_space');
  let pages = 0;
  for (let type = 0; type < 32; type++) {
    const count = Math.min(target.kernel.u32(plus(counts, type * 4)), 65_536);
    if (count === 0) continue;
    const first = target.kernel.pointer(plus(spaces, type * target.kernel.pointerSize));
    for (let i = 0; i < count && first !== 0n; i++) {
      pages += target.object('address_space', plus(first, i * size)).num('nrpages');
    }
  }
  return pages;
}

/**
 * Pages of slabs. The node statistics count bytes since 5.9 (d42f3245c7e2, mm: memcg: convert vmstat slab counters to
 * bytes), but the values read are pages all the same.
 */
function slabPages(target: Target): number {
  const counter = (...names: readonly string[]): number | undefined =>
    names.map((name) => vmCounter(target, name)).find((value) => value !== undefined);
  return (
    (counter('NR_SLAB_RECLAIMABLE_B', 'NR_SLAB_RECLAIMABLE') ?? 0) +
    (counter('NR_SLAB_UNRECLAIMABLE_B', 'NR_SLAB_UNRECLAIMABLE') ?? 0)
  );
}

function swapUse(target: Target): MemoryUse['swap'] {
  const areas = swapAreas(target);
  return { total: sum(areas.map((area) => area.pages)), used: sum(areas.map((a) => a.used)) };
}

/** The limit of committed memory, vm_commit_limit() of mm/util.c, and the committed pages. */
function commitment(target: Target, pages: number, swap: number): MemoryUse['commit'] {
  if (target.findSymbol('sysctl_overcommit_memory') === undefined) return undefined;
  const kilobytes = target.findSymbol('sysctl_overcommit_kbytes');
  const fixed = kilobytes === undefined ? 0 : Number(target.kernel.u64(kilobytes));
  const ratio = target.kernel.i32(target.symbol('sysctl_overcommit_ratio'));
  const allowed = fixed > 0 ? fixed >>> 2 : Math.floor((pages * ratio) / 100);
  // The common part of the counter alone, as crash reads it: the CPUs' parts are left out.
  const counter = target.object('percpu_counter', target.symbol('vm_committed_as'));
  const committed = Math.max(0, Number(BigInt.asIntN(64, counter.big('count'))));
  return { limit: allowed + swap, committed };
}
