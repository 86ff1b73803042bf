import { type Bits, type PAddr, plus, type VAddr, va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { MissingError } from '../../base/errors.ts';
import type { Layout } from '../core/member-cache.ts';
import type { Target } from '../core/target.ts';
import { type PageRun, pageToPfn, pfnToPage, sectionTable } from './sections.ts';

/** What crash shows of a struct page (include/linux/mm_types.h), and where it is. */
export interface PageInfo {
  readonly page: VAddr;
  readonly pfn: number;
  readonly physical: PAddr;
  /** page->mapping with its low bits; in a tail page another member at the same place. */
  readonly mapping: VAddr;
  readonly index: bigint;
  readonly count: number;
  readonly flags: Bits;
  readonly flagNames: readonly string[];
}

/** Offsets of members of struct page. */
export type PageLayout = Layout<'flags' | 'count' | 'mapping' | 'index' | 'type'>;

/** Offsets in struct page, newest names first. */
export const pageLayout = (target: Target): PageLayout => target.memo(readPageLayout);
const readPageLayout = (target: Target): PageLayout =>
  target.layout('page', {
    flags: 'flags',
    // _count was renamed in 4.7 (0139aa7b7fa1, mm: rename _count, field of the struct page, to _refcount).
    count: ['_refcount', '_count'],
    mapping: 'mapping',
    // page->index was renamed in 6.16 (acc53a0b4c15, mm: rename page->index to page->__folio_index).
    index: ['__folio_index', 'index'],
    // page_type has a name since 4.18 (6e292b9be7f4, mm: split page_type out from _mapcount); it shares _mapcount's
    // place.
    type: ['page_type', '_mapcount'],
  });

/** Reads the struct page of a frame. Undefined when the frame has none. Throws ReadError. */
export function pageOfFrame(target: Target, pfn: number): PageInfo | undefined {
  const page = pfnToPage(target, pfn);
  return page === undefined ? undefined : pageAt(target, page, pfn);
}

/** Reads a struct page at its address. Throws ReadError. */
export const pageAt = (target: Target, page: VAddr, pfn: number): PageInfo =>
  decodePage(target, target.kernel.view(page, pageLayout(target).size), 0, page, pfn);

/** A struct page that begins `at` bytes into a view. */
export function decodePage(
  target: Target,
  view: DataView,
  at: number,
  page: VAddr,
  pfn: number,
): PageInfo {
  const layout = pageLayout(target);
  const flags = view.getBigUint64(at + layout.flags, true);
  return {
    page,
    pfn,
    physical: target.pfnAddress(pfn),
    mapping: va(view.getBigUint64(at + layout.mapping, true)),
    index: view.getBigUint64(at + layout.index, true),
    count: view.getInt32(at + layout.count, true),
    flags,
    flagNames: pageFlagNames(target, flags),
  };
}

/** The page structs of a run as records. */
export function pagesOfRun(target: Target, run: PageRun): PageInfo[] {
  if (!run.bytes) return [];
  const view = viewOf(run.bytes);
  const { size } = pageLayout(target);
  return Array.from({ length: run.count }, (_, i) =>
    decodePage(target, view, i * size, plus(run.page, i * size), run.pfn + i),
  );
}

/** A page flag as the kernel prints it: several flags may share a bit. */
export interface PageFlag {
  readonly mask: Bits;
  readonly name: string;
}

/** The kernel's own names of page flags, in its order. */
export const pageFlags = (target: Target): readonly PageFlag[] => target.memo(readPageFlags);

/** Every name of `enum pageflags`, including second names of a bit, in its order. */
export const pageFlagTable = (target: Target): PageFlag[] =>
  (target.types.enumOf('pageflags')?.values ?? [])
    .filter(({ name }) => name.includes('PG_'))
    .map(({ name, value }) => ({ name, mask: 1n << value }));

/** Names of the bits set in page->flags, in the kernel's order. */
export const pageFlagNames = (target: Target, flags: bigint): string[] =>
  pageFlags(target)
    .filter(({ mask }) => (flags & mask) !== 0n)
    .map(({ name }) => name);

/** pageflag_names of mm/debug.c ends in an entry without a name. */
const MAX_FLAGS = 64;

function readPageFlags(target: Target): PageFlag[] {
  const table = target.findSymbol('pageflag_names');
  const entrySize = 2 * target.kernel.pointerSize;
  const entries =
    table === undefined ? undefined : target.kernel.tryRead(table, MAX_FLAGS * entrySize);
  if (!entries) return pageFlagsOfEnum(target);
  const words = target.kernel.wordsOf(entries);
  const flags: PageFlag[] = [];
  // struct trace_print_flags { unsigned long mask; const char *name; } (include/linux/tracepoint-defs.h).
  for (let i = 0; i < words.length; i += 2) {
    const [mask = 0n, name = 0n] = words.subarray(i, i + 2);
    if (name === 0n) break;
    flags.push({ mask, name: target.kernel.cstring(va(name), 64) });
  }
  return flags;
}

/** `enum pageflags` up to the number of flags; later enumerators are second names of the same bits. */
function pageFlagsOfEnum(target: Target): PageFlag[] {
  const values = target.types.enumOf('pageflags')?.values ?? [];
  const end = values.findIndex(({ name }) => name === '__NR_PAGEFLAGS');
  return values
    .slice(0, end < 0 ? values.length : end)
    .map(({ name, value }) => ({ mask: 1n << value, name: name.replace(/^PG_/, '') }));
}

/** The bit number of a page flag: `PG_reserved`; undefined when the kernel has no such flag. */
export function pageFlagBit(target: Target, name: string): number | undefined {
  const bit = target.types.enumerator(name) ?? target.vmcoreinfo.number(name);
  return bit === undefined ? undefined : Number(bit);
}

/**
 * The head of the compound page that a page struct belongs to; the page itself when it is alone. Throws ReadError.
 */
export function compoundHead(target: Target, page: VAddr): VAddr {
  const { member, masked } = target.memo(compoundShape);
  const info = target.kernel.u64(plus(page, member.offset));
  if ((info & 1n) === 1n) return va(masked ? page & info : info - 1n);
  if (!masked && isFlagSet(target, page, 'PG_head')) {
    // Since 5.18 (e7d324850bfc, mm: hugetlb: free the 2nd vmemmap page associated with each HugeTLB page), up to 7.0,
    // all tail pages of a huge page are mapped to its first page of structs: a head followed by a tail that names
    // another head is such an image.
    const next = plus(page, sectionTable(target).structSize);
    const bytes = target.kernel.tryRead(plus(next, member.offset), 8);
    const of = bytes ? viewOf(bytes).getBigUint64(0, true) : 0n;
    if ((of & 1n) === 1n) return va(of - 1n);
  }
  return page;
}

function compoundShape(target: Target) {
  const { types } = target;
  // Renamed in 7.1 (d50569612c29, mm: rename the 'compound_head' field in the 'struct page' to 'compound_info'), and a
  // mask where structs have a size of a power of two and tails are shared.
  const info = types.findMember('page', 'compound_info');
  const member = info ?? types.findMember('page', 'compound_head');
  if (!member) throw new MissingError('member', 'page.compound_info or compound_head');
  const size = types.sizeof('page');
  const masked =
    info !== undefined && (size & (size - 1)) === 0 && types.has('zone', 'vmemmap_tails');
  return { member, masked };
}

function isFlagSet(target: Target, page: VAddr, name: string): boolean {
  const bit = pageFlagBit(target, name);
  if (bit === undefined) return false;
  const flags = target.kernel.u64(plus(page, pageLayout(target).flags));
  return ((flags >> BigInt(bit)) & 1n) === 1n;
}

/**
 * Whether a page_type word (as read, 32 bits) has the type that VMCOREINFO gives as a mapcount value. Since 6.12
 * (4ffca5a96678, mm: support only one page_type per page) the type is in the top byte alone; before, the whole word is
 * compared.
 */
function hasType(word: number, value: bigint): boolean {
  const wanted = Number(BigInt.asUintN(32, value));
  return (wanted & 0xffffff) === 0 ? word >>> 24 === wanted >>> 24 : word === wanted;
}

/** Whether a page belongs to the slab allocator; `page` must be the head. Throws ReadError. */
export function isSlabPage(target: Target, page: VAddr): boolean {
  const layout = pageLayout(target);
  const { kernel } = target;
  return slabTest(target)(
    kernel.u64(plus(page, layout.flags)),
    kernel.u32(plus(page, layout.type)),
  );
}

/** Tells by the flags and the page_type word of a head whether it is a slab's. Throws MissingError. */
export const slabTest = (target: Target): ((flags: bigint, type: number) => boolean) =>
  target.memo(readSlabTest);
function readSlabTest(target: Target): (flags: bigint, type: number) => boolean {
  // PG_slab is a page type since 6.10 (46df8e73a4a3, mm: free up PG_slab).
  const value = target.vmcoreinfo.number('PAGE_SLAB_MAPCOUNT_VALUE');
  if (value !== undefined) return (_, type) => hasType(type, value);
  const bit = pageFlagBit(target, 'PG_slab');
  if (bit !== undefined) return (flags) => ((flags >> BigInt(bit)) & 1n) === 1n;
  const number = target.types.enumerator('PGTY_slab');
  if (number === undefined) throw new MissingError('symbol', 'PG_slab or PGTY_slab');
  return (_, type) => type >>> 24 === Number(number);
}

/** Tells by the page_type word of a page whether it is the head of a free block; undefined where the kernel does not say how. */
export function buddyTest(target: Target): ((type: number) => boolean) | undefined {
  const value = target.vmcoreinfo.number('PAGE_BUDDY_MAPCOUNT_VALUE');
  return value === undefined ? undefined : (type) => hasType(type, value);
}

/**
 * The order of a free block of the buddy allocator whose head is the page. Undefined for other pages, and when the
 * kernel does not describe the mark of such pages.
 */
export function buddyOrder(target: Target, page: VAddr): number | undefined {
  const type = target.vmcoreinfo.number('PAGE_BUDDY_MAPCOUNT_VALUE');
  if (type === undefined) return undefined;
  const bytes = target.kernel.tryRead(page, pageLayout(target).size);
  if (!bytes) return undefined;
  const view = viewOf(bytes);
  if (!hasType(view.getUint32(pageLayout(target).type, true), type)) return undefined;
  const order = view.getBigUint64(target.types.member('page', 'private').offset, true);
  return order <= 32n ? Number(order) : undefined;
}

/** The frame of an address: of a page struct, else of a mapped kernel address. Undefined for all others. */
export function pfnOfAddress(target: Target, address: VAddr): number | undefined {
  const own = pageToPfn(target, address);
  if (own !== undefined) return own;
  const physical = target.kernel.translate(address);
  return physical === undefined ? undefined : target.pfnOf(physical);
}
