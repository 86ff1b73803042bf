import { hex, type VAddr, va } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** An index of an XArray, radix tree or IDR with the pointer stored there. */
export interface XarrayEntry {
  readonly index: number;
  readonly value: VAddr;
}

interface NodeLayout {
  readonly type: string;
  readonly size: number;
  readonly shift: number;
  readonly count: number;
  /** Reads a slot of a node's bytes. */
  readonly slot: (node: DataView, index: number) => VAddr;
}

/** Bound on levels: 64-bit indices with 6 bits a level (4 with CONFIG_BASE_SMALL). */
const MAX_DEPTH = 17;
/** XA_CHUNK_SHIFT of 6: the root of a full tree of 64-bit indices. */
const MAX_SHIFT = 60;

/**
 * The entries of a `struct xarray` (or `struct radix_tree_root`) at `root`, in index order, lazily. Value entries (low
 * bit 1, include/linux/xarray.h) are left out unless `values` is set. With `head`, this entry is the tree's top, and
 * `root` is not read. A node that is unreadable or impossible is a loss: the entries below it are missing, the others
 * come.
 */
export function* walkXarray(
  target: Target,
  root: VAddr,
  options: { values?: boolean; head?: VAddr } = {},
): Generator<XarrayEntry, void> {
  const entry = options.head ?? headOf(target, root);
  if (entry === 0n) return;
  const layout = target.memo(nodeLayout);
  if (isNode(entry, layout)) {
    yield* walkNode({ target, layout, values: options.values ?? false }, entry, 0, undefined);
  } else if (isWanted(entry, options.values ?? false)) {
    yield { index: 0, value: entry };
  }
}

/** The top entry of a tree: a node, or the only item. */
function headOf(target: Target, root: VAddr): VAddr {
  // The root's pointer and its type were renamed in 4.20 (f8d5d0cc145c, xarray: Add definition of struct xarray).
  const home = target.types.has('xarray', 'xa_head') ? 'xarray' : 'radix_tree_root';
  const head = target.object(home, root);
  return head.pointer(head.pick('xa_head', 'rnode'));
}

/** The slots on the way to an index, from the root down; empty when the tree is a single item. */
export function slotsOfIndex(target: Target, root: VAddr, index: number, head?: VAddr): number[] {
  const layout = target.memo(nodeLayout);
  const entry = head ?? headOf(target, root);
  if (!isNode(entry, layout)) return [];
  const bits = Math.log2(layout.count);
  const slots: number[] = [];
  const top = target.kernel.u8(va((entry & ~3n) + BigInt(layout.shift)));
  for (let shift = Math.min(top, 60); shift >= 0; shift -= bits) {
    slots.push(Math.floor(index / 2 ** shift) % layout.count);
  }
  return slots;
}

function nodeLayout(target: Target): NodeLayout {
  // 4.20 (01959dfe771c, xarray: Define struct xa_node).
  const type = target.types.has('xa_node') ? 'xa_node' : 'radix_tree_node';
  const slots = target.types.member(type, 'slots');
  const { pointerSize } = target.kernel;
  return {
    type,
    size: target.types.sizeof(type),
    shift: target.types.member(type, 'shift').offset,
    count: slots.size / pointerSize,
    slot: (node, index) => va(target.kernel.wordIn(node, slots.offset + index * pointerSize)),
  };
}

/** xa_is_node(), include/linux/xarray.h: internal entries up to this are siblings, zero and retry entries. */
const MAX_INTERNAL = 4096n;

/** Internal entries have low bits 10 (4.20 and later) or 01 (radix trees before); small ones are siblings and marks. */
const isNode = (entry: VAddr, layout: NodeLayout): boolean =>
  layout.type === 'xa_node' ? (entry & 3n) === 2n && entry > MAX_INTERNAL : (entry & 3n) === 1n;
const isWanted = (entry: VAddr, values: boolean): boolean =>
  (entry & 3n) === 0n || (values && (entry & 1n) === 1n);

/** The state that all nodes of one walk share. */
interface TreeWalk {
  readonly target: Target;
  readonly layout: NodeLayout;
  readonly values: boolean;
}

/**
 * The entries below a node. The shift falls by the same number of bits at each level, so that no chain of nodes is longer than a
 * real tree is deep.
 */
function* walkNode(
  walk: TreeWalk,
  entry: VAddr,
  base: number,
  above: number | undefined,
): Generator<XarrayEntry, void> {
  const { target, layout, values } = walk;
  const address = va(entry & ~3n);
  const node = target.losses.attempt('tree node', address, () => readNode(walk, address, above));
  if (node === undefined) return;
  const seen = new Set<VAddr>();
  for (let slot = 0; slot < layout.count; slot++) {
    const child = layout.slot(node.view, slot);
    if (child === 0n) continue;
    const index = base + slot * 2 ** node.shift;
    if (!isNode(child, layout)) {
      if (isWanted(child, values)) yield { index, value: child };
      continue;
    }
    // Two slots with one node do not occur in a real tree: it is visited once.
    if (seen.has(child)) {
      const reason = `two slots of ${layout.type} ${hex(address)} lead to it`;
      const at = va(child & ~3n);
      target.losses.report({ what: 'tree node', count: 1, address: at, isDamaged: true, reason });
      continue;
    }
    seen.add(child);
    yield* walkNode(walk, child, index, node.shift);
  }
}

/** A node's bytes and its shift. Throws ReadError, and CorruptError for an impossible shift. */
function readNode(
  { target, layout }: TreeWalk,
  address: VAddr,
  above: number | undefined,
): { view: DataView; shift: number } {
  const view = target.kernel.view(address, layout.size);
  const shift = view.getUint8(layout.shift);
  const bits = Math.log2(layout.count);
  const isRight = above === undefined ? shift % bits === 0 : shift === above - bits;
  if (shift > MAX_SHIFT || !isRight) {
    throw new CorruptError(
      `${layout.type} ${hex(address)} has shift ${shift}${above === undefined ? '' : ` below one of ${above}`}`,
      address,
    );
  }
  return { view, shift };
}

/**
 * The pointer at `index`; undefined when there is none. An entry of several indices (a large folio in the page cache)
 * is found by each of them.
 */
export function findInXarray(target: Target, root: VAddr, index: number): VAddr | undefined {
  const layout = target.memo(nodeLayout);
  let entry = headOf(target, root);
  if (!isNode(entry, layout)) return index === 0 && entry !== 0n ? entry : undefined;
  let rest = index;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const address = va(entry & ~3n);
    const view = target.memory.kernel.view(address, layout.size);
    const shift = view.getUint8(layout.shift);
    const slot = Math.floor(rest / 2 ** shift);
    if (slot >= layout.count) return undefined;
    entry = layout.slot(view, slot);
    if (isSibling(entry, layout)) {
      entry = layout.slot(view, Number(entry >> 2n));
    }
    if (!isNode(entry, layout)) return entry === 0n ? undefined : entry;
    rest %= 2 ** shift;
  }
  throw new CorruptError(`xarray ${hex(root)} is nested too deep`, root);
}

/** Whether a slot refers to slot N: the tail of an entry of several indices (xa_mk_sibling). */
const isSibling = (entry: VAddr, layout: NodeLayout): boolean =>
  layout.type === 'xa_node' && (entry & 3n) === 2n && entry >> 2n < BigInt(layout.count);
