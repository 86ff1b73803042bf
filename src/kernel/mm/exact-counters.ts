import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { machineCpus, perCpuOffset } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { memoryNodes } from './nodes.ts';
import { vmCounter } from './vmstat.ts';

/**
 * A global counter of zones or nodes (`NR_FREE_PAGES`) with what the CPUs have counted and not added yet; undefined when
 * the kernel has none of that name. The parts are up to 125 a CPU and zone (mm/vmstat.c, stat_threshold).
 */
export function exactCounter(target: Target, name: string): number | undefined {
  const shared = vmCounter(target, name);
  if (shared === undefined) return undefined;
  return shared + (target.memo(pendingCounts).get(name) ?? 0);
}

/** The sums of what CPUs have not added, by name of the counter. */
function pendingCounts(target: Target): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { address, zones } of memoryNodes(target)) {
    // A structure of its own since 5.14 (28f836b6777b, mm/page_alloc: split per cpu page lists and zone stats), a part
    // of the CPU's page lists before.
    for (const zone of zones) {
      const parts =
        diffsOf(target, 'zone', 'per_cpu_zonestats', 'per_cpu_zonestat', 'vm_stat_diff') ??
        diffsOf(target, 'zone', 'pageset', 'per_cpu_pageset', 'vm_stat_diff');
      if (parts) addDiffs(target, zone.address, parts, 'zone_stat_item', sums);
    }
    const parts = diffsOf(
      target,
      'pglist_data',
      'per_cpu_nodestats',
      'per_cpu_nodestat',
      'vm_node_stat_diff',
    );
    if (parts) addDiffs(target, address, parts, 'node_stat_item', sums);
  }
  return sums;
}

/** Where a structure keeps the CPUs' parts of its counters. */
interface Diffs {
  /** Offset of the pointer to the per-CPU structure. */
  readonly pointer: number;
  /** Offset in that of the array of signed bytes, and its length. */
  readonly offset: number;
  readonly length: number;
}

function diffsOf(
  target: Target,
  owner: string,
  pointer: string,
  type: string,
  member: string,
): Diffs | undefined {
  const at = target.findMember(owner, pointer);
  const array = target.findMember(type, member);
  return at && array && { pointer: at.offset, offset: array.offset, length: array.size };
}

function addDiffs(
  target: Target,
  owner: VAddr,
  { pointer, offset, length }: Diffs,
  type: string,
  sums: Map<string, number>,
): void {
  const names = target.types.enumOf(type)?.values ?? [];
  const base = target.kernel.tryWord(plus(owner, pointer));
  if (base === undefined || base === 0n) return;
  for (const cpu of machineCpus(target)) {
    const at = va(base + perCpuOffset(target, cpu) + BigInt(offset));
    const bytes = target.losses.attempt(`counters of CPU ${cpu}`, at, () =>
      target.kernel.read(at, length),
    );
    if (!bytes) continue;
    const diffs = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const { name, value } of names) {
      const diff = diffs[Number(value)];
      if (diff) sums.set(name, (sums.get(name) ?? 0) + diff);
    }
  }
}

/** Free pages that CPUs keep for themselves, which NR_FREE_PAGES leaves out: per_cpu_pages.count of all zones. */
export function cpuFreePages(target: Target): number {
  let pages = 0;
  // pageset.pcp before 5.14 (28f836b6777b, mm/page_alloc: split per cpu page lists and zone stats).
  const own = target.findMember('zone', 'per_cpu_pageset');
  const pointer = own ?? target.findMember('zone', 'pageset');
  const count = own
    ? target.findMember('per_cpu_pages', 'count')
    : target.findMember('per_cpu_pageset', 'pcp.count');
  if (!pointer || !count) return 0;
  for (const { zones } of memoryNodes(target)) {
    for (const { address } of zones) {
      const base = target.kernel.tryWord(plus(address, pointer.offset));
      if (base === undefined || base === 0n) continue;
      for (const cpu of machineCpus(target)) {
        try {
          const at = va(base + perCpuOffset(target, cpu) + BigInt(count.offset));
          pages += Math.max(0, target.kernel.i32(at));
        } catch (error) {
          if (!(error instanceof CrashError)) throw error;
          target.losses.report({ what: `pages of CPU ${cpu}`, reason: error.message });
        }
      }
    }
  }
  return pages;
}
