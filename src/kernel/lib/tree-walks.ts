import { hex, plus, type VAddr, va } from '../../base/address.ts';
import { CorruptError, CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { MAX_LIST } from './lists.ts';
import { isMapleNode, type MapleNode, readMapleNode } from './maple.ts';
import { slotsOfIndex, walkXarray } from './xarray.ts';

/** An entry of a tree and its position. */
export interface TreeEntry {
  readonly address: VAddr;
  /** `root/l/r` in a red-black tree, `root/0/12` in the others. */
  readonly position: string;
  /** The entry's index; none in a red-black tree. */
  readonly index: number | undefined;
}

/** An impossible part of a tree: the walk continues beside it. */
export interface TreeProblem {
  readonly problem: string;
}

interface RbNode {
  readonly node: VAddr;
  readonly position: string;
  /** Its left side has been visited, or is not needed. */
  readonly open: boolean;
}

/**
 * The nodes of a red-black tree: each before its children, or with `inOrder` between them. `root` is the top node.
 * Yields problems for child pointers that are no addresses; throws CorruptError at a second visit of a node.
 */
export function* walkRbNodes(
  target: Target,
  root: VAddr,
  inOrder: boolean,
): Generator<TreeEntry | TreeProblem, void> {
  const at = target.layout('rb_node', { left: 'rb_left', right: 'rb_right' });
  const seen = new Set<VAddr>();
  const isAddress = (child: VAddr): boolean =>
    target.arch.isCanonical(child) && !target.arch.isUser(child);
  const pending: RbNode[] = root === 0n ? [] : [{ node: root, position: 'root', open: false }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { node, position, open } = next;
    const entry: TreeEntry = { address: node, position, index: undefined };
    if (open) {
      yield entry;
      continue;
    }
    if (seen.has(node) || seen.size > MAX_LIST) {
      throw new CorruptError(`duplicate tree entry: ${hex(node)}`, node);
    }
    seen.add(node);
    if (!inOrder) yield entry;
    const children: RbNode[] = [];
    for (const name of ['left', 'right'] as const) {
      const place = plus(node, at[name]);
      if (!isAddress(place)) {
        yield {
          problem: `invalid kernel virtual address: ${hex(place)}  type: "rb_node rb_${name}"`,
        };
        continue;
      }
      const child = target.kernel.pointer(place);
      if (child === 0n) continue;
      if (isAddress(child)) {
        children.push({ node: child, position: `${position}/${name[0]}`, open: false });
      } else {
        const text = `rb_node: ${hex(node)}: corrupted rb_${name} pointer: ${hex(child)}`;
        yield { problem: text };
      }
    }
    // The next node to visit is on top.
    const isLeft = (child: RbNode): boolean => child.position.endsWith('/l');
    if (inOrder) {
      pending.push(
        ...children.filter((child) => !isLeft(child)),
        { node, position, open: true },
        ...children.filter(isLeft),
      );
    } else pending.push(...children.reverse());
  }
}

/** The entries of an XArray or radix tree: `root` is its structure, or with `isHead` the entry at its top. */
export function* walkIndexed(
  target: Target,
  root: VAddr,
  isHead: boolean,
): Generator<TreeEntry, void> {
  const head = isHead ? { head: va((root & 3n) === 0n ? root | 2n : root) } : {};
  for (const { index, value } of walkXarray(target, root, { values: true, ...head })) {
    const slots = slotsOfIndex(target, root, index, 'head' in head ? head.head : undefined);
    yield {
      address: value,
      position: slots.length === 0 ? 'direct/0' : ['root', ...slots].join('/'),
      index,
    };
  }
}

/** The head of a maple tree: struct maple_tree. */
export interface MapleHead {
  readonly address: VAddr;
  /** MT_FLAGS_*, include/linux/maple_tree.h. */
  readonly flags: number;
  readonly root: VAddr;
}

/** Reads the head of a maple tree. Throws ReadError, MissingError. */
export function mapleHead(target: Target, address: VAddr): MapleHead {
  const tree = target.object('maple_tree', address);
  return { address, flags: tree.num('ma_flags'), root: tree.pointer('ma_root') };
}

/** A maple tree in detail: its head, its nodes, every range of indices. */
export type MapleStep =
  | {
      readonly what: 'node';
      readonly depth: number;
      readonly range: string;
      readonly node: MapleNode;
    }
  | {
      readonly what: 'range';
      readonly depth: number;
      readonly range: string;
      readonly entry: VAddr;
    }
  | { readonly what: 'entry'; readonly entry: TreeEntry };

const MAX_INDEX = (1n << 64n) - 1n;

/**
 * A maple tree from its top, entries in the order of their indices; an entry's own index counts them from 1. Throws
 * CorruptError, ReadError and MissingError after the entries before the damage.
 */
export function* walkMapleTree(target: Target, top: VAddr): Generator<MapleStep, void> {
  const counter = { entries: 0 };
  if (isMapleNode(top)) {
    yield* walkMapleNode(target, top, 0n, MAX_INDEX, ['root'], counter);
  } else if (isEntry(top)) {
    yield { what: 'range', depth: -1, range: '0', entry: top };
    yield { what: 'entry', entry: { address: top, position: 'root', index: 1 } };
  }
}

function* walkMapleNode(
  target: Target,
  entry: VAddr,
  min: bigint,
  max: bigint,
  path: readonly string[],
  counter: { entries: number },
): Generator<MapleStep, void> {
  const depth = path.length - 1;
  const node = readMapleNode(target, entry, min, max, depth);
  yield { what: 'node', depth, range: rangeText(min, max), node };
  for (const [slot, { first, last, entry: value }] of node.ranges.entries()) {
    const here = [...path, String(slot)];
    if (!node.isLeaf) {
      if (value !== 0n) yield* walkMapleNode(target, value, first, last, here, counter);
      continue;
    }
    yield { what: 'range', depth, range: rangeText(first, last), entry: value };
    if (!isEntry(value)) continue;
    if (++counter.entries > MAX_LIST) throw new CrashError('the tree has no end');
    const found = { address: value, position: here.join('/'), index: counter.entries };
    yield { what: 'entry', entry: found };
  }
}

const rangeText = (first: bigint, last: bigint): string =>
  first === last ? String(first) : `${first}-${last}`;
/** Whether a value is neither empty nor one of the tree's own marks. */
const isEntry = (value: VAddr): boolean => value !== 0n && (value & 3n) !== 2n;
