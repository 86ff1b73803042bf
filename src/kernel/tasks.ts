import type { VAddr } from '../base/address.ts';

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
