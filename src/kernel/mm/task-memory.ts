import { plus, type VAddr } from '../../base/address.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import { machineCpus, perCpuOffset } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { isExiting, isKernelThread, isZombie } from '../task/state.ts';
import { type Task, taskTable } from '../task/tasks.ts';
import { virtToPhys } from './address-map.ts';

/** Size of a task's address space. */
export interface MemoryUsage {
  /** Pages mapped by the address space: mm->total_vm. Undefined, like the others, where the dump does not have it. */
  readonly virtualPages: number | undefined;
  /** Pages of it that are in memory: file, anonymous and shared-memory pages. */
  readonly residentPages: number | undefined;
  /** residentPages in percent of the machine's memory. */
  readonly percent: number | undefined;
}
const UNKNOWN: MemoryUsage = {
  virtualPages: undefined,
  residentPages: undefined,
  percent: undefined,
};
const NOTHING: MemoryUsage = { virtualPages: 0, residentPages: 0, percent: 0 };

/** The memory of a task; all zero without an address space. Unreadable parts are unknown, and a loss. */
export const memoryUsage = (target: Target, task: Task): MemoryUsage =>
  target.memo(usageReader)(task);

function usageReader(target: Target): (task: Task) => MemoryUsage {
  const failures = new Map<VAddr, string>();
  const readMm = mmReader(target, failures);
  const cached = threadCounts(target);
  const total = totalPages(target);
  // Threads share an mm_struct, and there may be thousands of them.
  const known = new Map<VAddr, MmCounts | undefined>();
  return (task) => {
    if (task.mm === 0n || isZombie(task)) return NOTHING;
    if (!known.has(task.mm)) known.set(task.mm, readMm(task.mm));
    const mm = known.get(task.mm);
    if (!mm) {
      target.losses.report({
        what: 'mm_struct',
        count: 1,
        address: task.mm,
        reason: failures.get(task.mm) ?? '',
      });
      return UNKNOWN;
    }
    if (isExiting(task) && mm.users <= 0) return NOTHING;
    const residentPages = mm.resident + cached(task.mm);
    if (Number.isNaN(residentPages)) {
      const reason = 'the counts of one of its threads cannot be read';
      target.losses.report({ what: 'resident set', count: 1, address: task.mm, reason });
      return { ...UNKNOWN, virtualPages: mm.total };
    }
    const percent = isKernelThread(task) && residentPages === 0 ? 0 : (residentPages * 100) / total;
    return { virtualPages: mm.total, residentPages, percent };
  };
}

interface MmCounts {
  readonly total: number;
  readonly resident: number;
  /** mm->mm_count. */
  readonly users: number;
}

/** The counters that make up the resident set: file, anonymous and shmem pages, not swap. */
function residentCounters(target: Target): readonly number[] {
  const names = ['MM_FILEPAGES', 'MM_ANONPAGES', 'MM_SHMEMPAGES'];
  return names.flatMap((name) => {
    const index = target.types.enumerator(name);
    return index === undefined ? [] : [Number(index)];
  });
}

/** Reads the counters of an mm_struct; undefined where they cannot be read, with the reason in `failures`. */
function mmReader(
  target: Target,
  failures: Map<VAddr, string>,
): (mm: VAddr) => MmCounts | undefined {
  const indices = residentCounters(target);
  const read = target.types.has('mm_struct', 'rss_stat.count')
    ? residentAtomic(target, indices)
    : residentPerCpu(target, indices);
  return (address) => {
    try {
      const mm = target.object('mm_struct', address);
      return { total: mm.num('total_vm'), users: mm.num('mm_count'), resident: read(address) };
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      failures.set(address, error.message);
      return undefined;
    }
  };
}

/** Before 6.2: struct mm_rss_stat { atomic_long_t count[] }. A counter lags and may be negative for a while. */
function residentAtomic(target: Target, indices: readonly number[]): (mm: VAddr) => number {
  const at = target.types.member('mm_struct', 'rss_stat.count').offset;
  return (mm) => {
    const { kernel } = target;
    const word = kernel.pointerSize;
    const view = target.kernel.view(plus(mm, at), word * (Math.max(0, ...indices) + 1));
    const count = (index: number): number => Number(kernel.longIn(view, index * word));
    return indices.reduce((sum, index) => sum + Math.max(0, count(index)), 0);
  };
}

