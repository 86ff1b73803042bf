import { pa, plus } from '../../../base/address.ts';
import { CrashError } from '../../../base/errors.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { ioResources } from '../../../kernel/drivers/io-resources.ts';
import { pageFlagBit, pageLayout } from '../../../kernel/mm/pages.ts';
import { isOutsideRam } from '../../../kernel/mm/ram.ts';
import { pfnToPage } from '../../../kernel/mm/sections.ts';

/** Frames that the firmware gave as memory: first and last one of each range. */
type Ranges = readonly (readonly [first: number, last: number])[];

/** The ranges named `System RAM` in the tree of resources; none where it cannot be read. */
function readRanges(target: Target): Ranges {
  const root = target.findSymbol('iomem_resource');
  if (root === undefined) return [];
  const ranges: [number, number][] = [];
  try {
    for (const { name, start, end } of ioResources(target, root)) {
      if (name !== 'System RAM') continue;
      // Whole pages only: what the firmware leaves of a page is not mapped.
      const size = BigInt(target.pageSize);
      ranges.push([target.pfnOf(BigInt(start) + size - 1n), target.pfnOf(BigInt(end) + 1n) - 1]);
    }
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
  }
  return ranges;
}
const rangesOf = (target: Target): Ranges => target.memo(readRanges);

/**
 * Whether a frame is memory that the kernel uses: the tree of resources says so, or its struct page is not reserved; where
 * neither can be read, the dump has it.
 */
export function isUsableRam(target: Target, pfn: number): boolean {
  if (rangesOf(target).some(([first, last]) => pfn >= first && pfn <= last)) return true;
  if (isOutsideRam(target, pa(target.pfnAddress(pfn)))) return false;
  try {
    const page = pfnToPage(target, pfn);
    const bit = pageFlagBit(target, 'PG_reserved');
    // Where its section cannot be read the dump's own list of memory counts: what is there lies in the direct map, too.
    if (page === undefined) return target.memory.status(pfn) !== 'not-ram';
    if (bit === undefined) return false;
    const flags = target.kernel.u64(plus(page, pageLayout(target).flags));
    // A struct page that was never made is all zeros.
    return flags !== 0n && ((flags >> BigInt(bit)) & 1n) === 0n;
  } catch (error) {
    if (error instanceof CrashError) return target.memory.status(pfn) !== 'not-ram';
    throw error;
  }
}
