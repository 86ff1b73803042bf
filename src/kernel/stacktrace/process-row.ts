import type { VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { memoryUsage } from '../mm/task-memory.ts';
import { isKernelThread, stateCode } from '../task/state.ts';
import { isActive, type Task, taskAt } from '../task/tasks.ts';

/** What one line of a process list says. */
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
  readonly memoryPercent: number;
  /** KiB. */
  readonly virtualSize: number;
  readonly residentSize: number;
  readonly comm: string;
  readonly kernelThread: boolean;
}

/** Everything of a task that a process list shows. Throws ReadError. */
export function processRow(target: Target, task: Task, withStack: boolean): ProcessRow {
  const memory = memoryUsage(target, task);
  const kibPerPage = target.pageSize / 1024;
  return {
    pid: task.pid,
    ppid: taskAt(target, task.parent)?.pid ?? -1,
    cpu: task.cpu,
    task: task.address,
    ...(withStack ? { stack: savedStack(target, task) } : {}),
    active: isActive(target, task),
    state: stateCode(task.state),
    memoryPercent: memory.percent,
    virtualSize: memory.virtualPages * kibPerPage,
    residentSize: memory.residentPages * kibPerPage,
    comm: task.comm,
    kernelThread: isKernelThread(task),
  };
}

/** Where a sleeping task's stack pointer was saved; undefined for a task that was running. Throws ReadError. */
const savedStack = (target: Target, task: Task): VAddr | undefined =>
  isActive(target, task)
    ? undefined
    : target.machine.stacks.savedStackPointer(target, task.address);
