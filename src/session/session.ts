import type { Target } from '../kernel/target.ts';
import type { Task } from '../kernel/tasks.ts';

/** The `set` variables, with crash's names, defaults and meanings. */
export interface Settings {
  scroll: boolean;
  radix: 10 | 16;
  print_max: number;
  print_array: boolean;
  debug: number;
  silent: boolean;
  zero_excluded: boolean;
  [name: string]: unknown;
}

/** The state that lasts from one command to the next. */
export interface Session {
  readonly target: Target;
  readonly settings: Settings;
  /** The current context. Throws CrashError when the dump's tasks cannot be read. */
  readonly task: Task;
  setTask(task: Task): void;
}
