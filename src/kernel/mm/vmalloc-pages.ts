import { plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { pageToPfn } from './sections.ts';
import { type VmapArea, vmapAreaOf } from './vmalloc.ts';

/** What an area of vmalloc space says of the page that should be mapped at an address. */
export interface ExpectedPage {
  readonly area: VmapArea;
  /** Place of the page in the area's array of pages. */
  readonly index: number;
  readonly pfn: number;
}

/** A larger array is damage: a terabyte. */
const MAX_PAGES = 1 << 28;

/**
 * The frame that an area's own array of pages (vm_struct.pages, mm/vmalloc.c) has for an address. Undefined outside all
 * areas, in a guard page, and in areas that keep no array (ioremap, vm_map_ram). Throws MissingError, ReadError.
 */
export function expectedVmallocPage(target: Target, address: VAddr): ExpectedPage | undefined {
  const area = vmapAreaOf(target, address);
  if (!area) return undefined;
  const vm = target.object('vm_struct', area.vm);
  const pages = vm.pointer('pages');
  const count = vm.num('nr_pages');
  const index = Number((address - area.start) / BigInt(target.pageSize));
  if (pages === 0n || count <= 0 || count > MAX_PAGES || index >= count) return undefined;
  const page = target.kernel.pointer(plus(pages, index * target.arch.pointerSize));
  const pfn = page === 0n ? undefined : pageToPfn(target, page);
  return pfn === undefined ? undefined : { area, index, pfn };
}
