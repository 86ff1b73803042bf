import type { LevelName } from '../../arch/types.ts';
import { type PAddr, va } from '../../base/address.ts';
import { unsigned, viewOf } from '../../base/bytes.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import type { Target } from '../core/target.ts';

/** A page of a virtual address space and its frame. */
export interface MappedPage {
  readonly address: bigint;
  readonly pfn: number;
}

/** Bytes that one entry of a level maps. */
const spanOf = ({ arch }: Target, level: LevelName): bigint => 1n << BigInt(arch.levelShift(level));

/**
 * The pages that page tables map between two addresses, ascending, lazily. Costs one read a page table, and nothing for
 * unmapped ranges. Pages whose table is not in the dump are left out.
 */
export function* mappedPages(
  target: Target,
  space: AddressSpace,
  start: bigint,
  end: bigint,
): Generator<MappedPage, void> {
  const page = BigInt(target.pageSize);
  let at = start & ~(page - 1n);
  while (at < end) {
    const walk = space.walk(va(at));
    const last = walk.steps.at(-1);
    if (!last) return;
    if (last.level === 'PTE') {
      const tableEnd = nextOf(at, page * BigInt(target.pageSize / target.arch.entrySize));
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
      for (; at < stop; at += page) {
        yield { address: at, pfn: target.pfnOf(pageAddress + (at - base)) };
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
  const { arch, pageSize } = target;
  const entries = readTable(target, table);
  if (!entries) return;
  for (let at = start; at < end; at += BigInt(pageSize)) {
    const entry = entries(target.pfnOf(at) % (pageSize / arch.entrySize));
    if (!arch.isPresent(entry)) continue;
    yield { address: at, pfn: target.pfnOf(arch.entryAddress(entry, arch.pageShift)) };
  }
}

/** The entries of a last-level table by their index; undefined when it is not in the dump. */
export function readTable(target: Target, table: PAddr): ((index: number) => bigint) | undefined {
  const size = target.arch.entrySize;
  const bytes = target.memory.physical.tryRead(table, target.pageSize);
  if (!bytes) return undefined;
  const view = viewOf(bytes);
  return (index) => unsigned(view, index * size, size);
}
