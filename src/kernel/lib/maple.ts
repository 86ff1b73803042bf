import { hex, type VAddr, va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** A range of indices in a maple tree and the pointer stored for it. */
export interface MapleEntry {
  readonly first: bigint;
  /** Inclusive. */
  readonly last: bigint;
  readonly entry: VAddr;
}

interface NodeShape {
  readonly slots: number;
  readonly slotCount: number;
  readonly pivots: number;
  readonly pivotCount: number;
}

interface Shapes {
  readonly size: number;
  readonly dense: NodeShape;
  readonly range: NodeShape;
  readonly arange: NodeShape;
}

/** Sixteen slots a node: a tree of this many levels would hold more than 2^64 entries. */
const MAX_DEPTH = 24;
const MAX_INDEX = (1n << 64n) - 1n;
/** Nodes are 256 bytes and aligned to them; the low byte of a pointer to one is its type. */
const NODE_MASK = ~0xffn;
/** enum maple_type, include/linux/maple_tree.h. */
const DENSE = 0;
const LEAF_64 = 1;
const RANGE_64 = 2;
const ARANGE_64 = 3;

/**
 * The ranges of a `struct maple_tree` in index order, lazily (since 6.1; lib/maple_tree.c). Empty and reserved ranges
 * are left out. A node that is unreadable or impossible is a loss: the entries below it are missing.
 */
export function* walkMaple(target: Target, tree: VAddr): Generator<MapleEntry, void> {
  const root = target.object('maple_tree', tree).pointer('ma_root');
  if (!isNode(root)) {
    if (isPointer(root)) yield { first: 0n, last: 0n, entry: root };
    return;
  }
  yield* walkNode(target, target.memo(nodeShapes), root, 0n, MAX_INDEX, 0);
}

function* walkNode(
  target: Target,
  shapes: Shapes,
  node: VAddr,
  min: bigint,
  max: bigint,
  depth: number,
): Generator<MapleEntry, void> {
  const ranges = target.losses.attempt('tree node', va(node & ~0xffn), () => [
    ...rangesOf(target, shapes, node, min, max, depth),
  ]);
  for (const { first, last, entry: value } of ranges ?? []) {
    if (typeOf(node) <= LEAF_64) {
      if (isPointer(value)) yield { first, last, entry: value };
    } else if (value !== 0n) yield* walkNode(target, shapes, value, first, last, depth + 1);
  }
}

/** The entry whose range holds `index`; undefined when nothing is stored there. */
export function findInMaple(target: Target, tree: VAddr, index: bigint): MapleEntry | undefined {
  let node = target.object('maple_tree', tree).pointer('ma_root');
  if (!isNode(node)) {
    return index === 0n && isPointer(node) ? { first: 0n, last: 0n, entry: node } : undefined;
  }
  const shapes = target.memo(nodeShapes);
  let min = 0n;
  let max = MAX_INDEX;
  for (let depth = 0; ; depth++) {
    let next: MapleEntry | undefined;
    for (const range of rangesOf(target, shapes, node, min, max, depth)) {
      if (index > range.last) continue;
      next = range;
      break;
    }
    if (!next || index < next.first) return undefined;
    if (typeOf(node) <= LEAF_64) return isPointer(next.entry) ? next : undefined;
    if (next.entry === 0n) return undefined;
    ({ first: min, last: max, entry: node } = next);
  }
}

/** The bytes of a maple tree's node, decoded. */
export interface MapleNode {
  readonly address: VAddr;
  readonly type: number;
  readonly isLeaf: boolean;
  readonly parent: VAddr;
  readonly slots: readonly VAddr[];
  readonly pivots: readonly bigint[];
  /** Of nodes with gaps: the largest gap below each slot. */
  readonly gaps: readonly bigint[];
  /** Of the same: the last slot in use, and the slot with the largest hole. */
  readonly meta: readonly [end: number, gap: number] | undefined;
  /** The slots with their ranges of indices, empty ones included. */
  readonly ranges: readonly MapleEntry[];
}

/**
 * Whether a slot or the root of a maple tree holds a node. Roots mark nodes; slots of inner nodes hold nothing else.
 */
export const isMapleNode = (entry: VAddr): boolean => isNode(entry);

/** Decodes the node of an entry, for the indices from `min` to `max`. Throws as {@link walkMaple}. */
export function readMapleNode(
  target: Target,
  entry: VAddr,
  min: bigint,
  max: bigint,
  depth = 0,
): MapleNode {
  const shapes = target.memo(nodeShapes);
  const ranges = [...rangesOf(target, shapes, entry, min, max, depth)];
  const address = va(entry & NODE_MASK);
  const type = typeOf(entry);
  const shape = shapeOf(shapes, type) ?? shapes.range;
  const view = viewOf(target.kernel.read(address, shapes.size));
  const words = (from: number, count: number): VAddr[] =>
    Array.from({ length: count }, (_, index) => va(view.getBigUint64(from + index * 8, true)));
  const isArange = type === ARANGE_64;
  const gap = isArange ? target.types.member('maple_arange_64', 'gap') : undefined;
  const meta = isArange ? target.types.findMember('maple_arange_64', 'meta') : undefined;
  return {
    address,
    type,
    isLeaf: type <= LEAF_64,
    parent: words(0, 1)[0] ?? va(0),
    slots: words(shape.slots, shape.slotCount),
    pivots: words(shape.pivots, shape.pivotCount),
    gaps: gap ? words(gap.offset, gap.size / 8) : [],
    meta: meta && [view.getUint8(meta.offset), view.getUint8(meta.offset + 1)],
    ranges,
  };
}

/** The slots of a node with their ranges of indices, empty ones included. */
function* rangesOf(
  target: Target,
  shapes: Shapes,
  node: VAddr,
  min: bigint,
  max: bigint,
  depth: number,
): Generator<MapleEntry, void> {
  const address = va(node & NODE_MASK);
  if (depth >= MAX_DEPTH) {
    throw new CorruptError(`maple node ${hex(address)} is nested too deep`, address);
  }
  const shape = shapeOf(shapes, typeOf(node));
  if (!shape) {
    throw new CorruptError(`maple node ${hex(address)} has type ${typeOf(node)}`, address);
  }
  const view = viewOf(target.kernel.read(address, shapes.size));
  let first = min;
  for (let slot = 0; slot < shape.slotCount && first <= max; slot++) {
    const value = va(view.getBigUint64(shape.slots + slot * 8, true));
    const last = lastOf(view, shape, slot, first, max);
    yield { first, last, entry: value };
    if (last >= max) return;
    first = last + 1n;
  }
}

/** A pivot is the last index of its slot; a zero pivot after the first, and the end of the pivots, end the node. */
function lastOf(
  view: DataView,
  shape: NodeShape,
  slot: number,
  first: bigint,
  max: bigint,
): bigint {
  if (shape.pivotCount === 0) return first < max ? first : max;
  if (slot >= shape.pivotCount) return max;
  const pivot = view.getBigUint64(shape.pivots + slot * 8, true);
  return (pivot === 0n && slot > 0) || pivot < first || pivot > max ? max : pivot;
}

const typeOf = (node: VAddr): number => Number((node >> 3n) & 0xfn);
/** xa_is_node(), include/linux/xarray.h: internal entries up to this are no nodes. */
const MAX_INTERNAL = 4096n;

/**
 * Whether the root is a node: low bits 10, above the small internal entries. Slots inside the tree have no such mark.
 */
const isNode = (entry: VAddr): boolean => (entry & 3n) === 2n && entry > MAX_INTERNAL;
const isPointer = (entry: VAddr): boolean => entry !== 0n && (entry & 3n) === 0n;

function shapeOf(shapes: Shapes, type: number): NodeShape | undefined {
  if (type === ARANGE_64) return shapes.arange;
  if (type === LEAF_64 || type === RANGE_64) return shapes.range;
  return type === DENSE ? shapes.dense : undefined;
}

function nodeShapes(target: Target): Shapes {
  const shape = (type: string, pivots: boolean): NodeShape => {
    const slot = target.types.member(type, 'slot');
    const pivot = pivots ? target.types.member(type, 'pivot') : { offset: 0, size: 0 };
    return {
      slots: slot.offset,
      slotCount: slot.size / 8,
      pivots: pivot.offset,
      pivotCount: pivot.size / 8,
    };
  };
  return {
    size: target.types.sizeof('maple_node'),
    dense: shape('maple_node', false),
    range: shape('maple_range_64', true),
    arange: shape('maple_arange_64', true),
  };
}
