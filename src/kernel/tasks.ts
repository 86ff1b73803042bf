import { hex, plus, type VAddr, va } from '../base/address.ts';
import { CrashError, MissingError, ReadError } from '../base/errors.ts';
import { currentTask, onlineCpus, possibleCpus } from './cpus.ts';
import { BrokenListError, walkList } from './lists.ts';
import type { KernelObject } from './object.ts';
import type { Target } from './target.ts';
import { walkXarray } from './xarray.ts';

/** One task of the dump: what nearly every command needs of a task_struct, read once. */
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
}

/** Reads one task_struct. Throws ReadError when it is not all there. */
export function readTask(target: Target, address: VAddr): Task {
  const task = target.object('task_struct', address);
  return {
    address,
    pid: task.num('pid'),
    tgid: task.num('tgid'),
    comm: task.string('comm'),
    cpu: cpuOf(task),
    mm: task.pointer('mm'),
    stack: task.pointer('stack'),
    // 5.14 renamed task->state and made it an unsigned int (2f064a59a11f).
    state:
      Number(BigInt.asUintN(32, task.big(task.pick('__state', 'state')))) | task.num('exit_state'),
    flags: task.num('flags'),
  };
}

/** 5.16 (bcf9033e5449) put cpu back into thread_info; from 4.9 to 5.15 it was task->cpu. */
function cpuOf(task: KernelObject): number {
  if (task.has('thread_info.cpu')) return task.num('thread_info.cpu');
  if (task.has('cpu')) return task.num('cpu');
  // Without THREAD_INFO_IN_TASK (before 4.9 on x86) thread_info lies at the stack's low end.
  return task.home.types.has('thread_info', 'cpu')
    ? task.follow('stack', 'thread_info')!.num('cpu')
    : 0;
}

/** Every task of the dump, and what went wrong while finding them. */
export interface TaskTable {
  /** The idle tasks by CPU, then the rest by pid. */
  readonly tasks: readonly Task[];
  readonly byAddress: ReadonlyMap<VAddr, Task>;
  readonly warnings: readonly string[];
}

/** All tasks: the idle tasks, then pid by pid from the pid namespace's IDR; the task lists where that fails. */
export const taskTable = (target: Target): TaskTable => target.once(readTaskTable);

function readTaskTable(target: Target): TaskTable {
  const tasks = new Map<VAddr, Task>();
  const warnings: string[] = [];
  const add = (address: VAddr) => {
    if (tasks.has(address)) return;
    try {
      tasks.set(address, readTask(target, address));
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      warnings.push(`task ${hex(address)} cannot be read: ${error.message}`);
    }
  };
  for (const address of idleTasks(target)) add(address);
  const found = new Map<number, VAddr>();
  for (const source of [tasksByPid, tasksByList]) {
    try {
      for (const [pid, address] of source(target)) if (!found.has(pid)) found.set(pid, address);
      // The lists hold every task too, but cost more; they are the second way, not a second opinion.
      if (found.size > 1) break;
    } catch (error) {
      if (!(error instanceof CrashError)) throw error;
      warnings.push(`not all tasks were found: ${error.message}`);
    }
  }
  for (const [, address] of [...found].sort(([a], [b]) => a - b)) add(address);
  return { tasks: [...tasks.values()], byAddress: tasks, warnings };
}

/** The idle task of every CPU that was online (the boot CPU's is init_task). */
function* idleTasks(target: Target): Generator<VAddr> {
  // Every struct rq names its CPU's idle task; rq is per-CPU and BTF types it.
  for (const cpu of onlineCpus(target)) yield idleTask(target, cpu);
}

/** The address of a CPU's idle task. */
export function idleTask(target: Target, cpu: number): VAddr {
  const rq = target.findSymbol('runqueues');
  if (rq === undefined) return target.symbol('init_task');
  const table = target.findSymbol('__per_cpu_offset');
  const base = table === undefined ? rq : plus(rq, target.kernel.pointer(plus(table, cpu * 8)));
  return target.object('rq', base).pointer('idle');
}

/** pid -> task through init_pid_ns.idr. 4.15 (95846ecf9dac) replaced the pid hash by an IDR. */
function* tasksByPid(target: Target): Generator<[number, VAddr]> {
  const root = target.global('init_pid_ns').addressOf('idr.idr_rt');
  const links = pidLinks(target);
  for (const { index, value } of walkXarray(target, root)) {
    const first = target.kernel.pointer(plus(value, links.firstTask));
    if (first !== 0n) yield [index, va(first - BigInt(links.inTask))];
  }
}

/** Where struct pid keeps its first task, and where that link sits in task_struct. */
function pidLinks(target: Target): { firstTask: number; inTask: number } {
  const firstTask = target.types.member('pid', 'tasks').offset;
  // 4.19 (2c4704756cab) replaced task->pids[] by pid_links[].
  const link =
    target.findMember('task_struct', 'pid_links') ??
    target.findMember('task_struct', 'pids[0].node');
  if (!link) throw new MissingError('member', 'task_struct.pid_links');
  return { firstTask, inTask: link.offset };
}

/** Every thread of every process: init_task.tasks, and each leader's signal->thread_head. */
function* tasksByList(target: Target): Generator<[number, VAddr]> {
  const tasks = target.types.member('task_struct', 'tasks').offset;
  const node = target.types.member('task_struct', 'thread_node').offset;
  const head = plus(target.symbol('init_task'), tasks);
  for (const entry of walkList(target.kernel, head)) {
    const leader = target.object('task_struct', va(entry - BigInt(tasks)));
    const threads = leader.follow('signal')?.addressOf('thread_head');
    if (threads === undefined) continue;
    try {
      for (const thread of walkList(target.kernel, threads)) {
        const task = target.object('task_struct', va(thread - BigInt(node)));
        yield [task.num('pid'), task.address];
      }
    } catch (error) {
      if (!(error instanceof BrokenListError)) throw error;
      yield [leader.num('pid'), leader.address];
    }
  }
}

/** The task at an address, from the table. */
export const taskAt = (target: Target, address: VAddr): Task | undefined =>
  taskTable(target).byAddress.get(address);

/** The task with a pid; several idle tasks share pid 0: the boot CPU's. */
export const taskOfPid = (target: Target, pid: number): Task | undefined =>
  taskTable(target).tasks.find((task) => task.pid === pid);

/** The tasks that were current on the online CPUs, by CPU. */
export function activeTasks(target: Target): ReadonlyMap<number, Task> {
  return target.once(readActive);
}
function readActive(target: Target): ReadonlyMap<number, Task> {
  const active = new Map<number, Task>();
  for (const cpu of onlineCpus(target)) {
    const address = currentTask(target, cpu);
    if (address !== 0n) active.set(cpu, readTask(target, address));
  }
  return active;
}

/** True when a task was running on its CPU when the machine stopped. */
export const isActive = (target: Target, task: Task): boolean =>
  activeTasks(target).get(task.cpu)?.address === task.address;

/** How many CPUs crash counts: those online, at least one. */
export const cpuCount = (target: Target): number =>
  Math.max(1, onlineCpus(target).length || possibleCpus(target).length);
