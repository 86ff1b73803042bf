import { plus, type VAddr, va } from '../../../base/address.ts';
import { ReadError } from '../../../base/errors.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { isSlabPage, pageFlagBit, pageLayout, slabTest } from '../../../kernel/mm/pages.ts';
import { pageToPfn, pfnToPage } from '../../../kernel/mm/sections.ts';
import type { Kind } from './spaces.ts';

/** What a struct page says of its frame. */
export interface PageFacts {
  readonly pfn: number;
  readonly page: VAddr;
  readonly flags: bigint;
  readonly mapping: bigint;
  readonly index: bigint;
  /** _mapcount as it is: -1 for a page that nothing maps. */
  readonly mapcount: number;
  readonly refcount: number;
  /** It belongs to a block of several pages, as its head or another one. */
  readonly isCompound: boolean;
  readonly head: VAddr;
}

/** Low bits of page.mapping: PAGE_MAPPING_ANON, PAGE_MAPPING_MOVABLE; both: KSM. include/linux/page-flags.h. */
const ANON = 1n;
const FLAGS = 3n;

export const isAnon = ({ mapping }: PageFacts): boolean => (mapping & FLAGS) === ANON;
export const isShared = ({ mapping }: PageFacts): boolean => (mapping & FLAGS) === FLAGS;
export const isFile = ({ mapping }: PageFacts): boolean =>
  mapping !== 0n && (mapping & FLAGS) === 0n;

/** The pointer in page.mapping without its bits: an anon_vma or an address_space. */
export const mappingOf = ({ mapping }: PageFacts): VAddr => va(mapping & ~FLAGS);

const shape = (target: Target) => {
  const layout = pageLayout(target);
  const head =
    target.findMember('page', 'compound_info') ?? target.findMember('page', 'compound_head');
  const mapcount = target.types.member('page', '_mapcount').offset;
  const bit = (name: string): bigint => {
    const number = pageFlagBit(target, name);
    return number === undefined ? 0n : 1n << BigInt(number);
  };
  return {
    layout,
    head: head?.offset,
    mapcount,
    isHead: bit('PG_head'),
    isLocked: bit('PG_locked'),
    isPoisoned: bit('PG_hwpoison'),
    isReserved: bit('PG_reserved'),
    isSwapBacked: bit('PG_swapbacked'),
  };
};
export const pageShape = (target: Target): ReturnType<typeof shape> => target.memo(shape);

/** The facts of a frame; undefined where it has no struct page. Throws ReadError, MissingError. */
export function pageFacts(target: Target, pfn: number): PageFacts | undefined {
  const page = pfnToPage(target, pfn);
  if (page === undefined) return undefined;
  const { layout } = pageShape(target);
  return factsIn(target, target.kernel.view(page, layout.size), 0, page, pfn);
}

/** As {@link pageFacts}, of a struct page that begins `at` bytes into a view. */
export function factsIn(
  target: Target,
  view: DataView,
  at: number,
  page: VAddr,
  pfn: number,
): PageFacts {
  const { layout, head, mapcount, isHead } = pageShape(target);
  const flags = view.getBigUint64(at + layout.flags, true);
  const link = head === undefined ? 0n : view.getBigUint64(at + head, true);
  const isTail = (link & 1n) === 1n;
  return {
    pfn,
    page,
    flags,
    mapping: view.getBigUint64(at + layout.mapping, true),
    index: view.getBigUint64(at + layout.index, true),
    mapcount: view.getInt32(at + mapcount, true),
    refcount: view.getInt32(at + layout.count, true),
    isCompound: isTail || (flags & isHead) !== 0n,
    head: isTail ? va(link - 1n) : page,
  };
}

/** What a frame is, where that is not user memory: `a slab`, `free`; undefined for any other. Throws ReadError. */
export function foreignKind(target: Target, facts: PageFacts): string | undefined {
  if (isSlab(target, facts)) return 'part of a slab';
  if (facts.isCompound) return undefined;
  // page_type shares the place of _mapcount: types are below -1. include/linux/page-flags.h, PageType.
  if (facts.mapcount < -1) return 'of the kernel (its page_type says so)';
  if (facts.refcount === 0) return 'free (nothing refers to it)';
  return undefined;
}

/** Whether a frame is part of a slab. Throws ReadError. */
export function isSlab(target: Target, { flags, mapcount, head, page }: PageFacts): boolean {
  if (head === page) return slabTest(target)(flags, mapcount >>> 0);
  return pageToPfn(target, head) !== undefined && isSlabPage(target, head);
}

/** The counter of an address space that counts a page: mm_counter(), include/linux/mm.h. */
export function kindOf(target: Target, { mapping, flags }: PageFacts): Kind {
  if ((mapping & ANON) !== 0n) return 'MM_ANONPAGES';
  return (flags & pageShape(target).isSwapBacked) !== 0n ? 'MM_SHMEMPAGES' : 'MM_FILEPAGES';
}

/** The address of a frame's _mapcount. */
export const mapcountAddress = (target: Target, { page }: PageFacts): VAddr =>
  plus(page, pageShape(target).mapcount);

/** Runs a look-up at memory that may be missing: undefined then. */
export function ifReadable<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}
