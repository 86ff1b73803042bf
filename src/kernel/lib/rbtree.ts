import { hex, plus, type VAddr } from '../../base/address.ts';
import { CorruptError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { MAX_LIST } from './lists.ts';

/** Depth of the largest red-black tree that fits memory. */
const MAX_DEPTH = 128;

/**
 * The nodes of a red-black tree in order; `root` is the address of the struct rb_root (or rb_root_cached).
 * Throws CorruptError for a tree that loops, after the nodes before that, and ReadError. include/linux/rbtree.h.
 */
export function* walkRbTree(target: Target, root: VAddr): Generator<VAddr, void> {
  const at = target.layout('rb_node', { left: 'rb_left', right: 'rb_right' });
  const child = (node: VAddr, offset: number): VAddr => target.kernel.pointer(plus(node, offset));
  const path: VAddr[] = [];
  // Every node has one parent: a second visit is a loop.
  const seen = new Set<VAddr>();
  let node = target.kernel.pointer(root);
  while (node !== 0n || path.length > 0) {
    if (seen.size > MAX_LIST)
      throw new CorruptError(`red-black tree ${hex(root)} is too large`, root);
    for (; node !== 0n; node = child(node, at.left)) {
      if (path.length >= MAX_DEPTH || seen.has(node)) {
        throw new CorruptError(`red-black tree ${hex(root)} loops at ${hex(node)}`, node);
      }
      seen.add(node);
      path.push(node);
    }
    const next = path.pop();
    if (next === undefined) return;
    yield next;
    node = child(next, at.right);
  }
}
