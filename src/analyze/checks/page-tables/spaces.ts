import { plus, type VAddr, va } from '../../../base/address.ts';
import { machineCpus, perCpuOffset } from '../../../kernel/core/cpus.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { virtToPhys } from '../../../kernel/mm/address-map.ts';
import { type Vma, walkVmas } from '../../../kernel/mm/vmas.ts';
import { backtrace } from '../../../kernel/stacktrace/backtrace.ts';
import { activeTasks, readTask, type Task, taskTable } from '../../../kernel/task/tasks.ts';
import { callsOf } from '../../scene/chain.ts';
import { attempt } from '../../scene/scene.ts';

/** An address space that is checked. */
export interface Space {
  readonly mm: VAddr;
  /** Of one task that has it. */
  readonly pid: number;
  readonly comm: string;
  /** Physical address of the top table. */
  readonly root: bigint;
  readonly areas: readonly Area[];
}

/** A mapping with what its pages say of themselves. */
export interface Area extends Vma {
  /** The address_space of the file; 0n without one. */
  readonly mapping: VAddr;
  /** The root of the anon_vma; 0n where there is none yet. */
  readonly anonRoot: VAddr;
}

/** Functions that change user page tables, and their counters a moment earlier or later: mm/, fs/exec.c. */
const CHANGING =
  /^(?:(?:un)?map_\w+|zap_\w+|unmap_\w+|copy_(?:page_range|p[tmu4g]+d?_range|mm|process)\w*|dup_mmap?\w*|exit_mmap|free_pg\w+|__?mmput|do_(?:munmap|vmi_\w+|anonymous_page|fault\w*|wp_page|swap_page|numa_page|huge_pmd\w*|mprotect\w*|execve\w*)|bprm_execve|load_\w+_binary|handle_(?:mm_fault|pte_fault)|__handle_mm_fault|wp_page_\w+|finish_fault|filemap_map_pages|move_(?:page_tables|ptes)|migrate_\w+|remove_migration_\w+|try_to_(?:unmap|migrate)\w*|rmap_walk\w*|collapse_\w+|khugepaged\w*|__split_huge\w*|split_huge\w*|change_p\w+range|begin_new_exec|exec_mmap|tlb_\w+|hugetlb_\w*fault|mremap\w*|madvise\w*|ksm_\w+|shrink_\w+)$/;
/** Functions that change the tables of whatever address space. */
const RECLAIMING =
  /^(?:try_to_(?:unmap|migrate)\w*|rmap_walk\w*|remove_migration_\w+|migrate_pages\w*)$/;

/** Threads of an address space whose stacks are looked at. */
const MOST_THREADS = 256;

/**
 * Whether counters of an address space may lag behind its entries: one of its threads was changing its tables, running or not, or a
 * CPU was at work on those of others. Asked only where they do not agree: it takes the stacks of all its threads.
 */
export function mayLag(target: Target, mm: VAddr): boolean {
  const known = target.memo(lagging);
  let lags = known.get(mm);
  if (lags === undefined) {
    const threads = target.memo(tasksByMm).get(mm) ?? [];
    lags =
      target.memo(someoneReclaims) ||
      threads.length > MOST_THREADS ||
      threads.some((address) => isIn(target, readTask(target, address), CHANGING));
    known.set(mm, lags);
  }
  return lags;
}
const lagging = (_: Target): Map<VAddr, boolean> => new Map();

const someoneReclaims = (target: Target): boolean => isAnyCpuIn(target, RECLAIMING);

/** Whether a CPU was within one of some functions. */
export const isAnyCpuIn = (target: Target, functions: RegExp): boolean =>
  [...activeTasks(target).values()].some((task) => isIn(target, task, functions));

/** Whether a task's stack has one of some functions; true where the stack of one that has user memory cannot be read. */
function isIn(target: Target, task: Task, functions: RegExp): boolean {
  const trace = attempt(() => backtrace(target, task));
  if (!trace) return functions === CHANGING;
  return callsOf(target, trace).some(({ name }) => name !== undefined && functions.test(name));
}

/** The user address spaces, each once, by their tasks. Those that cannot be read are in `lost`. */
export interface Spaces {
  readonly spaces: readonly Space[];
  readonly lost: number;
}

export const userSpaces = (target: Target): Spaces => target.memo(readSpaces);
function readSpaces(target: Target): Spaces {
  const spaces: Space[] = [];
  const seen = new Set<VAddr>();
  let lost = 0;
  for (const task of taskTable(target).tasks) {
    if (task.mm === 0n || seen.has(task.mm)) continue;
    seen.add(task.mm);
    target.kernel.checkpoint();
    const space = attempt(() => readSpace(target, task));
    if (space) spaces.push(space);
    else lost++;
  }
  return { spaces, lost };
}

