import type { Kernel } from './kernel.ts';

/** A range of indices, both ends inclusive, and the pointer stored for it. */
export interface MapleRange {
  readonly first: bigint;
  readonly last: bigint;
  readonly value: bigint;
}

const LEAF_64 = 1n;
const RANGE_64 = 2n;
const ARANGE_64 = 3n;
const END = (1n << 64n) - 1n;

/**
 * A maple tree of ranges (lib/maple_tree.c): returns what maple_tree.ma_root holds. Inner nodes are of the kind that
 * mm's tree has (arange, which tracks gaps), or plain ranges.
 */
export function buildMaple(
  kernel: Kernel,
  ranges: readonly MapleRange[],
  inner: 'arange' | 'range' = 'arange',
): bigint {
  if (ranges.length === 0) return 0n;
  let level = packLeaves(kernel, withGaps(ranges));
  while (level.length > 1) level = packInner(kernel, level, inner);
  const root = level[0] as MapleRange;
  // An encoded node: its address, its type in bits 3 to 6, and 2 for "internal".
  return root.value;
}

/** Every index belongs to some slot: empty ranges fill what is between. */
function withGaps(ranges: readonly MapleRange[]): MapleRange[] {
  const all: MapleRange[] = [];
  let next = 0n;
  for (const range of ranges) {
    if (range.first > next) all.push({ first: next, last: range.first - 1n, value: 0n });
    all.push(range);
    next = range.last + 1n;
  }
  if (next <= END) all.push({ first: next, last: END, value: 0n });
  return all;
}

function packLeaves(kernel: Kernel, all: readonly MapleRange[]): MapleRange[] {
  return pack(kernel, all, 'maple_range_64', LEAF_64);
}
function packInner(
  kernel: Kernel,
  all: readonly MapleRange[],
  inner: 'arange' | 'range',
): MapleRange[] {
  return inner === 'arange'
    ? pack(kernel, all, 'maple_arange_64', ARANGE_64)
    : pack(kernel, all, 'maple_range_64', RANGE_64);
}

function pack(
  kernel: Kernel,
  all: readonly MapleRange[],
  type: string,
  number: bigint,
): MapleRange[] {
  const { machine } = kernel;
  const slots = machine.types.place(type, 'slot').type;
  const room = slots.kind === 'array' ? slots.count : 0;
  const nodes: MapleRange[] = [];
  for (let at = 0; at < all.length; at += room) {
    const own = all.slice(at, at + room);
    const node = machine.thing(type, kernel.slabs.allocate('maple_node'));
    for (const [slot, { last, value }] of own.entries()) {
      node.set({ [`slot[${slot}]`]: value });
      // The last pivot of a full node has no room, and the end of a node that ends at the end none to say.
      if (slot < room - 1 && last !== END) node.set({ [`pivot[${slot}]`]: last });
    }
    const first = (own[0] as MapleRange).first;
    const last = (own.at(-1) as MapleRange).last;
    if (own.length < room && last !== END) node.set({ [`pivot[${own.length - 1}]`]: last });
    nodes.push({ first, last, value: node.address | (number << 3n) | 2n });
  }
  return nodes;
}
