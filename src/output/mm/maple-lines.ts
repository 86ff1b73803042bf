import { hex, type VAddr } from '../../base/address.ts';
import type { MapleNode } from '../../kernel/lib/maple.ts';
import type { MapleHead, MapleStep } from '../../kernel/lib/tree-walks.ts';

/** MT_FLAGS_HEIGHT_MASK and its offset, include/linux/maple_tree.h. */
const HEIGHT_MASK = 0x7c;
const HEIGHT_SHIFT = 2;

/** The line of a maple tree before its nodes, and the blank one that follows. */
export function mapleHeadText({ address, flags, root }: MapleHead): string {
  const height = (flags & HEIGHT_MASK) >> HEIGHT_SHIFT;
  const head = `maple_tree(${hex(address)}) flags ${flags.toString(16).toUpperCase()}`;
  return `${head}, height ${height} root ${pointerText(root)}\n`;
}

type Step<What extends MapleStep['what']> = Omit<Extract<MapleStep, { what: What }>, 'what'>;

/** A range of a maple tree as the kernel's own mt_dump has it. */
export const mapleRangeText = ({ depth, range, entry }: Step<'range'>): string =>
  `${'  '.repeat(depth + 1)}${range}: 0x${hex(entry)}`;

/** A node, likewise. */
export function mapleNodeText({ node, depth, range }: Step<'node'>): string {
  const place = `node 0x${hex(node.address)} depth ${depth} type ${node.type}`;
  const lead = `${'  '.repeat(depth)}${range}: ${place} parent ${pointerText(node.parent)}`;
  return `${lead} contents: ${contentsText(node)}`;
}

function contentsText({ gaps, meta, slots, pivots }: MapleNode): string {
  const words = gaps.map(String);
  if (gaps.length > 0 && meta) {
    const [end, gap] = meta.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0'));
    words.push('|', `${end} ${gap}|`);
  }
  for (const [index, slot] of slots.entries()) {
    words.push(pointerText(slot));
    const pivot = pivots[index];
    if (pivot !== undefined) words.push(String(pivot));
  }
  return words.join(' ');
}

const pointerText = (value: VAddr): string => (value === 0n ? '(nil)' : `0x${hex(value)}`);
