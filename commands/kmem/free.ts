import { type Bits, hex, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import {
  countFreeBlocks,
  type FreeBlock,
  type FreeList,
  findFreeBlock,
  freeBlocks,
  freeLists,
} from '../../src/kernel/mm/buddy.ts';
import { type MemoryNode, memoryNodes, type Zone } from '../../src/kernel/mm/nodes.ts';
import { pfnOfAddress } from '../../src/kernel/mm/pages.ts';
import { pfnToPage } from '../../src/kernel/mm/sections.ts';
import { center } from '../../src/output/text/justify.ts';
import { error, type Notice, type Out } from '../../src/session/command/command.ts';
import type { PrinterByKind } from '../../src/session/command/printing.ts';
import type { Layout } from './parts.ts';

interface ZoneRow {
  readonly zone: Zone;
  /** Page struct of the zone's first page; 0n for an empty zone. */
  readonly memMap: VAddr;
  /** Index of that page in its node. */
  readonly mapIndex: number;
}

export type FreeRecord =
  | ({
      readonly kind: 'free-zone';
      readonly node: number;
      /** Number of the machine's nodes. */
      readonly nodes: number;
    } & ZoneRow)
  | { readonly kind: 'free-list'; readonly list: FreeList; readonly blocks: number }
  /** The list of the blocks that follow. */
  | { readonly kind: 'free-area'; readonly list: FreeList }
  | { readonly kind: 'free-page'; readonly page: VAddr }
  | { readonly kind: 'free-total'; readonly free: number; readonly found: number }
  | ({
      readonly kind: 'free-block';
      readonly block: FreeBlock;
      readonly node: number;
      readonly nodes: number;
      readonly address: Bits;
      readonly physical: boolean;
    } & ZoneRow);

/** `kmem -f`, and with every free block's first page `kmem -F`. */
export function* freeListing(target: Target, everyPage: boolean): Generator<FreeRecord | Notice> {
  const nodes = memoryNodes(target);
  let free = 0;
  let found = 0;
  for (const node of nodes) {
    for (const problem of node.problems) yield error(problem);
    for (const zone of node.zones) {
      const place = { node: node.id, nodes: nodes.length };
      yield { kind: 'free-zone', ...place, ...zoneRow(target, node, zone) };
      free += zone.freePages;
      if (zone.freePages === 0) continue;
      for (const list of freeLists(target, zone)) {
        found += yield* oneList(target, list, everyPage);
      }
    }
  }
  yield { kind: 'free-total', free, found };
}

function* oneList(
  target: Target,
  list: FreeList,
  everyPage: boolean,
): Generator<FreeRecord | Notice, number> {
  let blocks = 0;
  if (everyPage) {
    yield { kind: 'free-area', list };
    const count = countFreeBlocks(target, list);
    let left = count.blocks;
    for (const page of left === 0 ? [] : freeBlocks(target, list)) {
      yield { kind: 'free-page', page };
      if (--left === 0) break;
    }
    blocks = count.blocks;
    if (count.broken) yield brokenList(list);
  } else {
    const count = countFreeBlocks(target, list);
    blocks = count.blocks;
    if (count.broken) yield brokenList(list);
    yield { kind: 'free-list', list, blocks };
  }
  return blocks * 2 ** list.order;
}

const brokenList = (list: FreeList): Notice =>
  error(
    `corrupted free list ${list.type} from free_area struct: ${hex(list.head - BigInt(list.type * 16))}`,
  );

function zoneRow(target: Target, node: MemoryNode, zone: Zone): ZoneRow {
  const memMap = zone.spannedPages === 0 ? undefined : pfnToPage(target, zone.startPfn);
  return memMap === undefined
    ? { zone, memMap: 0n as VAddr, mapIndex: 0 }
    : { zone, memMap, mapIndex: zone.startPfn - node.startPfn };
}

/** `kmem -f address`: the free block that contains a page; nothing when it is not free. */
export function* freeBlockOf(
  target: Target,
  address: VAddr,
  physical: boolean,
): Generator<FreeRecord | Notice, boolean> {
  const pfn = physical ? target.pfnOf(address) : pfnOfAddress(target, address);
  if (pfn === undefined || pfnToPage(target, pfn) === undefined) {
    yield error(`cannot determine page for ${hex(address)}`);
    return false;
  }
  const block = findFreeBlock(target, pfn);
  if (!block) return false;
  const { node, zone } = block;
  yield {
    kind: 'free-block',
    block,
    node: node.id,
    nodes: memoryNodes(target).length,
    address,
    physical,
    ...zoneRow(target, node, zone),
  };
  return true;
}

const ZONE_TITLE = 'ZONE  NAME        SIZE    FREE      MEM_MAP       START_PADDR  START_MAPNR';
const AREA_TITLE = 'AREA    SIZE  FREE_AREA_STRUCT';

function printZone({ zone, memMap, mapIndex }: ZoneRow, out: Out): void {
  out.line(ZONE_TITLE);
  const name = zone.name.padEnd(9);
  const counts = `${String(zone.spannedPages).padStart(6)}  ${String(zone.freePages).padStart(6)}`;
  const start = center(hex(BigInt(zone.startPfn) << 12n), 11, 'right');
  const place = center(String(mapIndex), 11, 'right');
  const map = center(hex(memMap), 16);
  out.line(`${String(zone.index).padStart(3)}   ${name} ${counts}  ${map}  ${start}  ${place}`);
}

function listRow({ order, head }: FreeList): string {
  const size = `${2 ** order * 4}k`.padStart(7);
  return `${String(order).padStart(3)}  ${size}  ${center(hex(head), 16)}  `;
}

function ordinal(number: number): string {
  const tens = Math.floor(number / 10) % 10;
  const ending = tens === 1 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${ending}`;
}

function printNode({ node, nodes }: { readonly node: number; readonly nodes: number }, out: Out) {
  if (nodes < 2) return;
  out.line('NODE');
  out.line(` ${String(node).padStart(2)}`);
}

export const freePrinters = ({ mode }: Layout): PrinterByKind<FreeRecord> => ({
  'free-zone'(record, out) {
    const { zone } = record;
    if (zone.index === 0) printNode(record, out);
    else out.line();
    printZone(record, out);
    if (zone.freePages > 0 && mode !== 'F') out.line(`${AREA_TITLE}  BLOCKS  PAGES`);
  },
  'free-list'({ list, blocks }, out) {
    const pages = String(blocks * 2 ** list.order).padStart(6);
    out.line(`${listRow(list)}${String(blocks).padStart(6)} ${pages}`);
  },
  'free-area'({ list }, out) {
    out.line(AREA_TITLE);
    out.line(listRow(list));
  },
  'free-page'({ page }, out) {
    out.line(hex(page));
  },
  'free-total'({ free, found }, out) {
    out.line();
    out.line(`nr_free_pages: ${free}  ${free === found ? '(verified)' : `(found ${found})`}`);
  },
  'free-block'(record, out) {
    const { block, address, physical } = record;
    printNode(record, out);
    printZone(record, out);
    out.line(AREA_TITLE);
    out.line(listRow(block.list));
    const pages = 2 ** block.list.order;
    const within = physical && (address & 0xfffn) !== 0n ? 'in ' : '';
    const place = `(${hex(address)} is ${within}${ordinal(block.offset + 1)} of ${pages} pages)`;
    out.line(`${hex(block.page)}  ${block.list.order > 0 ? place : ''}`);
    if (mode === undefined) out.line();
  },
});
