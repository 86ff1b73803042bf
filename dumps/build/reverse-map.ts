import type { Kernel } from './kernel.ts';
import type { KernelThing } from './objects.ts';
import type { PageTables } from './page-tables.ts';
import { PAGE } from './ram.ts';
import { buildRbTree } from './rbtree.ts';

/** The way from a page back to the areas that may map it, and what an address space counts of itself. */

/** Nodes of the areas of each file or anon_vma, by the address of the tree's root. */
const nodes = new WeakMap<Kernel, Map<bigint, bigint[]>>();

function addNode(kernel: Kernel, root: bigint, node: bigint): void {
  let trees = nodes.get(kernel);
  if (!trees) {
    trees = new Map();
    nodes.set(kernel, trees);
  }
  const own = [...(trees.get(root) ?? []), node];
  trees.set(root, own);
  // struct rb_root_cached: the root comes first.
  kernel.machine.writeU64(root, buildRbTree(kernel.machine, own));
}

/** An area of a file among those of its address_space: mm/interval_tree.c. */
export function linkFileArea(kernel: Kernel, vma: KernelThing, inode: KernelThing): void {
  if (!vma.has('shared.rb') || !inode.has('i_data.i_mmap')) return;
  addNode(kernel, inode.at('i_data.i_mmap'), vma.at('shared.rb'));
}

/** An area with anonymous pages: its anon_vma, and the chain between them. Returns the anon_vma's address. */
export function linkAnonymousArea(kernel: Kernel, vma: KernelThing): bigint {
  const isLinked = vma.has('anon_vma');
  const known = isLinked ? vma.get('anon_vma') : 0n;
  if (known !== 0n) return known;
  const anon = kernel.thing('anon_vma');
  if (anon.has('root')) anon.set({ root: anon, refcount: 1 });
  if (!isLinked) return anon.address;
  vma.set({ anon_vma: anon });
  if (!kernel.types.has('anon_vma_chain')) return anon.address;
  const chain = kernel.thing('anon_vma_chain', { vma, anon_vma: anon });
  kernel.machine.list(vma.at('anon_vma_chain'), [chain.at('same_vma')]);
  addNode(kernel, anon.at('rb_root'), chain.at('rb'));
  return anon.address;
}

/** Tables below the top one for the user half, those of the fifth level not counted: mm_struct.pgtables_bytes. */
export function countTables({ ram, root, levels }: PageTables): number {
  const visit = (table: number, depth: number): number => {
    let count = 0;
    const end = depth === levels ? 256 : 512;
    for (let i = 0; i < end; i++) {
      const entry = ram.u64(table + i * 8);
      if ((entry & 1n) === 0n || (entry & 0x80n) !== 0n) continue;
      const next = Number(entry & 0x000f_ffff_ffff_f000n);
      if (!ram.isRam(next / PAGE)) continue;
      if (depth !== 5) count++;
      if (depth > 2) count += visit(next, depth - 1);
    }
    return count;
  };
  return visit(root, levels);
}
