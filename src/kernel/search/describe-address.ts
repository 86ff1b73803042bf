import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import { byStart, lastFrom } from '../../base/sorted.ts';
import type { SymbolOffset } from '../../symbols/types.ts';
import type { Stack } from '../../unwind/types.ts';
import type { Region } from '../arch/types.ts';
import { machineCpus, perCpuOffset, possibleCpus } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { addressMap, regionOf } from '../mm/address-map.ts';
import { pfnToPage, sectionTable } from '../mm/sections.ts';
import { type SlabCache, slabCacheAt } from '../mm/slab/caches.ts';
import { slabCacheOf } from '../mm/slab/find.ts';
import { cpuStacks } from '../stacktrace/stacks.ts';
import { taskOfStack } from '../stacktrace/task-at.ts';
import { taskStack } from '../task/stack.ts';
import { knowsTasks, readTask, type Task } from '../task/tasks.ts';
import { isPerCpuAddress } from '../values/variables.ts';

/** What a kernel address points to. Offsets are bytes from the object's beginning. */
export type AddressMeaning =
  | { readonly kind: 'symbol'; readonly symbol: SymbolOffset }
  /** A CPU's copy of a per-CPU variable; without a symbol, per-CPU memory that was allocated. */
  | {
      readonly kind: 'per-cpu';
      readonly symbol: SymbolOffset | undefined;
      readonly cpu: number;
      /** Address of the copy. */
      readonly copy: VAddr;
    }
  /** A task's stack, or one of a CPU's own. */
  | { readonly kind: 'stack'; readonly stack: Stack; readonly task: Task | undefined }
  | { readonly kind: 'task'; readonly task: Task; readonly offset: number }
  | {
      readonly kind: 'slab';
      readonly cache: SlabCache;
      /** Undefined past the last object of the slab. */
      readonly object: VAddr | undefined;
      readonly offset: number;
    }
  /** The struct page of a frame. */
  | {
      readonly kind: 'page';
      readonly page: VAddr;
      readonly pfn: number;
      readonly offset: number;
    };

type Finder = (target: Target, address: VAddr, region: Region) => AddressMeaning | undefined;

/**
 * In the order of look-up: a stack lies in vmalloc space, a slab or the image, and per-CPU memory in the direct map.
 */
const FINDERS: readonly Finder[] = [pageOf, perCpuOf, stackOf, objectOf, symbolOf];

/**
 * What a kernel address points to, by the cheapest look-ups: no table is read whose size grows with the machine, unless
 * it is small or known already. Undefined for user addresses, for unknown ones, and where the dump lacks the facts.
 * Never throws CrashError.
 */
export function describeAddress(target: Target, address: VAddr): AddressMeaning | undefined {
  if (target.arch.isUser(address)) return undefined;
  const region = orNothing(() => regionOf(target, address));
  if (region === undefined) return undefined;
  for (const find of FINDERS) {
    const meaning = orNothing(() => find(target, address, region));
    if (meaning) return meaning;
  }
  return undefined;
}

/**
 * Opens, piece by piece, the tables that {@link describeAddress} reads, so that the first address need not wait for
 * them.
 */
export function* warmDescriptions(target: Target): Generator<void> {
  const pieces: (() => unknown)[] = [
    () => target.symbols.inRange(va(0)),
    () => target.types.sizeof('kmem_cache'),
    () => sectionTable(target),
    () => target.memo(cpuAreas),
    () => target.memo(ownStacks),
    () => stacksAreCheap(target) && taskOfStack(target, va(0)),
    // Looking up the cache kmem_cache opens every table that later look-ups use.
    () => slabCacheOf(target, target.kernel.pointer(target.symbol('kmem_cache')), slabCacheAt),
  ];
  for (const piece of pieces) {
    orNothing(piece);
    yield;
  }
}

function orNothing<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    // A fault of the dump is an unknown address.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

function pageOf(target: Target, address: VAddr, region: Region): AddressMeaning | undefined {
  const { vmemmap } = addressMap(target);
  if (region !== 'vmemmap' || !vmemmap) return undefined;
  const { structSize } = sectionTable(target);
  const distance = Number(address - vmemmap.start);
  const pfn = Math.floor(distance / structSize);
  const page = pfnToPage(target, pfn);
  const offset = distance % structSize;
  return page === plus(address, -offset) ? { kind: 'page', page, pfn, offset } : undefined;
}

