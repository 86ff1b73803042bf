import { type Bits, hex, type PAddr, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { imageStart, physToVirt, regionOf } from '../../src/kernel/mm/address-map.ts';
import { vmapAreaOf, vmapAreaOfPfn } from '../../src/kernel/mm/vmalloc.ts';
import { taskAround, taskOfStack } from '../../src/kernel/stacktrace/task-at.ts';
import type { Task } from '../../src/kernel/task/tasks.ts';
import { type Notice, plain, warning } from '../../src/session/command/command.ts';
import { blankBetween, type PrinterByKind } from '../../src/session/command/printing.ts';
import {
  type ContextBlock,
  contextLines,
  describeContext,
} from '../../src/session/state/context-summary.ts';
import type { SymbolOffset } from '../../src/symbols/types.ts';
import { type FreeRecord, freeBlockOf } from './free.ts';
import { type PageRecord, pageRecordAt } from './pages.ts';
import type { Layout } from './parts.ts';
import { type SlabRecord, slabAt } from './slabs.ts';
import type { VmapRecord } from './vmalloc.ts';

export type SearchRecord =
  /** The following records are about this address. */
  | { readonly kind: 'address'; readonly address: Bits; readonly physical: boolean }
  | { readonly kind: 'symbol'; readonly symbol: SymbolOffset; readonly address: VAddr }
  | { readonly kind: 'task'; readonly context: ContextBlock };

type Found = SearchRecord | SlabRecord | FreeRecord | PageRecord | VmapRecord;

/**
 * `kmem address`: every meaning of an address: a symbol, a vmalloc area, a slab object, a free page, a task or its
 * stack; and the struct page of its memory.
 */
export function* identify(
  target: Target,
  address: VAddr,
  physical: boolean,
): Generator<Found | Notice> {
  const direct = physical ? directOf(target, address) : address;
  if (direct !== undefined) yield* symbolOf(target, direct);

  const mapped = physical
    ? yield* physicalInVmalloc(target, address)
    : yield* inVmalloc(target, address);
  if (mapped !== undefined) {
    yield* pageOrNot(target, mapped as unknown as VAddr, true);
    return;
  }

  if (!physical) yield* explainUnmapped(target, address);
  if (direct !== undefined) {
    if (yield* slabAt(target, direct, false, false)) yield { kind: 'cache-end' };
  }
  yield* freeOrNot(target, address, physical);
  if (direct !== undefined) {
    const task = taskAround(target, direct) ?? taskOfStack(target, direct);
    if (task) yield* taskOf(target, task);
  }
  yield* pageOrNot(target, address, physical);
}

/** The direct map's address of a physical one; undefined beyond the machine's memory. */
function directOf(target: Target, physical: VAddr): VAddr | undefined {
  return physical < target.pfnAddress(target.memory.maxPfn)
    ? physToVirt(target, physical as unknown as PAddr)
    : undefined;
}

function* symbolOf(target: Target, address: VAddr): Generator<SearchRecord | Notice> {
  const region = regionOf(target, address);
  if (region !== 'image' && region !== 'modules') return;
  if (!target.symbols.inRange(address)) return;
  const symbol = target.symbols.at(address);
  if (!symbol) return;
  yield { kind: 'symbol', symbol, address };
}

/** A mapped address of vmalloc or module space: its area. The physical address when there is one. */
function* inVmalloc(target: Target, address: VAddr): Generator<Found | Notice, bigint | undefined> {
  if (!['vmalloc', 'modules', 'vmemmap'].includes(regionOf(target, address))) return undefined;
  const task = taskOfStack(target, address);
  if (task) yield* taskOf(target, task);
  const physical = target.kernel.translate(address);
  const area = physical === undefined ? undefined : vmapAreaOf(target, address);
  if (!area) return undefined;
  yield { kind: 'vmap-area', area };
  return physical;
}

/** A physical page that vmalloc space maps: its address there and its area. */
function* physicalInVmalloc(
  target: Target,
  address: VAddr,
): Generator<Found | Notice, bigint | undefined> {
  const found = vmapAreaOfPfn(target, target.pfnOf(address));
  if (!found) return undefined;
  const task = taskOfStack(target, found.address);
  if (task) yield* taskOf(target, task);
  const at = target.symbols.inRange(found.address) ? target.symbols.at(found.address) : undefined;
  if (at) {
    yield { kind: 'symbol', symbol: at, address: found.address };
  }
  yield { kind: 'vmap-area', area: found.area };
  return address;
}

/** Errors for unmapped kernel addresses, in crash's words. */
function* explainUnmapped(target: Target, address: VAddr): Generator<Notice> {
  if (target.kernel.translate(address) !== undefined) return;
  if (address >= imageStart(target)) return;
  yield warning(`cannot make virtual-to-physical translation: ${hex(address)}`);
}

/** The free block of a page. An address without a page is an error where its page could be computed. */
function* freeOrNot(
  target: Target,
  address: VAddr,
  physical: boolean,
): Generator<FreeRecord | Notice, boolean> {
  const computed = physical || address >= imageStart(target);
  if (!computed && target.kernel.translate(address) === undefined) return false;
  return yield* freeBlockOf(target, address, physical);
}

function* taskOf(target: Target, task: Task): Generator<SearchRecord | Notice> {
  yield { kind: 'task', context: describeContext(target, task) };
}

function* pageOrNot(
  target: Target,
  address: VAddr,
  physical: boolean,
): Generator<PageRecord | Notice> {
  if (yield* pageRecordAt(target, address, physical, [])) return;
  const kind = physical ? 'physical' : 'kernel virtual';
  yield plain(`${hex(address)}: ${kind} address not found in mem map`);
}

export function searchPrinters({ mode, settings }: Layout): PrinterByKind<SearchRecord> {
  const part = blankBetween();
  return {
    address(_, out) {
      if (mode !== 'p' && mode !== 'm' && mode !== 'v') part(out);
    },
    symbol({ symbol: { symbol, offset }, address }, out) {
      const distance = settings.radix === 16 ? `0x${offset.toString(16)}` : String(offset);
      const place = offset === 0 ? symbol.name : `${symbol.name}+${distance}`;
      const module = symbol.module === undefined ? '' : ` [${symbol.module}]`;
      out.line(`${hex(address)} (${symbol.type}) ${place}${module} `.trimEnd());
      out.line();
    },
    task({ context }, out) {
      for (const line of contextLines(context)) out.line(line);
      out.line();
    },
  };
}
