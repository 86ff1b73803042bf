import { hex, pa, plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { physToVirt } from '../../kernel/mm/address-map.ts';
import { pageToPfn } from '../../kernel/mm/sections.ts';
import { type VmapArea, vmapAreas } from '../../kernel/mm/vmalloc.ts';
import { reservedEntry } from '../scene/page-entries.ts';
import type { Check, Finding, Tally } from './check.ts';

/** VM_UNINITIALIZED, include/linux/vmalloc.h: the area is still being filled. */
const VM_UNINITIALIZED = 0x20n;
/** A larger array is damage: a terabyte. */
const MAX_PAGES = 1 << 28;

/** The page-table entries of vmalloc space against the pages that its areas say they have. */
export const vmallocCheck: Check = {
  name: 'vmalloc',
  title: 'page-table entries of vmalloc areas against their arrays of pages',
  *run(target, tally) {
    for (const area of vmapAreas(target).areas) yield* checkArea(target, area, tally);
  },
};

function* checkArea(target: Target, area: VmapArea, tally: Tally): Generator<Finding> {
  const vm = target.object('vm_struct', area.vm);
  let pages: VAddr = va(0);
  let count = 0;
  yield* tally.one(() => {
    if ((vm.big('flags') & VM_UNINITIALIZED) !== 0n) return undefined;
    pages = vm.pointer('pages');
    count = vm.num('nr_pages');
    return undefined;
  });
  if (pages === 0n || count <= 0 || count > MAX_PAGES) return;
  const room = Number((area.end - area.start) / BigInt(target.pageSize));
  for (let i = 0; i < Math.min(count, room); i++) {
    target.kernel.checkpoint();
    yield* tally.one(() => checkPage(target, area, pages, i));
  }
}

function checkPage(target: Target, area: VmapArea, pages: VAddr, i: number): Finding | undefined {
  const address = plus(area.start, i * target.pageSize);
  const page = target.kernel.pointer(plus(pages, i * target.arch.pointerSize));
  const pfn = page === 0n ? undefined : pageToPfn(target, page);
  const walk = target.kernel.walk(address);
  const last = walk.steps.at(-1);
  if (!last || walk.outcome === 'unreadable') return undefined;
  const reserved = reservedEntry(target, walk);
  const found = walk.physical === undefined ? undefined : target.pfnOf(walk.physical);
  if (pfn === undefined || (found === pfn && !reserved)) return undefined;
  const frame = target.pfnAddress(pfn);
  const flags = last.entry === 0n ? undefined : target.arch.entryFlags(last.entry);
  const wrong = last.entry === 0n ? 'is zero' : `is ${hex(last.entry)} (${flags?.join('|')})`;
  return {
    address: physToVirt(target, pa(last.entryAddress)),
    found: last.entry,
    expected: expectedEntry(target, area, address, frame),
    text: `the ${last.level} entry of ${hex(address)} ${wrong}; page ${i} of the area ${hex(area.start)} is the frame ${hex(frame)}`,
    command: `vtop ${hex(address)}`,
  };
}

/** The entry with the flags of a neighbour that is right. */
function expectedEntry(
  target: Target,
  area: VmapArea,
  address: VAddr,
  frame: bigint,
): bigint | undefined {
  const size = target.pageSize;
  for (const near of [plus(address, -size), plus(address, size), area.start]) {
    if (near < area.start || near >= area.end || near === address) continue;
    const walk = target.kernel.walk(near);
    const last = walk.steps.at(-1);
    if (walk.outcome !== 'mapped' || walk.pageSize !== size || !last) continue;
    if (reservedEntry(target, walk) || walk.pageAddress === undefined) continue;
    return last.entry - walk.pageAddress + frame;
  }
  return undefined;
}
