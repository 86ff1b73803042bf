import { plus, type VAddr } from '../base/address.ts';
import { ReadError } from '../base/errors.ts';
import { BrokenListError, walkList } from './lists.ts';
import type { Target } from './target.ts';

/** A mapped area of vmalloc space: struct vmap_area with its struct vm_struct. */
export interface VmapArea {
  readonly address: VAddr;
  readonly vm: VAddr;
  readonly start: VAddr;
  /** Exclusive; the guard page is part of the area. */
  readonly end: VAddr;
}

/** The kernel's vmalloc, ioremap and module areas by address; `problem` when a list of them is broken. Throws MissingError. */
export interface VmapAreas {
  readonly areas: readonly VmapArea[];
  readonly problem: string | undefined;
}
export const vmapAreas = (target: Target): VmapAreas => target.once(readAreas);

/** vmap_nodes has one entry a CPU, up to 128. */
const MAX_VMAP_NODES = 1024;
const VM_VM_AREA = 4n;

function readAreas(target: Target): VmapAreas {
  const areas: VmapArea[] = [];
  let problem: string | undefined;
  for (const { head, name } of listHeads(target)) {
    try {
      for (const area of areasOf(target, head)) areas.push(area);
    } catch (error) {
      if (!(error instanceof BrokenListError || error instanceof ReadError)) throw error;
      problem = `invalid/corrupt ${name}`;
    }
  }
  areas.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return { areas, problem };
}

function* areasOf(target: Target, head: VAddr): Generator<VmapArea, void> {
  const link = target.types.member('vmap_area', 'list').offset;
  for (const entry of walkList(target.kernel, head)) {
    const area = target.object('vmap_area', plus(entry, -link));
    // Up to 5.10 a flag told areas with a vm_struct from the rest (688fcbfc06e4); now the pointer does.
    const flagged = area.has('flags') && area.has('purge_list');
    if (flagged && area.big('flags') !== VM_VM_AREA) continue;
    const vm = area.pointer('vm');
    if (vm === 0n) continue;
    const start = area.pointer('va_start');
    yield { address: area.address, vm, start, end: area.pointer('va_end') };
  }
}

function* listHeads(target: Target): Generator<{ head: VAddr; name: string }> {
  // 6.9 spread the areas over nodes (d093602919ad).
  const nodes = target.findSymbol('vmap_nodes');
  if (nodes === undefined) {
    yield { head: target.symbol('vmap_area_list'), name: 'vmap_area_list' };
    return;
  }
  const base = target.kernel.pointer(nodes);
  const count = Math.min(target.kernel.u32(target.symbol('nr_vmap_nodes')), MAX_VMAP_NODES);
  const size = target.types.sizeof('vmap_node');
  const head = target.types.member('vmap_node', 'busy.head').offset;
  for (let i = 0; i < count; i++) {
    yield { head: plus(base, i * size + head), name: 'vmap_nodes.busy list' };
  }
}

/** The area that holds an address. */
export const vmapAreaOf = (target: Target, address: VAddr): VmapArea | undefined =>
  vmapAreas(target).areas.find(({ start, end }) => address >= start && address < end);

/** An address of vmalloc space that maps a physical frame, and its area. */
export function vmapAreaOfPfn(
  target: Target,
  pfn: number,
): { area: VmapArea; address: VAddr } | undefined {
  const physical = BigInt(pfn) << 12n;
  for (const area of vmapAreas(target).areas) {
    for (let address = area.start; address < area.end; address = plus(address, 4096)) {
      const found = target.kernel.translate(address);
      if (found !== undefined && found === physical) return { area, address };
      if (found === undefined) {
        // Big areas may be reserved and empty: step over what a missing table leaves out.
        const walk = target.kernel.walk(address);
        const level = walk.steps.at(-1)?.level;
        const span = level === undefined ? 0n : (SPAN[level] ?? 0n);
        if (span > 4096n) address = plus(address, span - (address & (span - 1n)) - 4096n);
      }
    }
  }
  return undefined;
}
/** Bytes that an absent entry of a level leaves unmapped. */
const SPAN: Record<string, bigint> = {
  PGD: 1n << 39n,
  P4D: 1n << 39n,
  PUD: 1n << 30n,
  PMD: 1n << 21n,
  PTE: 1n << 12n,
};
