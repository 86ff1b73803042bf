import type { Walk } from '../../arch/types.ts';
import { hex, pa, type VAddr } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { physToVirt, regionOf } from '../../kernel/mm/address-map.ts';
import { physicalBits } from '../../kernel/mm/translate.ts';
import { expectedVmallocPage } from '../../kernel/mm/vmalloc-pages.ts';
import { attempt } from './scene.ts';

/** A page-table entry that is not as it should be. */
export interface WrongEntry {
  readonly level: string;
  /** Physical, and the direct map's address of it. */
  readonly at: bigint;
  readonly address: VAddr;
  readonly found: bigint;
  /** The frame that should stand there; undefined where nothing says it. */
  readonly expectedFrame: bigint | undefined;
  /** A sentence: what is wrong, and how it is known. */
  readonly text: string;
}

/** The widest physical address that x86 page tables can hold: Intel SDM volume 3, 4.4.2. */
const ENTRY_BITS = 52n;

/** The first entry on a walk with bits that this processor does not have. */
export function reservedEntry(target: Target, walk: Walk): WrongEntry | undefined {
  const width = BigInt(physicalBits(target));
  for (const { level, entryAddress, entry } of walk.steps) {
    if (!target.arch.isPresent(entry)) continue;
    const bits = (entry & ((1n << ENTRY_BITS) - 1n)) >> width;
    const encrypted = target.vmcoreinfo.number('sme_mask') ?? 0n;
    if (bits === 0n || (entry & ((1n << ENTRY_BITS) - (1n << width)) & ~encrypted) === 0n) continue;
    return {
      level,
      at: entryAddress,
      address: physToVirt(target, pa(entryAddress)),
      found: entry,
      expectedFrame: undefined,
      text: `the ${level} entry ${hex(entry)} has bits at or above ${width}, which this processor's addresses do not have`,
    };
  }
  return undefined;
}

/** The entry of an address of vmalloc space that is not what the area's array of pages says. */
export function vmallocEntry(target: Target, address: VAddr, walk: Walk): WrongEntry | undefined {
  const last = walk.steps.at(-1);
  if (!last || regionOf(target, address) !== 'vmalloc' || walk.outcome === 'unreadable')
    return undefined;
  const expected = attempt(() => expectedVmallocPage(target, address));
  if (!expected) return undefined;
  const found = walk.physical === undefined ? undefined : target.pfnOf(walk.physical);
  if (found === expected.pfn) return undefined;
  const what = last.entry === 0n ? 'is zero' : `is ${hex(last.entry)}`;
  return {
    level: last.level,
    at: last.entryAddress,
    address: physToVirt(target, pa(last.entryAddress)),
    found: last.entry,
    expectedFrame: target.pfnAddress(expected.pfn),
    text: `the ${last.level} entry ${what}; page ${expected.index} of the area ${hex(expected.area.start)} is the frame ${hex(target.pfnAddress(expected.pfn))}`,
  };
}

/** The entry of RAM in the direct map that maps nothing. */
export function directMapEntry(target: Target, address: VAddr, walk: Walk): WrongEntry | undefined {
  const last = walk.steps.at(-1);
  if (!last || regionOf(target, address) !== 'direct' || walk.outcome !== 'not-present')
    return undefined;
  const physical = address - physToVirt(target, pa(0n));
  const pfn = target.pfnOf(pa(physical));
  if (pfn >= target.memory.maxPfn) return undefined;
  const frame = target.pfnAddress(pfn);
  return {
    level: last.level,
    at: last.entryAddress,
    address: physToVirt(target, pa(last.entryAddress)),
    found: last.entry,
    expectedFrame: frame,
    text: `the ${last.level} entry of the direct map is ${hex(last.entry)}; it should map the frame ${hex(frame)}`,
  };
}