function readSpace(target: Target, { mm, pid, comm }: Task): Space {
  const pgd = target.object('mm_struct', mm).pointer('pgd');
  const root = target.kernel.translate(pgd) ?? virtToPhys(target, pgd);
  const files = new Map<VAddr, VAddr>();
  const mappingOf = (file: VAddr): VAddr => {
    if (file === 0n) return va(0);
    let mapping = files.get(file);
    if (mapping === undefined) {
      mapping = target.object('file', file).pointer('f_mapping');
      files.set(file, mapping);
    }
    return mapping;
  };
  const areas = [...walkVmas(target, mm)].map((vma) => {
    const anon = target.object('vm_area_struct', vma.address).pointer('anon_vma');
    const anonRoot = anon === 0n ? va(0) : target.object('anon_vma', anon).pointer('root');
    return { ...vma, mapping: mappingOf(vma.file), anonRoot };
  });
  return { mm, pid, comm, root, areas };
}

/** The kinds of pages that an address space counts, as enumerators of the kernel: include/linux/mm_types_task.h. */
export const KINDS = ['MM_FILEPAGES', 'MM_ANONPAGES', 'MM_SWAPENTS', 'MM_SHMEMPAGES'] as const;
export type Kind = (typeof KINDS)[number];

/** A counter of an address space, with what threads or CPUs have not added to it yet. */
export interface Counter {
  readonly address: VAddr;
  readonly value: number;
  /** What threads and CPUs keep to themselves. */
  readonly parts: number;
}

/** Reads a counter; undefined where the kernel has none of that kind. Throws ReadError. */
export function rssCounter(target: Target, mm: VAddr, kind: Kind): Counter | undefined {
  const index = target.types.enumerator(kind);
  const own = target.findMember('mm_struct', 'rss_stat');
  if (index === undefined || own === undefined) return undefined;
  const i = Number(index);
  const atomic = target.findMember('mm_struct', 'rss_stat.count');
  if (atomic) {
    const address = plus(mm, atomic.offset + i * target.arch.pointerSize);
    const value = Number(BigInt.asIntN(64, target.kernel.u64(address)));
    return { address, value, parts: partsOfThreads(target, mm, i) };
  }
  // Since 6.2 (f1a7941243c1, mm: convert mm's rss stats into percpu_counter).
  const layout = target.layout('percpu_counter', { count: 'count' });
  const counter = plus(mm, own.offset + i * layout.size);
  const address = plus(counter, layout.count);
  const value = Number(BigInt.asIntN(64, target.kernel.u64(address)));
  const shares = target.findMember('percpu_counter', 'counters');
  let parts = 0;
  if (shares) {
    const base = target.kernel.pointer(plus(counter, shares.offset));
    if (base !== 0n)
      for (const cpu of machineCpus(target))
        parts += target.kernel.i32(va(BigInt.asUintN(64, base + perCpuOffset(target, cpu))));
  }
  return { address, value, parts };
}

/** Before 6.2 a thread kept up to 64 changes to itself: task_struct.rss_stat (SPLIT_RSS_COUNTING). Throws ReadError. */
function partsOfThreads(target: Target, mm: VAddr, index: number): number {
  const member = target.findMember('task_struct', 'rss_stat.count');
  if (!member) return 0;
  let sum = 0;
  for (const task of target.memo(tasksByMm).get(mm) ?? [])
    sum += target.kernel.i32(plus(task, member.offset + index * 4));
  return sum;
}

function tasksByMm(target: Target): ReadonlyMap<VAddr, readonly VAddr[]> {
  const found = new Map<VAddr, VAddr[]>();
  for (const { mm, address } of taskTable(target).tasks) {
    if (mm === 0n) continue;
    const list = found.get(mm);
    if (list) list.push(address);
    else found.set(mm, [address]);
  }
  return found;
}

/** Bytes of page tables that the kernel counts of an address space; undefined in a kernel that does not count them. */
export function countedTables(
  target: Target,
  mm: VAddr,
): { address: VAddr; bytes: number } | undefined {
  const object = target.object('mm_struct', mm);
  if (!object.has('pgtables_bytes')) return undefined;
  return {
    address: object.addressOf('pgtables_bytes'),
    bytes: object.num(object.pick('pgtables_bytes.counter', 'pgtables_bytes')),
  };
}
