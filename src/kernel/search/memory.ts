import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { addressMap, regionOf } from '../mm/address-map.ts';
import { type MappedPage, mappedPages } from '../mm/mapped-pages.ts';
import { userSpaceOf } from '../mm/translate.ts';
import { walkVmas } from '../mm/vmas.ts';
import type { Task } from '../task/tasks.ts';

/** The memory that is searched. */
export type SearchSpace = 'kernel' | 'user' | 'physical';

/** The part of kernel memory: all, mapped one to one, or mapped page by page. */
export type KernelPart = 'all' | 'unity' | 'mapped';

/** The pages of a space between two addresses, in stretches, where their frames are in the dump. */
export function* pagesOfSpace(
  target: Target,
  space: SearchSpace,
  range: { readonly start: bigint; readonly end: bigint },
  options: { readonly part?: KernelPart; readonly task?: Task } = {},
): Generator<MappedPage, void> {
  if (space === 'physical')
    yield* physicalPages(target, range.start, range.end, (pfn) => target.pfnAddress(pfn));
  else if (space === 'user') yield* userPages(target, range, options.task);
  else yield* kernelPages(target, range, options.part ?? 'all');
}

function* physicalPages(
  target: Target,
  start: bigint,
  end: bigint,
  addressOf: (pfn: number) => bigint,
): Generator<MappedPage, void> {
  const from = target.pfnOf(start);
  const to = Math.min(target.pfnOf(end - 1n) + 1, target.memory.maxPfn);
  if (from >= to) return;
  for (const run of target.memory.pageRuns(from, to)) {
    if (run.status !== 'present') continue;
    for (let pfn = run.start; pfn < run.end; pfn++) yield { address: addressOf(pfn), pfn };
  }
}

function* userPages(
  target: Target,
  { start, end }: { readonly start: bigint; readonly end: bigint },
  task: Task | undefined,
): Generator<MappedPage, void> {
  const space = task && userSpaceOf(target, task);
  if (!space || !task) return;
  for (const vma of walkVmas(target, task.mm)) {
    if (vma.end <= start || vma.start >= end) continue;
    const from = vma.start > start ? vma.start : start;
    const to = vma.end < end ? vma.end : end;
    yield* mappedPages(target, space, from, to);
  }
}

/** A stretch of kernel addresses that is read in one way. */
interface KernelRange {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  readonly how: 'direct' | 'tables';
  readonly unity: boolean;
}

function* kernelPages(
  target: Target,
  { start, end }: { readonly start: bigint; readonly end: bigint },
  part: KernelPart,
): Generator<MappedPage, void> {
  for (const range of kernelRanges(target)) {
    if (part !== 'all' && range.unity !== (part === 'unity')) continue;
    const from = range.start > start ? range.start : start;
    const to = range.end < end ? range.end : end;
    if (from >= to) continue;
    if (range.how === 'tables') yield* mappedPages(target, target.kernel, from, to);
    else {
      const { physical, start } = addressMap(target).direct;
      const shift = start - physical;
      yield* physicalPages(
        target,
        from - shift,
        to - shift,
        (pfn) => target.pfnAddress(pfn) + shift,
      );
    }
  }
}

/** The direct map, vmalloc space, the modules, the page structs and the image: the order in which crash searches. */
function kernelRanges(target: Target): readonly KernelRange[] {
  const map = addressMap(target);
  const text = target.findSymbol('_text') ?? target.findSymbol('_stext');
  const imageEnd = target.findSymbol('_end');
  const ranges: KernelRange[] = [
    directRange(target),
    { ...map.vmalloc, how: 'tables', unity: false },
    { ...map.modules, how: 'tables', unity: false },
    ...(map.vmemmap ? [{ ...map.vmemmap, how: 'tables', unity: false } as const] : []),
  ];
  if (text !== undefined && imageEnd !== undefined && regionOf(target, text) === 'image') {
    ranges.push({ start: text, end: imageEnd, how: 'tables', unity: true });
  }
  return ranges;
}

function directRange(target: Target): KernelRange {
  const { direct } = addressMap(target);
  const end = direct.start + target.pfnAddress(target.memory.maxPfn) - direct.physical;
  // Memory beyond the end of the direct map has no address.
  const limit = direct.end > direct.start && direct.end < end ? direct.end : end;
  return { start: direct.start, end: limit, how: 'direct', unity: true };
}

/** The first address of a space, and the one after its last. */
export function boundsOfSpace(target: Target, space: SearchSpace): { start: bigint; end: bigint } {
  if (space === 'physical') return { start: 0n, end: target.pfnAddress(target.memory.maxPfn) };
  if (space === 'user') return { start: 0n, end: target.arch.userEnd };
  const end = 1n << BigInt(8 * target.arch.pointerSize);
  return { start: addressMap(target).direct.start, end };
}

/** The pages of one stack. */
export function* pagesOfStack(
  target: Target,
  base: VAddr,
  top: VAddr,
): Generator<MappedPage, void> {
  for (let at = base; at < top; at = plus(at, target.pageSize)) {
    const physical = target.kernel.translate(va(at));
    if (physical !== undefined) yield { address: at, pfn: target.pfnOf(physical) };
  }
}
