import { plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { BrokenListError, walkList } from '../lib/lists.ts';
import { type MemoryNode, memoryNodes, type Zone } from './nodes.ts';
import { buddyOrder } from './pages.ts';
import { pfnToPage } from './sections.ts';

/** One list of free blocks: a zone's of one order and one migrate type. */
export interface FreeList {
  readonly order: number;
  /** Migrate type: place in free_area.free_list[]. */
  readonly type: number;
  /** Address of the list_head. */
  readonly head: VAddr;
}

/** A list with its length. */
export interface FreeCount extends FreeList {
  readonly blocks: number;
  /** The list is cut or loops: `blocks` counts up to there. */
  readonly broken: boolean;
}

/** A free block with the searched page. */
export interface FreeBlock {
  readonly node: MemoryNode;
  readonly zone: Zone;
  readonly list: FreeList;
  /** Page struct of the block's first page. */
  readonly page: VAddr;
  /** Offset of the searched page in the block, in pages. */
  readonly offset: number;
}

/** The free lists of a zone, by order and migrate type. Nothing is read. */
export function* freeLists(target: Target, zone: Zone): Generator<FreeList, void> {
  const { areas, types, areaSize, first } = target.memo(freeAreaShape);
  for (let order = 0; order < areas; order++) {
    for (let type = 0; type < types; type++) {
      const head = plus(zone.address, first + order * areaSize + type * 16);
      yield { order, type, head };
    }
  }
}

function freeAreaShape(target: Target) {
  const area = target.types.member('zone', 'free_area');
  const areaSize = target.types.sizeof('free_area');
  return {
    first: area.offset,
    areaSize,
    areas: Math.floor(area.size / areaSize),
    // struct free_area { struct list_head free_list[MIGRATE_TYPES]; unsigned long nr_free; }
    types: Math.floor(target.types.member('free_area', 'free_list').size / 16),
  };
}

/** The page structs at the heads of a list's blocks. Throws BrokenListError after the last good one. */
export function* freeBlocks(target: Target, list: FreeList): Generator<VAddr, void> {
  // Free blocks have a member of their own in the union, at the same place, since 6.0 (bf75f200569d, mm/page_alloc: add
  // page->buddy_list and page->pcp_list).
  const link = target.types.findMember('page', 'buddy_list') ?? target.types.member('page', 'lru');
  for (const entry of walkList(target.kernel, list.head)) yield plus(entry, -link.offset);
}

/** Counts a list's blocks. */
export function countFreeBlocks(target: Target, list: FreeList): FreeCount {
  let blocks = 0;
  try {
    for (const _ of walkList(target.kernel, list.head)) blocks++;
  } catch (error) {
    if (!(error instanceof BrokenListError)) throw error;
    return { ...list, blocks, broken: true };
  }
  return { ...list, blocks, broken: false };
}

/**
 * The free block that contains a frame. The page struct at the head of a free block is marked; lists are walked only
 * when one of the possible heads is marked, to find its list. Undefined when the frame is not free.
 */
export function findFreeBlock(target: Target, pfn: number): FreeBlock | undefined {
  const { areas } = target.memo(freeAreaShape);
  for (let order = 0; order < areas; order++) {
    const first = pfn - (pfn % 2 ** order);
    const page = pfnToPage(target, first);
    if (page === undefined || buddyOrder(target, page) !== order) continue;
    const place = zoneOfPfn(target, first);
    const list = place && listOf(target, place.zone, order, page);
    if (list) return { ...place, list, page, offset: pfn - first };
  }
  return undefined;
}

function listOf(target: Target, zone: Zone, order: number, page: VAddr): FreeList | undefined {
  for (const list of freeLists(target, zone)) {
    if (list.order !== order) continue;
    try {
      for (const block of freeBlocks(target, list)) if (block === page) return list;
    } catch (error) {
      // A broken list may hold the page after the break; the other lists are complete.
      if (!(error instanceof BrokenListError)) throw error;
    }
  }
  return undefined;
}

function zoneOfPfn(target: Target, pfn: number): { node: MemoryNode; zone: Zone } | undefined {
  for (const node of memoryNodes(target)) {
    for (const zone of node.zones) {
      const inZone = pfn >= zone.startPfn && pfn < zone.startPfn + zone.spannedPages;

      if (inZone) return { node, zone };
    }
  }
  return undefined;
}
