import { plus, type VAddr } from '../../base/address.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import { swapDevice, swapFilesLimit } from './swap-entry.ts';

/** A swap file or device in use: struct swap_info_struct. Sizes in pages. */
export interface SwapArea {
  readonly address: VAddr;
  readonly partition: boolean;
  readonly pages: number;
  readonly used: number;
  readonly priority: number;
  /** undefined when its path cannot be followed. */
  readonly file: string | undefined;
}

const SWP_USED = 1;
/** include/uapi/linux/stat.h. */
const S_IFMT = 0xf000;
const S_IFBLK = 0x6000;
/** A swap entry has 5 bits for its type. */
const MAX_SWAP_FILES = 32;

/** The swap areas in use. Throws MissingError in a kernel without swap. */
export function swapAreas(target: Target): SwapArea[] {
  const table = target.symbol('swap_info');
  const count = areaCount(target);
  const areas: SwapArea[] = [];
  for (let type = 0; type < count; type++) {
    // swap_info is an array of pointers since 2.6.33 (efa90a981bbc, swap_info: change to array of pointers).
    const address = target.kernel.pointer(plus(table, type * target.kernel.pointerSize));
    if (address === 0n) continue;
    const area = target.object('swap_info_struct', address);
    if ((area.num('flags') & SWP_USED) === 0) continue;
    areas.push({
      address,
      partition: isPartition(area),
      pages: area.num('pages'),
      used: inUse(area),
      priority: area.num('prio'),
      file: swapDevice(target, type),
    });
  }
  return areas;
}

/** The number of areas that were ever in use: nr_swapfiles, which is no more than swap_info has room for. */
function areaCount(target: Target): number {
  const address = target.symbol('nr_swapfiles');
  const said = target.kernel.u32(address);
  const limit = swapFilesLimit(target) || MAX_SWAP_FILES;
  if (said <= limit) return said;
  const reason = `it is ${said}, and swap_info has room for ${limit}`;
  target.losses.report({ what: 'nr_swapfiles', count: 1, address, isDamaged: true, reason });
  return limit;
}

/** Whether the swap file is a block device. */
function isPartition(area: KernelObject): boolean {
  const mode = area.follow('swap_file')?.follow('f_inode')?.num('i_mode');
  return mode !== undefined && (mode & S_IFMT) === S_IFBLK;
}

/**
 * Since 6.14 (b228386cf237, mm, swap: clean up plist removal and adding) bit 30 says that the area is not on the list
 * of those with room (SWAP_USAGE_OFFLIST_BIT).
 */
function inUse(area: KernelObject): number {
  return Number(BigInt.asUintN(30, area.big('inuse_pages')));
}
