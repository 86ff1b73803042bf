import { hex, type VAddr } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { panicTask } from '../../kernel/panic/panic.ts';
import { panickedBySysrq } from '../../kernel/panic/sysrq.ts';
import { stateWords } from '../../kernel/task/state.ts';
import { isActive, type Task, taskTable } from '../../kernel/task/tasks.ts';
import { displayBytes } from '../../output/text/escape.ts';

/** Facts of `set` about a task. */
export interface ContextBlock {
  readonly pid: number;
  readonly comm: string;
  readonly task: VAddr;
  /** Number of tasks with this pid: idle tasks share 0. */
  readonly sharers: number;
  readonly threadInfo: VAddr;
  readonly cpu: number;
  readonly state: string;
  /** `ACTIVE`, `PANIC`, `SYSRQ`; absent for a task that was not running. */
  readonly activity: string | undefined;
}

/** The summary of a task for `set`. Throws ReadError, MissingError. */
export function describeContext(target: Target, task: Task): ContextBlock {
  return {
    pid: task.pid,
    comm: task.comm,
    task: task.address,
    sharers: taskTable(target).tasks.filter(({ pid }) => pid === task.pid).length,
    threadInfo: threadInfo(target, task),
    cpu: task.cpu,
    state: stateWords(task.state),
    activity: isActive(target, task) ? activity(target, task) : undefined,
  };
}

function activity(target: Target, task: Task): string {
  if (panicTask(target)?.address !== task.address) return 'ACTIVE';
  return panickedBySysrq(target) ? 'SYSRQ' : 'PANIC';
}

/**
 * The address of thread_info: the task_struct itself since 4.9 (c65eacbe290b, sched/core: Allow putting thread_info
 * into task_struct); before, the stack's low end.
 */
function threadInfo(target: Target, task: Task): VAddr {
  return target.types.findMember('task_struct', 'thread_info') ? task.address : task.stack;
}

/** Prints the five lines of `set`. */
export function printContext(block: ContextBlock, out: { line(text: string): void }): void {
  for (const line of contextLines(block)) out.line(line);
}

/** The five lines of `set`. */
export function contextLines(block: ContextBlock): string[] {
  const sharers = block.sharers > 1 ? `(1 of ${block.sharers})  ` : '';
  return [
    `    PID: ${block.pid}`,
    `COMMAND: "${displayBytes(block.comm)}"`,
    `   TASK: ${hex(block.task)}  ${sharers}[THREAD_INFO: ${hex(block.threadInfo)}]`,
    `    CPU: ${block.cpu}`,
    `  STATE: ${block.state} ${block.activity ? `(${block.activity})` : ''}`,
  ];
}
