import { plus, type VAddr, va } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { walkRbTree } from '../../../kernel/lib/rbtree.ts';
import { isAnon, isFile, mappingOf, type PageFacts } from './page-facts.ts';

/** A place where a page may be mapped: the kernel's reverse map, mm/rmap.c. */
export interface Place {
  readonly mm: VAddr;
  readonly address: VAddr;
}

/** More mappings of one page are not looked at: a library has some thousands. */
const MAX_PLACES = 4096;

/**
 * The places where a page of a file or of anonymous memory may be mapped; undefined for other pages, and where there are too
 * many. Throws ReadError, CorruptError, MissingError.
 */
export function placesOf(target: Target, facts: PageFacts): readonly Place[] | undefined {
  const places: Place[] = [];
  for (const vma of isAnon(facts)
    ? anonAreas(target, facts)
    : isFile(facts)
      ? fileAreas(target, facts)
      : []) {
    if (places.length >= MAX_PLACES) return undefined;
    const area = target.object('vm_area_struct', vma);
    const [start, end] = [area.pointer('vm_start'), area.pointer('vm_end')];
    const address = start + ((facts.index - area.big('vm_pgoff')) << 12n);
    if (address >= start && address < end)
      places.push({ mm: area.pointer('vm_mm'), address: va(address) });
  }
  return isAnon(facts) || isFile(facts) ? places : undefined;
}

/** The areas of an anon_vma: its tree has struct anon_vma_chain, each for one area. */
function* anonAreas(target: Target, facts: PageFacts): Generator<VAddr> {
  const root = target.object('anon_vma', mappingOf(facts)).addressOf('rb_root');
  const node = target.types.member('anon_vma_chain', 'rb').offset;
  for (const at of walkRbTree(target, root))
    yield target.object('anon_vma_chain', plus(at, -node)).pointer('vma');
}

/** The areas that map a file: address_space.i_mmap has their shared.rb. */
function* fileAreas(target: Target, facts: PageFacts): Generator<VAddr> {
  const root = target.object('address_space', mappingOf(facts)).addressOf('i_mmap');
  const node = target.types.member('vm_area_struct', 'shared.rb').offset;
  for (const at of walkRbTree(target, root)) yield plus(at, -node);
}
