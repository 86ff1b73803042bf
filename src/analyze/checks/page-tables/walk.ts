import type { LevelName } from '../../../arch/types.ts';
import { pa, type VAddr, va } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { physToVirt } from '../../../kernel/mm/address-map.ts';

/** A page-table entry and its place. */
export interface Entry {
  readonly level: LevelName;
  /** Physical address of the entry. */
  readonly at: bigint;
  readonly entry: bigint;
  /** The first virtual address that it is for, and how many bytes. */
  readonly address: VAddr;
  readonly size: bigint;
}

/** What is done with the entries of a walk. Entries that are zero are passed over. */
export interface Visitor {
  /** A table that an entry leads to: whether to go down. */
  table(entry: Entry, pfn: number): boolean;
  /** An entry that maps a page; `pfn` is its first frame. */
  leaf(entry: Entry, pfn: number): void;
  /** An entry that is neither zero nor present. */
  absent(entry: Entry): void;
  /** A table that is not in the dump. */
  missing(entry: Entry | undefined): void;
}

/** The page size bit of an upper entry, and that of PROT_NONE: Intel SDM volume 3, 4.5; _PAGE_BIT_PROTNONE. */
const LARGE = 0x80n;
const PROTNONE = 0x100n;
const PRESENT = 1n;

/** The levels at which an entry may map a page. */
const MAY_BE_LEAF = new Set<LevelName>(['PUD', 'PMD', 'PTE']);

/** Whether this machine's tables have the form that the walk knows: 512 entries of 8 bytes. */
export const hasWideTables = ({ arch, pageSize }: Target): boolean =>
  arch.entrySize === 8 && pageSize === 4096;

/**
 * Visits the entries for the addresses from `from` up to `to`, in their order. A table that was met above itself is not entered
 * again: what a visitor lets in twice is entered twice.
 */
export function walkEntries(
  target: Target,
  root: bigint,
  from: bigint,
  to: bigint,
  visitor: Visitor,
): void {
  const { arch, memory } = target;
  const { cache } = memory.physical;
  const above: number[] = [];
  const levels = arch.levels.map((level) => ({ level, shift: BigInt(arch.levelShift(level)) }));

  const visit = (depth: number, table: bigint, base: bigint, by: Entry | undefined): void => {
    const pfn = target.pfnOf(table);
    const shape = levels[depth];
    const page = cache.page(pfn);
    if (!shape || typeof page === 'string') {
      visitor.missing(by);
      return;
    }
    const { level, shift } = shape;
    // The cache's page may be another one after the next read.
    const halves = new Uint32Array(page.slice().buffer);
    const words = new BigUint64Array(halves.buffer);
    const size = 1n << shift;
    above.push(pfn);
    const first = base >= from ? 0 : Number((from - base) >> shift);
    for (let i = first; i < words.length; i++) {
      if (halves[2 * i] === 0 && halves[2 * i + 1] === 0) continue;
      const start = base + (BigInt(i) << shift);
      if (start >= to) break;
      const entry = words[i] as bigint;
      const found: Entry = {
        level,
        at: table + BigInt(8 * i),
        entry,
        address: va(signExtended(start)),
        size,
      };
      const isPresent = (entry & PRESENT) !== 0n;
      const isLeaf = level === 'PTE' || (MAY_BE_LEAF.has(level) && (entry & LARGE) !== 0n);
      if (isLeaf && (isPresent || (entry & PROTNONE) !== 0n)) {
        visitor.leaf(found, target.pfnOf(arch.entryAddress(entry, Number(shift))));
      } else if (!isPresent) visitor.absent(found);
      else {
        const next = arch.entryAddress(entry, arch.pageShift);
        const frame = target.pfnOf(next);
        if (visitor.table(found, frame) && !above.includes(frame))
          visit(depth + 1, next, start, found);
      }
    }
    above.pop();
  };
  const top = levels[0]?.shift ?? 0n;
  const width = Number(top) + 9;
  const signExtended = (address: bigint): bigint =>
    BigInt.asUintN(64, BigInt.asIntN(width, address));
  visit(0, root, 0n, undefined);
}

/** Addresses of the kernel's half without the bits above the tables: what {@link walkEntries} counts in. */
export function tableAddress({ arch }: Target, address: bigint): bigint {
  const width = arch.levelShift(arch.levels[0] ?? 'PGD') + 9;
  return BigInt.asUintN(width, address);
}

/** The direct map's address of an entry: the one that `rd` takes. */
export const entryAddress = (target: Target, at: bigint): VAddr => physToVirt(target, pa(at));
