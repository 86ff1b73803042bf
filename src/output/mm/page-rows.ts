import { hex, plus } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import type { PageInfo, PageLayout } from '../../kernel/mm/pages.ts';
import type { PageRun } from '../../kernel/mm/sections.ts';
import type { MemberText } from './page-member-rows.ts';

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

/** Names of page flags, remembered by the two halves of the flags word: few combinations occur. */
export class FlagNames {
  readonly #names: (flags: bigint) => readonly string[];
  readonly #known = new Map<number, Map<number, string>>();

  constructor(names: (flags: bigint) => readonly string[]) {
    this.#names = names;
  }

  /** The flags at the end of crash's row: the number, and the names if any. */
  text(low: number, high: number): string {
    let halves = this.#known.get(high);
    if (!halves) {
      halves = new Map();
      this.#known.set(high, halves);
    }
    let text = halves.get(low);
    if (text === undefined) {
      const flags = (BigInt(high) << 32n) | BigInt(low);
      const names = this.#names(flags);
      text = names.length === 0 ? hex(flags) : `${hex(flags)} ${names.join(',')}`;
      // Bounded: the dump decides how many there are.
      if (halves.size > 65_536) halves.clear();
      halves.set(low, text);
    }
    return text;
  }
}

const ZERO_MAPPING = '0'.padStart(16);
const ZERO_INDEX = '0'.padStart(8);

/** Rows of chosen members of a run of page structs. */
export function pageMemberRows(
  run: PageRun & { readonly bytes: Uint8Array },
  structSize: number,
  members: readonly MemberText[],
): string {
  const view = viewOf(run.bytes);
  let text = '';
  for (let i = 0; i < run.count; i++) {
    text += `${hex(plus(run.page, i * structSize))}  `;
    for (const member of members) text += member(view, i * structSize);
    text += '\n';
  }
  return text;
}

/** Rows of a run of page structs, one a line; no bigint a page, since `kmem -p` prints millions. */
export function pageRunRows(
  run: PageRun & { readonly bytes: Uint8Array },
  layout: PageLayout,
  flags: FlagNames,
  digits: number,
): string {
  const { bytes } = run;
  const view = viewOf(bytes);
  const pageHigh = Number(run.page >> 32n);
  let pageLow = Number(run.page & 0xffffffffn);
  let high = hexHigh(pageHigh);
  const width = columns(digits);
  let text = '';
  for (let i = 0, at = 0; i < run.count; i++, at += layout.size) {
    const physical = `${((run.pfn + i) * 4096).toString(16).padStart(width)}`;
    const mapping = halves(view, at + layout.mapping, 16, ZERO_MAPPING);
    const index = halves(view, at + layout.index, 8, ZERO_INDEX);
    const count = String(view.getInt32(at + layout.count, true)).padStart(2);
    const low = view.getUint32(at + layout.flags, true);
    const names = flags.text(low, view.getUint32(at + layout.flags + 4, true));
    const page = high + pageLow.toString(16).padStart(8, '0');
    text += `${page} ${physical} ${mapping} ${index} ${count} ${names}\n`;
    pageLow += layout.size;
    if (pageLow > 0xffffffff) {
      pageLow -= 0x100000000;
      high = hexHigh(pageHigh + 1);
    }
  }
  return text;
}

const hexHigh = (high: number): string => high.toString(16);

function halves(view: DataView, at: number, width: number, zero: string): string {
  const low = view.getUint32(at, true);
  const high = view.getUint32(at + 4, true);
  if (high === 0) return low === 0 ? zero : low.toString(16).padStart(width);
  return (high.toString(16) + low.toString(16).padStart(8, '0')).padStart(width);
}
