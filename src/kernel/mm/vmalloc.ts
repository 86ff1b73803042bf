import { type PAddr, plus, type VAddr, va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { ReadError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { BrokenListError, walkBothWays } from '../lib/lists.ts';

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
export const vmapAreas = (target: Target): VmapAreas => target.memo(readAreas);

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
  for (const entry of walkBothWays(target.kernel, head)) {
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
    for (let at = area.start; at < area.end; ) {
      const walk = target.kernel.walk(at);
      const last = walk.steps.at(-1);
      if (!last) break;
      if (last.level === 'PTE') {
        // One read for the rest of the table: areas are mapped by small pages mostly.
        const offset = offsetInTable(target, last.table, at, area.end, physical);
        if (offset !== undefined) return { area, address: plus(at, offset) };
        at = nextOf(at, SPAN.PMD);
        continue;
      }
      const { pageAddress, pageSize } = walk;
      if (walk.outcome === 'mapped' && pageAddress !== undefined && pageSize !== undefined) {
        const size = BigInt(pageSize);
        const address = va(at - (at & (size - 1n)) + physical - pageAddress);
        const inPage = physical >= pageAddress && physical < pageAddress + size;
        if (inPage && address >= area.start && address < area.end) return { area, address };
      }
      at = nextOf(at, SPAN[last.level]);
    }
  }
  return undefined;
}

/** Bytes that one entry of a level maps. */
const SPAN = { PGD: 1n << 39n, P4D: 1n << 39n, PUD: 1n << 30n, PMD: 1n << 21n, PTE: 1n << 12n };

const nextOf = (address: VAddr, span: bigint): VAddr =>
  plus(address, span - (address & (span - 1n)));

/** How far from `at` on a page table's small pages map a physical page; undefined when none does. */
function offsetInTable(
  target: Target,
  table: PAddr,
  at: VAddr,
  end: VAddr,
  physical: bigint,
): number | undefined {
  const bytes = target.memory.physical.tryRead(table, 4096);
  if (!bytes) return undefined;
  const view = viewOf(bytes);
  const first = Number((at >> 12n) & 511n);
  const count = Math.min(512 - first, Number((end - at + 4095n) >> 12n));
  for (let i = 0; i < count; i++) {
    const entry = view.getBigUint64((first + i) * 8, true);
    if (!target.arch.isPresent(entry)) continue;
    if (target.arch.entryAddress(entry, 12) === physical) return i * 4096;
  }
  return undefined;
}
