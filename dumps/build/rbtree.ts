import type { Machine } from './machine.ts';

/** A red-black tree of rb_nodes in order (all black: readers do not look at colours). Returns its root. */
export function buildRbTree(machine: Machine, nodes: readonly bigint[]): bigint {
  const build = (low: number, high: number, parent: bigint): bigint => {
    if (low >= high) return 0n;
    const middle = (low + high) >>> 1;
    const node = machine.thing('rb_node', nodes[middle] as bigint);
    node.set({
      __rb_parent_color: parent | 1n,
      rb_left: build(low, middle, node.address),
      rb_right: build(middle + 1, high, node.address),
    });
    return node.address;
  };
  return build(0, nodes.length, 0n);
}
