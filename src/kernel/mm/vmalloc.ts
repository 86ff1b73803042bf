import { type PAddr, plus, type VAddr, va } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { BrokenListError, walkBothWays } from '../lib/lists.ts';
import { readTable } from './mapped-pages.ts';

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
/** The areas of vmalloc space. Throws MissingError. */
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
      const cause = error instanceof ReadError ? error : error.cause;
      const isMissing = cause instanceof ReadError && cause.reason !== 'not-mapped';
      if (!isMissing) problem = `invalid/corrupt ${name}`;
      target.losses.report({ what: 'vmap area', reason: `${name}: ${error.message}` });
    }
  }
  areas.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return { areas, problem };
}

function* areasOf(target: Target, head: VAddr): Generator<VmapArea, void> {
  const link = target.types.member('vmap_area', 'list').offset;
  for (const entry of walkBothWays(target.kernel, head)) {
    const area = target.object('vmap_area', plus(entry, -link));
    // Up to 5.3 a flag told areas with a vm_struct from the rest: `flags` was removed in 5.4 (688fcbfc06e4, mm/vmalloc:
    // modify struct vmap_area to reduce its size), `purge_list` in 5.11 (96e2db456135, mm/vmalloc: rework the drain
    // logic). Since 6.3 (869176a09606, mm/vmalloc.c: add flags to mark vm_map_ram area) `flags` is back with another
    // meaning, so both are asked for.
    const flagged = area.has('flags') && area.has('purge_list');
    if (flagged && area.big('flags') !== VM_VM_AREA) continue;
    const vm = area.pointer('vm');
    if (vm === 0n) continue;
    const start = area.pointer('va_start');
    yield { address: area.address, vm, start, end: area.pointer('va_end') };
  }
}

function* listHeads(target: Target): Generator<{ head: VAddr; name: string }> {
  // Areas are spread over nodes since 6.9 (d093602919ad, mm: vmalloc: remove global vmap_area_root rb-tree).
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

/** The area that contains an address. */
export const vmapAreaOf = (target: Target, address: VAddr): VmapArea | undefined =>
  vmapAreas(target).areas.find(({ start, end }) => address >= start && address < end);

/** An address of vmalloc space that maps a physical frame, and its area. */
export function vmapAreaOfPfn(
  target: Target,
  pfn: number,
): { area: VmapArea; address: VAddr } | undefined {
  const physical = target.pfnAddress(pfn);
  for (const area of vmapAreas(target).areas) {
    for (let at = area.start; at < area.end; ) {
      const walk = target.kernel.walk(at);
      const last = walk.steps.at(-1);
      if (!last) break;
      if (last.level === 'PTE') {
        // One read for the rest of the table: areas are mapped by small pages mostly.
        const offset = offsetInTable(target, last.table, at, area.end, physical);
        if (offset !== undefined) return { area, address: plus(at, offset) };
        at = nextOf(at, target.pageSize * (target.pageSize / target.arch.entrySize));
        continue;
      }
      const { pageAddress, pageSize } = walk;
      if (walk.outcome === 'mapped' && pageAddress !== undefined && pageSize !== undefined) {
        const size = BigInt(pageSize);
        const address = va(at - (at & (size - 1n)) + physical - pageAddress);
        const inPage = physical >= pageAddress && physical < pageAddress + size;
        if (inPage && address >= area.start && address < area.end) return { area, address };
      }
      at = nextOf(at, 2 ** target.arch.levelShift(last.level));
    }
  }
  return undefined;
}

/** The next multiple of a power of two. */
const nextOf = (address: VAddr, span: number): VAddr =>
  plus(address, BigInt(span) - (address & BigInt(span - 1)));

/** Offset from `at` on at which a page table's small pages map a physical page; undefined when there is none. */
function offsetInTable(
  target: Target,
  table: PAddr,
  at: VAddr,
  end: VAddr,
  physical: bigint,
): number | undefined {
  const { arch, pageSize } = target;
  const entries = readTable(target, table);
  if (!entries) return undefined;
  const slots = pageSize / arch.entrySize;
  const first = target.pfnOf(at) % slots;
  const count = Math.min(slots - first, target.pfnOf(end - at - 1n) + 1);
  for (let i = 0; i < count; i++) {
    const entry = entries(first + i);
    if (!arch.isPresent(entry)) continue;
    if (arch.entryAddress(entry, arch.pageShift) === physical) return i * pageSize;
  }
  return undefined;
}
