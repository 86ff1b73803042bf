import type { VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { memoryUsage } from '../mm/task-memory.ts';
import { isKernelThread, stateCode } from '../task/state.ts';
import { isActive, readTask, type Task, taskAt, taskTable } from '../task/tasks.ts';

/** One line of a process list. */
export interface ProcessRow {
  readonly pid: number;
  /** -1 when the parent is no task of the dump. */
  readonly ppid: number;
  readonly cpu: number;
  readonly task: VAddr;
  /** Saved kernel stack pointer, when asked for; undefined for a task that was running. */
  readonly stack?: VAddr | undefined;
  readonly active: boolean;
  /** Two letters: RU, IN, UN ... */
  readonly state: string;
  /** As the two below undefined where its mm_struct cannot be read. */
  readonly memoryPercent: number | undefined;
  /** KiB. */
  readonly virtualSize: number | undefined;
  readonly residentSize: number | undefined;
  readonly comm: string;
  readonly kernelThread: boolean;
}

/** A task's row of a process list. Throws ReadError. */
export function processRow(target: Target, task: Task, withStack: boolean): ProcessRow {
  const memory = memoryUsage(target, task);
  const kib = (pages: number | undefined) =>
    pages === undefined ? undefined : (pages * target.pageSize) / 1024;
  return {
    pid: task.pid,
    ppid: parentPid(target, task.parent),
    cpu: task.cpu,
    task: task.address,
    ...(withStack ? { stack: savedStack(target, task) } : {}),
    active: isActive(target, task),
    state: stateCode(task.state),
    memoryPercent: memory.percent,
    virtualSize: kib(memory.virtualPages),
    residentSize: kib(memory.residentPages),
    comm: task.comm,
    kernelThread: isKernelThread(task),
  };
}

/** The pid of a task by its address: from the table, of a task that is known and cannot be read, or by reading it. */
function parentPid(target: Target, address: VAddr): number {
  const known =
    taskAt(target, address)?.pid ??
    taskTable(target).missing.find((each) => each.address === address)?.pid;
  if (known !== undefined || address === 0n) return known ?? -1;
  return target.losses.attempt('parent', address, () => readTask(target, address).pid) ?? -1;
}

/** The saved stack pointer of a sleeping task; undefined for a task that was running. Throws ReadError. */
const savedStack = (target: Target, task: Task): VAddr | undefined =>
  isActive(target, task)
    ? undefined
    : target.machine.stacks.savedStackPointer(target, task.address);
