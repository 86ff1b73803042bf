import { hex, type VAddr } from '../../base/address.ts';
import type { UserPage } from '../../kernel/mm/user-pages.ts';
import { center } from '../text/justify.ts';

/** The first two lines about an address space; sizes in KiB, all zero for a task without one. */
export interface AddressSpaceSummary {
  readonly mm: VAddr;
  readonly pgd: VAddr;
  /** KiB; undefined where it cannot be read. */
  readonly resident: number | undefined;
  readonly total: number | undefined;
}

const size = (kib: number | undefined): string => (kib === undefined ? '-' : `${kib}k`);
const row = (mm: string, pgd: string, resident: string, total: string): string =>
  `${center(mm, 16)}  ${center(pgd, 16)}  ${center(resident, 6)}  ${center(total, 8)}`;

/** The title and the line under it. */
export const addressSpaceLines = ({ mm, pgd, resident, total }: AddressSpaceSummary): string[] => [
  row('MM', 'PGD', 'RSS', 'TOTAL_VM'),
  row(hex(mm), hex(pgd), size(resident), size(total)),
];

const ADDRESS = 10;
const PHYSICAL = 'PHYSICAL';

/** Title of the pages of one mapping; `digits` of a physical address of this machine. */
export const userPageHeader = (digits: number): string =>
  `${'VIRTUAL'.padEnd(ADDRESS)}  ${center(PHYSICAL, Math.max(PHYSICAL.length, digits))}`;

/** One page: its frame, or the place of its content. */
export function userPageRow({ address, place }: UserPage, file: string, digits: number): string {
  return `${hex(address).padEnd(ADDRESS)}  ${placeText(place, file, digits)}`;
}

function placeText(place: UserPage['place'], file: string, digits: number): string {
  if (place.in === 'memory') return hex(place.physical).padStart(Math.max(PHYSICAL.length, digits));
  if (place.in === 'file') return `FILE: ${file}  OFFSET: ${hex(place.offset)}`;
  if (place.in === 'nowhere') return '(not mapped)';
  if (place.in === 'unknown') return '(page table not in the dump)';
  const { entry } = place;
  if (entry.kind === 'swap') return `SWAP: ${entry.device}  OFFSET: ${entry.offset}`;
  if (entry.kind === 'unknown')
    return `SWAP: (unknown type ${entry.type})  OFFSET: ${entry.offset}`;
  return `(${entry.kind === 'hwpoison' ? 'poisoned' : 'migrating'})  PFN: ${hex(entry.pfn)}`;
}
