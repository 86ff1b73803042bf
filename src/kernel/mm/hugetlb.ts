import { plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';

/** A pool of huge pages of one size: struct hstate. */
export interface HugePool {
  readonly address: VAddr;
  readonly name: string;
  /** Pages of the kernel's usual size in a huge page. */
  readonly pages: number;
  readonly free: number;
  readonly total: number;
}

/** HUGE_MAX_HSTATE is 4 at most, with 64 KiB, 2 MB, 32 MB and 1 GB. */
const MAX_POOLS = 8;

/** The pools of huge pages; undefined in a kernel without hugetlbfs. */
export function hugePools(target: Target): HugePool[] | undefined {
  const first = target.findSymbol('hstates');
  if (first === undefined) return undefined;
  const used = target.findSymbol('hugetlb_max_hstate');
  const count = used === undefined ? MAX_POOLS : Math.min(target.kernel.u32(used), MAX_POOLS);
  const size = target.types.sizeof('hstate');
  const pools: HugePool[] = [];
  for (let i = 0; i < count; i++) {
    const pool = target.object('hstate', plus(first, i * size));
    const order = pool.num('order');
    if (order === 0 || order > 30) continue;
    pools.push({
      address: pool.address,
      name: pool.string('name'),
      pages: 2 ** order,
      free: pool.num('free_huge_pages'),
      total: pool.num('nr_huge_pages'),
    });
  }
  return pools;
}
