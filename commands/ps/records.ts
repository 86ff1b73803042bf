import type { Target } from '../../src/kernel/core/target.ts';
import type { ProcessRow } from '../../src/kernel/stacktrace/process-row.ts';
import type { ResourceLimit } from '../../src/kernel/task/rlimits.ts';
import type { Task } from '../../src/kernel/task/tasks.ts';
import type { TaskTimes } from '../../src/kernel/task/times.ts';
import type { Notice } from '../../src/session/command/command.ts';
import type { TaskTest } from '../../src/session/command/select-tasks.ts';

/** Tasks that belong together, indented. */
export interface Family {
  readonly indents: readonly number[];
  readonly tasks: readonly Task[];
  readonly none?: string;
}
export interface LastRun {
  /** Nanoseconds of the CPU's clock; with -m nanoseconds before its last look at it. */
  readonly time: bigint;
  readonly label: string;
  readonly state: string;
  readonly ran: Task;
}
export interface Times extends TaskTimes {
  readonly timed: Task;
  readonly seconds: number;
}
export interface Strings {
  readonly process: Task;
  /** The strings, or why they are not to be had. */
  readonly arguments: readonly string[] | string;
  readonly environment: readonly string[] | string;
}
export interface Limits {
  readonly limited: Task;
  readonly limits: readonly ResourceLimit[];
}
export interface Count {
  readonly state: string;
  readonly number: number;
}
export type PsRecord = ProcessRow | Family | LastRun | Times | Strings | Limits | Count;
export type Item = PsRecord | Notice;

export interface Request {
  readonly target: Target;
  readonly tasks: readonly Task[];
  /** The words that were given; undefined for all tasks. */
  readonly tests: readonly TaskTest[] | undefined;
  readonly cpus: readonly number[] | undefined;
  readonly hexadecimal: boolean;
}