/**
 * Since 6.2 (f1a7941243c1, mm: convert mm's rss stats into percpu_counter): struct percpu_counter rss_stat[]; the true
 * value is the count plus every CPU's share.
 */
function residentPerCpu(target: Target, indices: readonly number[]): (mm: VAddr) => number {
  const at = target.types.member('mm_struct', 'rss_stat').offset;
  const layout = target.layout('percpu_counter', { count: 'count' });
  const shares = target.findMember('percpu_counter', 'counters')?.offset;
  const offsets = machineCpus(target).map((cpu) => perCpuOffset(target, cpu));
  const sum = (counter: VAddr): number => {
    let value = target.kernel.view(plus(counter, layout.count), 8).getBigInt64(0, true);
    if (shares !== undefined) {
      const base = target.kernel.pointer(plus(counter, shares));
      for (const offset of offsets) value += BigInt(target.kernel.i32(plus(base, offset)));
    }
    return Math.max(0, Number(value));
  };
  return (mm) =>
    indices.reduce((pages, index) => pages + sum(plus(mm, at + index * layout.size)), 0);
}

/**
 * Before 6.2 every thread kept changes of the counters to itself for up to 64 faults: task->rss_stat
 * (SPLIT_RSS_COUNTING), 2.6.34 (34e55232e59f, mm: avoid false sharing of mm_counter). Returns their sum for an
 * mm_struct, which a vfork child and its parent share in two thread groups.
 */
function threadCounts(target: Target): (mm: VAddr) => number {
  const member = target.findMember('task_struct', 'rss_stat.count');
  if (!member) return () => 0;
  const indices = residentCounters(target);
  let sharers: Map<VAddr, number> | undefined;
  const build = (): Map<VAddr, number> => {
    const sums = new Map<VAddr, number>();
    for (const task of taskTable(target).tasks) {
      if (task.mm === 0n) continue;
      const bytes = target.kernel.tryRead(plus(task.address, member.offset), member.size);
      if (!bytes) {
        // The part of one thread is missing: the sum is not known.
        sums.set(task.mm, Number.NaN);
        continue;
      }
      const counts = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
      const own = indices.reduce((sum, index) => sum + Math.max(0, counts[index] ?? 0), 0);
      sums.set(task.mm, (sums.get(task.mm) ?? 0) + own);
    }
    for (const mm of shortOfThreads(target)) sums.set(mm, Number.NaN);
    return sums;
  };
  return (mm) => {
    sharers ??= build();
    return sharers.get(mm) ?? 0;
  };
}

/** The mm_structs of processes of which a thread is not among the tasks that can be read. */
function shortOfThreads(target: Target): Set<VAddr> {
  const short = new Set<VAddr>();
  const { tasks, missing } = taskTable(target);
  const counted = target.findMember('signal_struct', 'nr_threads');
  if (missing.length === 0 || !counted) return short;
  const found = new Map<number, number>();
  for (const { tgid } of tasks) found.set(tgid, (found.get(tgid) ?? 0) + 1);
  const seen = new Set<number>();
  for (const { address, mm, tgid } of tasks) {
    if (mm === 0n || seen.has(tgid)) continue;
    seen.add(tgid);
    const signal = target.object('task_struct', address).pointer('signal');
    const bytes = target.kernel.tryRead(plus(signal, counted.offset), 4);
    // Where the count cannot be read either, the sum may be short.
    const threads = bytes
      ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
      : Infinity;
    if (threads > (found.get(tgid) ?? 0)) short.add(mm);
  }
  return short;
}

/** Page frames below the end of the direct map: the base of crash's percentages. */
function totalPages(target: Target): number {
  try {
    const end = target.kernel.pointer(target.symbol('high_memory'));
    const physical = virtToPhys(target, end);
    if (physical !== undefined && physical > 0n) return target.pfnOf(physical);
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
  }
  return target.memory.maxPfn || 1;
}
