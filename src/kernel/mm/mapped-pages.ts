import type { LevelName } from '../../arch/types.ts';
import { type PAddr, va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import type { Target } from '../core/target.ts';

/** A page of a virtual address space and the frame behind it. */
export interface MappedPage {
  readonly address: bigint;
  readonly pfn: number;
}

const PAGE = 4096n;

/** Bytes that one entry of a level maps: a table of 4096 bytes holds as many entries as fit. */
function spanOf({ arch }: Target, level: LevelName): bigint {
  const bits = arch.entrySize === 8 ? 9 : 10;
  const above = arch.levels.length - 1 - arch.levels.indexOf(level);
  return 1n << BigInt(12 + bits * above);
}

/**
 * The pages that page tables map between two addresses, ascending, lazily. Costs one read a page table, and nothing
 * for what is not mapped. Pages whose table is not in the dump are left out.
 */
export function* mappedPages(
  target: Target,
  space: AddressSpace,
  start: bigint,
  end: bigint,
): Generator<MappedPage, void> {
  let at = start & ~(PAGE - 1n);
  while (at < end) {
    const walk = space.walk(va(at));
    const last = walk.steps.at(-1);
    if (!last) return;
    if (last.level === 'PTE') {
      const tableEnd = nextOf(at, PAGE * BigInt(4096 / target.arch.entrySize));
      yield* pagesOfTable(target, last.table, at, tableEnd < end ? tableEnd : end);
      at = tableEnd;
      continue;
    }
    const { pageAddress, pageSize } = walk;
    const isMapped = walk.outcome === 'mapped' && pageAddress !== undefined;
    const pageEnd = nextOf(
      at,
      isMapped && pageSize ? BigInt(pageSize) : spanOf(target, last.level),
    );
    if (isMapped && pageSize) {
      const base = at & ~(BigInt(pageSize) - 1n);
      const stop = pageEnd < end ? pageEnd : end;
      for (; at < stop; at += PAGE) {
        yield { address: at, pfn: Number((pageAddress + (at - base)) >> 12n) };
      }
    }
    at = pageEnd;
  }
}

const nextOf = (address: bigint, span: bigint): bigint => address + span - (address & (span - 1n));

function* pagesOfTable(
  target: Target,
  table: PAddr,
  start: bigint,
  end: bigint,
): Generator<MappedPage, void> {
  const bytes = target.memory.physical.tryRead(table, 4096);
  if (!bytes) return;
  const view = viewOf(bytes);
  const size = target.arch.entrySize;
  for (let at = start; at < end; at += PAGE) {
    const slot = Number((at >> 12n) & BigInt(4096 / size - 1));
    const entry =
      size === 8 ? view.getBigUint64(slot * 8, true) : BigInt(view.getUint32(slot * 4, true));
    if (!target.arch.isPresent(entry)) continue;
    yield { address: at, pfn: Number(target.arch.entryAddress(entry, 12) >> 12n) };
  }
}
