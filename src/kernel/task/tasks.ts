import { hex, plus, type VAddr } from '../../base/address.ts';
import { cString, viewOf } from '../../base/bytes.ts';
import { CorruptError, CrashError } from '../../base/errors.ts';
import { currentTasks, machineCpus, perCpu } from '../core/cpus.ts';
import { LossLog } from '../core/losses.ts';
import type { Target } from '../core/target.ts';
import { tasksByList, tasksByPid, threadCount } from './task-sources.ts';

/** One task of the dump: the members of task_struct that most commands need, read once. */
export interface Task {
  /** Address of the task_struct. */
  readonly address: VAddr;
  readonly pid: number;
  readonly tgid: number;
  /** TASK_COMM, unescaped bytes as latin1: printing escapes it. */
  readonly comm: string;
  readonly cpu: number;
  /** Address of the mm_struct, 0n for kernel threads. */
  readonly mm: VAddr;
  /** Address of task->stack. */
  readonly stack: VAddr;
  /** task->__state (or state) with exit_state or-ed in, raw. */
  readonly state: number;
  /** task->flags, PF_* bits. */
  readonly flags: number;
  /** Address of the task that waits for this one: task->parent (a tracer's, while traced). */
  readonly parent: VAddr;
}

/** Reads one task_struct. Throws ReadError when a part of it cannot be read. */
export const readTask = (target: Target, address: VAddr): Task => target.memo(taskReader)(address);

/** Largest span of members that is read in one piece. */
const MAX_SPAN = 16_384;

/** Thousands of tasks are read at start: offsets are resolved once, and one read covers all members. */
function taskReader(target: Target): (address: VAddr) => Task {
  const at = target.layout('task_struct', {
    pid: 'pid',
    tgid: 'tgid',
    comm: 'comm',
    mm: 'mm',
    stack: 'stack',
    // task->state was renamed and made an unsigned int in 5.14 (2f064a59a11f, sched: Change task_struct::state); its
    // bits fit one anyway.
    state: ['__state', 'state'],
    exitState: 'exit_state',
    flags: 'flags',
    parent: 'parent',
  });
  const commSize = target.types.member('task_struct', 'comm').size;
  const cpuAt = cpuMember(target);
  const offsets = [at.pid, at.tgid, at.mm, at.stack, at.state, at.exitState, at.flags, at.parent];
  const low = Math.min(...offsets, at.comm, cpuAt ?? at.pid);
  const high = Math.max(
    ...offsets.map((offset) => offset + target.kernel.pointerSize),
    at.comm + commSize,
    (cpuAt ?? 0) + 4,
  );
  if (high - low > MAX_SPAN) throw new CorruptError(`struct task_struct spans ${high - low} bytes`);
  return (address) => {
    const bytes = target.kernel.read(plus(address, low), high - low);
    const view = viewOf(bytes);
    const u32 = (offset: number): number => view.getUint32(offset - low, true);
    const pointer = (offset: number): VAddr => target.kernel.wordIn(view, offset - low) as VAddr;
    const stack = pointer(at.stack);
    return {
      address,
      pid: u32(at.pid) | 0,
      tgid: u32(at.tgid) | 0,
      comm: cString(bytes.subarray(at.comm - low, at.comm - low + commSize)),
      cpu: cpuAt === undefined ? cpuOnStack(target, stack) : u32(cpuAt),
      mm: pointer(at.mm),
      stack,
      state: (u32(at.state) | u32(at.exitState)) >>> 0,
      flags: u32(at.flags),
      parent: pointer(at.parent),
    };
  };
}

/**
 * Offset of the CPU number. In thread_info since 5.16 (bcf9033e5449, sched: move CPU field back into thread_info if
 * THREAD_INFO_IN_TASK=y); from 4.9 to 5.15 it was task->cpu.
 */
function cpuMember(target: Target): number | undefined {
  const member =
    target.findMember('task_struct', 'thread_info.cpu') ?? target.findMember('task_struct', 'cpu');
  return member?.offset;
}

