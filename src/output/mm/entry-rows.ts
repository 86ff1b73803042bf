import { hex, type PAddr } from '../../base/address.ts';
import type { AbsentEntry } from '../../kernel/mm/swap-entry.ts';
import { center } from '../text/justify.ts';

/** A page-table entry, decoded, as its two lines need it. */
export interface ShownEntry {
  readonly entry: bigint;
  readonly physical: PAddr;
  readonly flags: readonly string[];
  /** As of LeafEntry of kernel/mm/translate. */
  readonly reservedBits: readonly number[];
  readonly outsideRam: boolean;
  readonly absent: AbsentEntry | undefined;
}

/** The line for an absent page without a known place: the error message continues it. */
export const entryLead = (entry: bigint): string => `${center('PTE', digits(entry).length)}  `;

/** crash's two lines about an entry: its frame and flags, or the place of the page. */
export function entryRows(shown: ShownEntry): readonly [title: string, row: string] {
  const { absent } = shown;
  if (absent?.kind === 'swap') {
    return table(shown.entry, ['SWAP', absent.device], ['OFFSET', String(absent.offset)]);
  }
  if (absent && 'pfn' in absent) {
    return table(shown.entry, ['STATE', absent.kind], ['PHYSICAL', hex(absent.pfn << 12n)]);
  }
  const flags = shown.flags.length > 0 ? shown.flags.join('|') : 'no mapping';
  const physical = hex(shown.physical);
  const pte = digits(shown.entry);
  const width = Math.max(physical.length, 'PHYSICAL'.length);
  const value = center(hex(shown.entry), pte.length, 'right');
  return [
    `${center('PTE', pte.length)}  ${center('PHYSICAL', width)}  FLAGS`,
    `${value}  ${center(physical, width, 'right')}  (${flags})`,
  ];
}

/** The line that crash has not: address bits that the processor does not have. */
export const reservedLines = ({ reservedBits }: Pick<ShownEntry, 'reservedBits'>): string[] =>
  reservedBits.length === 0
    ? []
    : [`RESERVED: bits ${reservedBits.join(', ')} are set: every access to this page faults`];

/** Sentences about an entry that cannot be right, or is of no page of RAM. */
export function entryRemarks({ physical, outsideRam, absent }: ShownEntry): string[] {
  if (absent?.kind === 'swap') {
    const { device, offset, pages } = absent;
    return pages === undefined || offset < pages
      ? []
      : [`offset ${offset} is beyond the end of ${device}, which has ${pages} pages`];
  }
  if (!outsideRam) return [];
  const frame = absent && 'pfn' in absent ? absent.pfn << 12n : physical;
  return [`${hex(frame)} is outside of RAM: of a device or firmware, or damaged`];
}

/** The entry's digits, padded to no fewer columns than its title. */
const digits = (entry: bigint): string => hex(entry).padEnd('PTE'.length);

function table(
  entry: bigint,
  ...columns: readonly (readonly [title: string, value: string])[]
): readonly [string, string] {
  const all = [['PTE', hex(entry)] as const, ...columns];
  const wide = all.map(([title, value]) => Math.max(title.length, value.length));
  const line = (cells: readonly string[]): string => cells.join('  ');
  return [
    line(all.map(([title], i) => center(title, wide[i]!))),
    line(all.map(([, value], i) => center(value, wide[i]!, 'right'))),
  ];
}
