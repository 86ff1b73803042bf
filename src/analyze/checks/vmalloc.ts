import type { WalkStep } from '../../arch/types.ts';
import { hex, pa, plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { physToVirt } from '../../kernel/mm/address-map.ts';
import { pageToPfn } from '../../kernel/mm/sections.ts';
import { type VmapArea, vmapAreas } from '../../kernel/mm/vmalloc.ts';
import { reservedEntry } from '../scene/page-entries.ts';
import type { Check, Finding, Tally } from './check.ts';
import { ADDRESS } from './page-tables/bits.ts';

/** Flags of vm_struct, include/linux/vmalloc.h; VM_UNINITIALIZED: the area is still being filled. */
const VM_IOREMAP = 0x1n;
const VM_ALLOC = 0x2n;
const VM_MAP = 0x4n;
const VM_UNINITIALIZED = 0x20n;
const VM_NO_GUARD = 0x40n;
/** A larger array is damage: a terabyte. */
const MAX_PAGES = 1 << 28;

/** The page-table entries of vmalloc space against the pages that its areas say they have. */
export const vmallocCheck: Check = {
  name: 'vmalloc',
  title: 'page-table entries of vmalloc and ioremap areas against their pages',
  *run(target, tally) {
    for (const area of vmapAreas(target).areas) yield* checkArea(target, area, tally);
  },
};

function* checkArea(target: Target, area: VmapArea, tally: Tally): Generator<Finding> {
  const vm = target.object('vm_struct', area.vm);
  let pages: VAddr = va(0);
  let count = 0;
  let flags = 0n;
  yield* tally.one(() => {
    flags = vm.big('flags');
    if ((flags & VM_UNINITIALIZED) !== 0n) return undefined;
    pages = vm.pointer('pages');
    count = vm.num('nr_pages');
    return undefined;
  });
  if ((flags & VM_IOREMAP) !== 0n) yield* checkDevice(target, area, flags, tally);
  if ((flags & (VM_ALLOC | VM_MAP | VM_IOREMAP)) !== 0n && (flags & VM_NO_GUARD) === 0n)
    yield* tally.one(() => checkGuard(target, area));
  if (pages === 0n || count <= 0 || count > MAX_PAGES) return;
  const room = Number((area.end - area.start) / BigInt(target.pageSize));
  for (let i = 0; i < Math.min(count, room); i++) {
    target.kernel.checkpoint();
    yield* tally.one(() => checkPage(target, area, pages, i));
  }
}

/** Registers of a device: one range of physical addresses, from the area's own phys_addr on. */
function* checkDevice(
  target: Target,
  area: VmapArea,
  flags: bigint,
  tally: Tally,
): Generator<Finding> {
  const first = target.object('vm_struct', area.vm).big('phys_addr');
  if (first === 0n) return;
  const guard = (flags & VM_NO_GUARD) === 0n ? target.pageSize : 0;
  for (let at = area.start; at < area.end - BigInt(guard); ) {
    target.kernel.checkpoint();
    const walk = target.kernel.walk(at);
    const last = walk.steps.at(-1);
    const expected = first + (at - area.start);
    yield* tally.one(() => {
      if (!last || walk.outcome === 'unreadable' || walk.physical === expected) return undefined;
      const what = last.entry === 0n ? 'is zero' : `is ${hex(last.entry)}`;
      return {
        address: physToVirt(target, pa(last.entryAddress)),
        found: last.entry,
        expected: expectedEntry(target, area, at, expected),
        text: `the ${last.level} entry of ${hex(at)} ${what}; the area ${hex(area.start)} maps the registers of a device, here ${hex(expected)}`,
        command: `vtop ${hex(at)}`,
      };
    });
    const size = walk.outcome === 'mapped' ? (walk.pageSize ?? target.pageSize) : target.pageSize;
    at = plus(at, BigInt(size) - (at & BigInt(size - 1)));
  }
}

/** The page after an area, which is part of it and never mapped. */
function checkGuard(target: Target, area: VmapArea): Finding | undefined {
  const at = plus(area.end, -target.pageSize);
  if (at <= area.start) return undefined;
  const walk = target.kernel.walk(at);
  const last = walk.steps.at(-1);
  if (walk.outcome !== 'mapped' || last?.level !== 'PTE') return undefined;
  return {
    address: physToVirt(target, pa(last.entryAddress)),
    found: last.entry,
    expected: 0n,
    text: `the ${last.level} entry of ${hex(at)} is ${hex(last.entry)}: that is the guard page of the area ${hex(area.start)}, which is never mapped`,
    command: `vtop ${hex(at)}`,
  };
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
  const last = target.kernel.walk(address).steps.at(-1);
  const flags = last && (last.entry === 0n ? flagsNear(target, last) : last.entry);
  if (last?.level !== 'PTE' || flags === undefined) return undefined;
  return (flags & ~ADDRESS) | frame;
}

/** The flags of the next entry of the same table that maps something. */
function flagsNear(target: Target, { table, entryAddress }: WalkStep): bigint | undefined {
  const { entrySize } = target.arch;
  for (let distance = entrySize; distance < target.pageSize; distance += entrySize) {
    for (const at of [plus(entryAddress, -distance), plus(entryAddress, distance)]) {
      if (at < table || at >= table + BigInt(target.pageSize)) continue;
      const entry = target.memory.physical.u64(at);
      if (target.arch.isPresent(entry)) return entry;
    }
  }
  return undefined;
}
