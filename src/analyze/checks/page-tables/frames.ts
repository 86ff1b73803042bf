import { hex, plus } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import {
  foreignKind,
  ifReadable,
  isAnon,
  isFile,
  mappingOf,
  type PageFacts,
  pageFacts,
  pageShape,
} from './page-facts.ts';
import type { Area } from './spaces.ts';
import type { Entry } from './walk.ts';

/** Bits of vm_area_struct.vm_flags: include/linux/mm.h. */
export const VM = { pfnMap: 0x400n, io: 0x4000n, hugetlb: 0x40_0000n };

export const isHugetlb = (area: Area | undefined): boolean =>
  area !== undefined && (area.flags & VM.hugetlb) !== 0n;

/** Why a frame cannot be the one of its place. */
export function wrongFrame(
  target: Target,
  entry: Entry,
  page: PageFacts,
  area: Area | undefined,
): string | undefined {
  const facts = page.isCompound ? ofHead(target, page) : page;
  if (!facts) return undefined;
  const frame = hex(target.pfnAddress(facts.pfn));
  const kind = foreignKind(target, facts);
  if (kind !== undefined) return `maps the frame ${frame}, which is ${kind}`;
  if ((facts.flags & pageShape(target).isPoisoned) !== 0n)
    return `maps the frame ${frame}, which is marked as bad memory`;
  if (isUnmapped(target, facts))
    return `maps the frame ${frame}, of which its struct page says that nothing maps it`;
  if (!area || isHugetlb(area)) return undefined;
  const index = area.pageOffset + BigInt(target.pfnOf(entry.address) - target.pfnOf(area.start));
  if (isFile(facts)) {
    if (area.mapping !== 0n && mappingOf(facts) !== area.mapping)
      return `maps the frame ${frame}, a page of ${area.file === 0n ? 'a' : 'another'} file`;
  } else if (!isAnon(facts)) return undefined;
  else if (hasOtherRoot(target, facts, area))
    return `maps the frame ${frame}, a page of another process's memory`;
  if (facts.index === index) return undefined;
  return `maps the frame ${frame}, the page ${hex(facts.index)} of its ${isFile(facts) ? 'file' : 'mapping'}, and its place is that of page ${hex(index)}`;
}

function hasOtherRoot(target: Target, facts: PageFacts, area: Area): boolean {
  if (area.anonRoot === 0n) return false;
  const own = mappingOf(facts);
  const root = ifReadable(() => target.object('anon_vma', own).pointer('root'));
  return root !== undefined && root !== 0n && root !== area.anonRoot;
}

/** Whether a page belongs to what the kernel was loaded with, or to no memory at all: PG_reserved. */
export const isReserved = (target: Target, { flags }: PageFacts): boolean =>
  (flags & pageShape(target).isReserved) !== 0n;

/** A page of a compound one, with the mapping and index that its head has for it. */
function ofHead(target: Target, facts: PageFacts): PageFacts | undefined {
  const head = ifReadable(() => headFacts(target, facts));
  if (!head) return undefined;
  const { mapping } = head;
  return { ...facts, mapping, index: head.index + BigInt(facts.pfn - head.pfn) };
}

/** Whether nothing maps a page, by its own count; a compound one may be counted as a whole. */
function isUnmapped(target: Target, { mapcount, isCompound, mapping, head }: PageFacts): boolean {
  if (mapcount >= 0) return false;
  if (!isCompound) return true;
  if (mapping !== 0n) return false;
  const whole = target.findMember('folio', '_large_mapcount');
  if (!whole) return true;
  return ifReadable(() => target.kernel.i32(plus(head, whole.offset))) === -1;
}

export function headFacts(target: Target, { head, page, pfn }: PageFacts): PageFacts | undefined {
  const size = BigInt(pageShape(target).layout.size);
  const distance = Number((page - head) / size);
  return distance >= 0 && distance <= pfn ? pageFacts(target, pfn - distance) : undefined;
}

/** Why a frame cannot be a page table. Kernels mark tables differently: what they never are counts. */
export function tableProblem(target: Target, facts: PageFacts): string | undefined {
  const kind = facts.mapcount < -1 ? undefined : foreignKind(target, facts);
  if (kind !== undefined) return kind;
  if ((isAnon(facts) || isFile(facts)) && facts.mapcount >= 0) return 'mapped by user space';
  return undefined;
}

/** The page of zeros that untouched memory is read from. */
export const zeroFrame = (target: Target): number | undefined => target.memo(readZeroFrame);
function readZeroFrame(target: Target): number | undefined {
  const symbol = target.findSymbol('empty_zero_page');
  const physical = symbol === undefined ? undefined : target.kernel.translate(symbol);
  return physical === undefined ? undefined : target.pfnOf(physical);
}

/** The huge page of zeros: huge_zero_pfn, mm/huge_memory.c. */
export function isHugeZero(target: Target, pfn: number): boolean {
  const symbol = target.findSymbol('huge_zero_pfn');
  return symbol !== undefined && target.kernel.tryWord(symbol) === BigInt(pfn);
}
