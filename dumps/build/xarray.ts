import type { Kernel } from './kernel.ts';

/** An xarray (radix tree before 4.20) of pointers; returns what its root holds. */
export function buildXarray(kernel: Kernel, entries: ReadonlyMap<number, bigint>): bigint {
  const isNew = kernel.has('xa_node');
  const type = isNew ? 'xa_node' : 'radix_tree_node';
  const mark = isNew ? 2n : 1n;
  const build = (own: ReadonlyMap<number, bigint>, shift: number): bigint => {
    const node = kernel.machine.thing(type, kernel.slabs.allocate('radix_tree_node'));
    const slots = new Map<number, Map<number, bigint>>();
    for (const [index, value] of own) {
      const slot = Math.floor(index / 2 ** shift);
      slots.set(slot, (slots.get(slot) ?? new Map()).set(index % 2 ** shift, value));
    }
    node.set({ shift, count: slots.size });
    for (const [slot, below] of slots) {
      const value = shift === 0 ? (below.get(0) as bigint) : build(below, shift - 6);
      node.set({ [`slots[${slot}]`]: value });
    }
    return node.address | mark;
  };
  if (entries.size === 0) return 0n;
  let shift = 0;
  while (Math.max(...entries.keys()) >= 64 * 2 ** shift) shift += 6;
  return build(entries, shift);
}
