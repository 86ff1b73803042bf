import { hex, type VAddr } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { MapleNode } from '../../kernel/lib/maple.ts';
import type { MapleStep } from '../../kernel/lib/tree-walks.ts';

/** MT_FLAGS_HEIGHT_MASK and its offset, include/linux/maple_tree.h. */
const HEIGHT_MASK = 0x7c;
const HEIGHT_SHIFT = 2;

/** The line of a maple tree before its nodes, and the blank one that follows. */
export function mapleHeadText(target: Target, address: VAddr): string {
  const tree = target.object('maple_tree', address);
  const flags = tree.num('ma_flags');
  const height = (flags & HEIGHT_MASK) >> HEIGHT_SHIFT;
  const root = pointerText(tree.pointer('ma_root'));
  const head = `maple_tree(${hex(address)}) flags ${flags.toString(16).toUpperCase()}`;
  return `${head}, height ${height} root ${root}\n`;
}

/** A node or a range of a maple tree as the kernel's own mt_dump has them. */
export function mapleNodeText(step: Exclude<MapleStep, { what: 'entry' }>): string {
  if (step.what === 'range') {
    return `${'  '.repeat(step.depth + 1)}${step.range}: 0x${hex(step.value)}`;
  }
  const { node, depth, range } = step;
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
