import { hex } from '../base/address.ts';
import type { Task } from '../kernel/tasks.ts';

/** The line that stands over what a command says of one task. */
export const taskHeader = ({ pid, address, cpu, comm }: Task): string =>
  `PID: ${String(pid).padEnd(7)}  TASK: ${hex(address).padEnd(16)}  CPU: ${String(cpu).padEnd(3)}  COMMAND: "${comm}"`;

/** The shorter form of runq. */
export const shortTaskHeader = ({ pid, address, comm }: Task): string =>
  `PID: ${String(pid).padEnd(5)}  TASK: ${hex(address)}  COMMAND: "${comm}"`;
