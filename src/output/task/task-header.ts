import { hex } from '../../base/address.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import { displayBytes } from '../text/escape.ts';

type Named = Pick<Task, 'pid' | 'address' | 'cpu' | 'comm'>;

/** The line above a command's answer about one task. */
export const taskHeader = ({ pid, address, cpu, comm }: Named): string =>
  `PID: ${String(pid).padEnd(7)}  TASK: ${hex(address).padEnd(address >> 32n ? 16 : 8)}  CPU: ${String(cpu).padEnd(3)}  COMMAND: "${displayBytes(comm)}"`;

/** The same of a task of which only what the log says is known. */
export const unreadTaskHeader = (cpu: number, pid?: number, comm?: string): string =>
  `PID: ${String(pid ?? '(unknown)').padEnd(7)}  TASK: (unknown)  CPU: ${String(cpu).padEnd(3)}  COMMAND: ${comm === undefined ? '(unknown)' : `"${displayBytes(comm)}"`}`;

/** The shorter form of runq. */
export const shortTaskHeader = ({ pid, address, comm }: Omit<Named, 'cpu'>): string =>
  `PID: ${String(pid).padEnd(5)}  TASK: ${hex(address)}  COMMAND: "${displayBytes(comm)}"`;

const MS = 1_000_000n;

/** Nanoseconds as `days hh:mm:ss.mmm`. */
export function daysAndTime(nanoseconds: bigint): string {
  const ms = nanoseconds / MS;
  const two = (value: bigint): string => String(value).padStart(2, '0');
  const seconds = ms / 1000n;
  const time = `${two((seconds / 3600n) % 24n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  return `${seconds / 86400n} ${time}.${String(ms % 1000n).padStart(3, '0')}`;
}

/** Seconds as `hh:mm:ss`, with `N days, ` before it when there are any. */
export function upTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(whole / 86400);
  const time = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return days > 0 ? `${days} days, ${time}` : time;
}