/**
 * Without THREAD_INFO_IN_TASK (4.9 for arch/x86) thread_info is at the stack's low end; without SMP the number is
 * unknown.
 */
const cpuOnStack = (target: Target, stack: VAddr): number =>
  target.types.has('thread_info', 'cpu') ? target.object('thread_info', stack).num('cpu') : 0;

/** Every task of the dump, and the faults on the way. */
export interface TaskTable {
  /** The idle tasks by CPU, then the rest by pid. */
  readonly tasks: readonly Task[];
  readonly byAddress: ReadonlyMap<VAddr, Task>;
  /** Tasks that the tables refer to and that cannot be read. */
  readonly missing: readonly MissingTask[];
  /** Number of all tasks, including unreadable and missing ones. */
  readonly count: number;
}

/** A task that is known to have existed. */
export interface MissingTask {
  readonly pid: number | undefined;
  readonly address: VAddr;
  /** Why it cannot be read. */
  readonly reason: string;
}

/** All tasks: the idle tasks, then pid by pid from the pid namespace's IDR; the task lists where that fails. */
export const taskTable = (target: Target): TaskTable => target.memo(readTaskTable);
/** Whether the table has been read. */
export const knowsTasks = (target: Target): boolean => target.isCached(readTaskTable);

function readTaskTable(target: Target): TaskTable {
  const { losses } = target;
  const tasks = new Map<VAddr, Task>();
  const missing: MissingTask[] = [];
  let failure: CrashError | undefined;
  const collect = (what: string, source: () => void) => {
    try {
      source();
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      failure ??= error;
      losses.report({ what, reason: error.message });
    }
  };
  const add = (address: VAddr, pid?: number) => {
    if (address === 0n || tasks.has(address)) return;
    try {
      tasks.set(address, checkedTask(target, address, pid));
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      failure ??= error;
      missing.push({ pid, address, reason: error.message });
      const what = pid === undefined ? 'task' : `task ${pid}`;
      losses.report({ what, count: 1, address, reason: error.message });
    }
  };
  for (const cpu of machineCpus(target)) {
    collect(`idle task of CPU ${cpu}`, () => add(idleTask(target, cpu)));
  }
  const found = new Map<number, VAddr>();
  const expected = threadCount(target);
  // A loss of the tree is none where the lists have the task.
  const lost = new LossLog();
  losses.apart(lost, () => {
    collect('task', () => {
      for (const [pid, address] of tasksByPid(target)) found.set(pid, address);
    });
  });
  if (!lost.isEmpty || found.size < (expected ?? 2)) {
    collect('task', () => {
      for (const [pid, address] of tasksByList(target)) {
        if (!found.has(pid)) found.set(pid, address);
      }
    });
  }
  if (expected === undefined || found.size < expected) losses.reportAll(lost);
  // A running task is a task even if the tables lack it.
  const known = new Set(found.values());
  for (const [cpu, address] of currentTasks(target)) {
    if (tasks.has(address) || known.has(address)) continue;
    collect(`task on CPU ${cpu}`, () => found.set(readTask(target, address).pid, address));
  }
  for (const [pid, address] of [...found].sort(([a], [b]) => a - b)) add(address, pid);
  // No machine runs without a task: this is a failure to find them, not a count of zero.
  if (tasks.size === 0 && failure) throw failure;
  if (expected !== undefined && found.size < expected) {
    const reason = `the kernel counts ${expected} threads (nr_threads), and its tables lead to ${found.size}`;
    losses.report({ what: 'task', count: expected - found.size, reason });
  }
  return {
    tasks: [...tasks.values()],
    byAddress: tasks,
    missing,
    count: countOf(tasks, found, expected),
  };
}

