import type { Target } from '../../src/kernel/core/target.ts';
import type { ProcessRow } from '../../src/kernel/stacktrace/process-row.ts';
import type { ResourceLimit } from '../../src/kernel/task/rlimits.ts';
import type { Task } from '../../src/kernel/task/tasks.ts';
import type { TaskTimes } from '../../src/kernel/task/times.ts';
import type { Notice } from '../../src/session/command/command.ts';
import type { TaskTest } from '../../src/session/command/select-tasks.ts';

/** A line of the process list. */
export interface ProcessRecord extends ProcessRow {
  readonly kind: 'process';
}
/** Related tasks: for -p ancestors, the oldest first; else one task, and its children or threads. */
export interface Family {
  readonly kind: 'ancestors' | 'children' | 'threads';
  readonly tasks: readonly Task[];
}
/** With -C: the following tasks ran on this CPU. */
export interface CpuGroup {
  readonly kind: 'cpu';
  readonly cpu: number;
}
export interface LastRun {
  readonly kind: 'last-run';
  /** Nanoseconds of the CPU's clock when the task last began to run. */
  readonly time: bigint;
  /** The latest of all that are listed. */
  readonly latest: bigint;
  readonly state: string;
  readonly task: Task;
}
export interface SinceRun {
  readonly kind: 'since-run';
  /** Nanoseconds from the task's last run to its CPU's rq->clock. */
  readonly elapsed: bigint;
  /** The value of rq->clock, in nanoseconds. */
  readonly clock: bigint;
  readonly state: string;
  readonly task: Task;
}
export interface Times extends TaskTimes {
  readonly kind: 'times';
  readonly task: Task;
  /** Age of the task. */
  readonly seconds: number;
}
export interface Strings {
  readonly kind: 'strings';
  readonly task: Task;
  /** Undefined where they cannot be read; an error follows. */
  readonly arguments: readonly string[] | undefined;
  readonly environment: readonly string[] | undefined;
}
export interface Limits {
  readonly kind: 'limits';
  readonly task: Task;
  readonly limits: readonly ResourceLimit[];
}
/** Number of tasks in a state. */
export interface Count {
  readonly kind: 'count';
  readonly state: string;
  readonly number: number;
}
export type PsRecord =
  | ProcessRecord
  | Family
  | CpuGroup
  | LastRun
  | SinceRun
  | Times
  | Strings
  | Limits
  | Count;
export type Item = PsRecord | Notice;

export interface Request {
  readonly target: Target;
  readonly tasks: readonly Task[];
  /** The given words; undefined for all tasks. */
  readonly tests: readonly TaskTest[] | undefined;
  readonly cpus: readonly number[] | undefined;
}
