import { hex } from '../base/address.ts';
import type { PageInfo } from '../kernel/pages.ts';

/** Columns of a physical address: never fewer than its title. */
const columns = (physicalDigits: number): number => Math.max(physicalDigits, 'PHYSICAL'.length);

/** Title line of a table of page structs; `physicalDigits` is the width of the highest physical address. */
export const pageHeader = (physicalDigits: number): string =>
  `      PAGE       ${'PHYSICAL'.padStart(columns(physicalDigits))}      MAPPING       INDEX CNT FLAGS`;

/** One struct page as crash prints it. */
export function pageRow(info: PageInfo, physicalDigits: number): string {
  const physical = hex(info.physical).padStart(columns(physicalDigits));
  const words = [
    hex(info.page).padEnd(16),
    physical,
    hex(info.mapping).padStart(16),
    hex(info.index).padStart(8),
    String(info.count).padStart(2),
    hex(info.flags),
  ].join(' ');
  return info.flagNames.length === 0 ? words : `${words} ${info.flagNames.join(',')}`;
}