/** A CPU's per-CPU memory: its copy of the variables, then the allocated part of the same unit. */
interface CpuArea {
  readonly cpu: number;
  readonly base: VAddr;
  readonly end: VAddr;
  /** Added to the address of a variable's symbol. */
  readonly offset: bigint;
}

const baseOf = ({ base }: { readonly base: VAddr }): VAddr => base;

function cpuAreas(target: Target): readonly CpuArea[] {
  const start = target.findSymbol('__per_cpu_start');
  const end = target.findSymbol('__per_cpu_end');
  if (start === undefined || end === undefined) return [];
  const size = Math.max(Number(end - start), unitSize(target));
  const areas: CpuArea[] = [];
  for (const cpu of possibleCpus(target)) {
    const offset = orNothing(() => perCpuOffset(target, cpu));
    if (offset === undefined) continue;
    const base = plus(start, offset);
    areas.push({ cpu, base, end: plus(base, size), offset });
  }
  return areas.sort(byStart(baseOf));
}

/** Larger than any kernel's unit of per-CPU memory. */
const MAX_UNIT = 64 << 20;

/** pcpu_unit_size, mm/percpu.c: a CPU's part of a chunk of per-CPU memory. 0 when the dump does not have it. */
function unitSize(target: Target): number {
  const symbol = target.findSymbol('pcpu_unit_size');
  const size = symbol === undefined ? 0 : (orNothing(() => target.kernel.u32(symbol)) ?? 0);
  return size <= MAX_UNIT ? size : 0;
}

function perCpuOf(target: Target, address: VAddr): AddressMeaning | undefined {
  const area = lastFrom(target.memo(cpuAreas), address, baseOf);
  if (!area || address >= area.end) return undefined;
  const linked = va(BigInt.asUintN(64, address - area.offset));
  const symbol = isPerCpuAddress(target, linked) ? target.symbols.kernel.at(linked) : undefined;
  const copy = plus(address, -(symbol?.offset ?? 0));
  return { kind: 'per-cpu', symbol, cpu: area.cpu, copy };
}

/** Reading so many tasks takes no noticeable time. */
const FEW_TASKS = 2000;

/** Whether the table of stacks is read already, or is small. */
const stacksAreCheap = (target: Target): boolean =>
  knowsTasks(target) || target.memo(taskCount) <= FEW_TASKS;

/** nr_threads of kernel/fork.c; 0 when the dump does not have it. */
function taskCount(target: Target): number {
  const symbol = target.findSymbol('nr_threads');
  return symbol === undefined ? 0 : (orNothing(() => target.kernel.u32(symbol)) ?? 0);
}

const ownStacks = (target: Target): readonly Stack[] =>
  machineCpus(target)
    .flatMap((cpu) => cpuStacks(target, cpu))
    .sort(byStart(baseOf));

function stackOf(target: Target, address: VAddr): AddressMeaning | undefined {
  const own = lastFrom(target.memo(ownStacks), address, baseOf);
  if (own && address < own.top) return { kind: 'stack', stack: own, task: undefined };
  const task = stacksAreCheap(target) ? taskOfStack(target, address) : undefined;
  const stack = task && taskStack(target, task);
  return stack && { kind: 'stack', stack, task };
}

/** The slab object, and the task when that is what it is. */
function objectOf(target: Target, address: VAddr, region: Region): AddressMeaning | undefined {
  if (region !== 'direct') return undefined;
  const found = slabCacheOf(target, address, slabCacheAt);
  if (!found) return undefined;
  const { cache, object } = found;
  const offset = object === undefined || address < object ? 0 : Number(address - object);
  if (cache.name === 'task_struct' && object !== undefined) {
    const task = liveTask(target, object);
    if (task) return { kind: 'task', task, offset };
  }
  return { kind: 'slab', cache, object, offset };
}

/** The task in an object of task_struct; undefined for a free object: poisoned, or without a name. */
function liveTask(target: Target, address: VAddr): Task | undefined {
  try {
    const task = readTask(target, address);
    return task.comm !== '' && task.pid >= 0 ? task : undefined;
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

function symbolOf(target: Target, address: VAddr, region: Region): AddressMeaning | undefined {
  // Addresses below the image resolve to per-CPU offsets, which are not pointers.
  if (region !== 'image' && region !== 'modules' && region !== 'direct') return undefined;
  if (!target.symbols.inRange(address)) return undefined;
  const symbol = target.symbols.at(address);
  return symbol && { kind: 'symbol', symbol };
}