/** The number of all tasks, idle ones included: by the tables or, where it is larger, by the kernel's own count. */
function countOf(
  tasks: ReadonlyMap<VAddr, Task>,
  found: ReadonlyMap<number, VAddr>,
  expected: number | undefined,
): number {
  const unread = [...found.values()].filter((address) => !tasks.has(address)).length;
  return tasks.size + unread + Math.max(0, (expected ?? 0) - found.size);
}

/** A task by its table entry. Throws CorruptError for one with another pid of its own: zeroed, freed or overwritten. */
function checkedTask(target: Target, address: VAddr, pid: number | undefined): Task {
  const task = readTask(target, address);
  if (pid === undefined || task.pid === pid) return task;
  throw new CorruptError(`task_struct ${hex(address)} says that its pid is ${task.pid}`, address);
}

/** The address of a CPU's idle task. */
export function idleTask(target: Target, cpu: number): VAddr {
  const rq = target.findSymbol('runqueues');
  if (rq === undefined) return target.symbol('init_task');
  return perCpu(target, 'runqueues', 'rq', cpu).pointer('idle');
}

/** The task at an address, from the table. */
export const taskAt = (target: Target, address: VAddr): Task | undefined =>
  taskTable(target).byAddress.get(address);

/** The task with a pid; several idle tasks share pid 0: the boot CPU's. */
export const taskOfPid = (target: Target, pid: number): Task | undefined =>
  taskTable(target).tasks.find((task) => task.pid === pid);

/**
 * The current tasks of the CPUs, by CPU. Where the CPU's own variable cannot be read, the task whose task->on_cpu is
 * set is taken; a CPU without either is left out, and is a loss.
 */
export const activeTasks = (target: Target): ReadonlyMap<number, Task> => target.memo(readActive);

function readActive(target: Target): Map<number, Task> {
  const active = new Map<number, Task>();
  for (const [cpu, address] of currentTasks(target)) {
    const task = target.losses.attempt(`current task of CPU ${cpu}`, address, () =>
      readTask(target, address),
    );
    if (task) active.set(cpu, task);
  }
  for (const cpu of machineCpus(target)) {
    if (active.has(cpu)) continue;
    const task = runningOn(target, cpu);
    if (task) active.set(cpu, task);
    else {
      const reason = 'neither the CPU nor any task that can be read says which it was';
      target.losses.report({ what: `current task of CPU ${cpu}`, count: 1, reason });
    }
  }
  return active;
}

/** The task whose on_cpu is set and whose CPU matches; undefined when there is none, or more than one. */
function runningOn(target: Target, cpu: number): Task | undefined {
  const onCpu = target.findMember('task_struct', 'on_cpu');
  if (!onCpu) return undefined;
  const running = taskTable(target).tasks.filter((task) => {
    if (task.cpu !== cpu) return false;
    const bytes = target.kernel.tryRead(plus(task.address, onCpu.offset), 4);
    return bytes !== undefined && viewOf(bytes).getInt32(0, true) !== 0;
  });
  return running.length === 1 ? running[0] : undefined;
}

/** True when a task was running on a CPU when the machine stopped. */
export const isActive = (target: Target, task: Task): boolean =>
  target.memo(activeAddresses).has(task.address);
const activeAddresses = (target: Target): Set<VAddr> =>
  new Set([...activeTasks(target).values()].map(({ address }) => address));

/**
 * A target on which a task counts as the one that was running on its CPU, whatever the dump says (`set -a`). The given
 * target is unchanged.
 */
export function withActiveTask(target: Target, task: Task): Target {
  const active = new Map(activeTasks(target)).set(task.cpu, task);
  const addresses = new Set(target.memo(activeAddresses));
  const before = activeTasks(target).get(task.cpu);
  if (before) addresses.delete(before.address);
  addresses.add(task.address);
  return target.withResults(
    new Map<unknown, unknown>([
      [readActive, active],
      [activeAddresses, addresses],
    ]),
  );
}

/** Number of CPUs as crash counts them. */
export const cpuCount = (target: Target): number => machineCpus(target).length;
