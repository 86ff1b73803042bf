import { type PAddr, pa, type VAddr } from '../../base/address.ts';
import type { EntryReader, LevelName, Walk, WalkStep } from '../types.ts';
import { isProtNone, PRESENT, PSE } from './entries.ts';

/** One level of page tables. */
export interface Level {
  readonly name: LevelName;
  /** Address bits that an entry maps. */
  readonly shift: bigint;
  /** Entries of a table, less one. */
  readonly indexMask: bigint;
  /** A set PS bit makes this level's entry a leaf. */
  readonly mayBeLeaf: boolean;
}

/** The tables of a paging mode, from the root down. */
export interface PagingMode {
  readonly levels: readonly Level[];
  readonly entryBytes: bigint;
  /** The physical address in an entry, less the `shift` low bits of the page that it maps. */
  entryAddress(entry: bigint, shift: number): PAddr;
}

/** Follows the tables from `root` to a page. Never throws. */
export function walkTables(
  { levels, entryBytes, entryAddress }: PagingMode,
  root: PAddr,
  virtual: VAddr,
  read: EntryReader,
): Walk {
  const steps: WalkStep[] = [];
  let table = root;
  for (const level of levels) {
    const address = pa(table + ((virtual >> level.shift) & level.indexMask) * entryBytes);
    let entry: bigint;
    try {
      entry = read(address);
    } catch (failure) {
      return { virtual, root, steps, outcome: 'unreadable', failure };
    }
    steps.push({ level: level.name, table, entryAddress: address, entry });
    const leaf = level.name === 'PTE' || (level.mayBeLeaf && (entry & PSE) !== 0n);
    const mapped = (entry & PRESENT) !== 0n || (leaf && isProtNone(entry));
    if (!mapped) return { virtual, root, steps, outcome: 'not-present' };
    if (leaf) {
      const size = 1n << level.shift;
      const pageAddress = entryAddress(entry, Number(level.shift));
      const physical = pa(pageAddress + (virtual & (size - 1n)));
      const pageSize = Number(size);
      return { virtual, root, steps, outcome: 'mapped', physical, pageSize, pageAddress };
    }
    table = entryAddress(entry, PAGE_SHIFT);
  }
  return { virtual, root, steps, outcome: 'not-present' };
}

/** PAGE_SHIFT of both word sizes: the small page and every table have 4 KiB. */
export const PAGE_SHIFT = 12;

/** The members of {@link Arch} that follow from a list of levels. */
export const levelFacts = (levels: readonly Level[]) => ({
  levels: levels.map(({ name }) => name),
  levelShift(name: LevelName): number {
    const level = levels.find((each) => each.name === name);
    if (!level) throw new RangeError(`this paging has no ${name}`);
    return Number(level.shift);
  },
});
