import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { cpuRegisters } from './cpu-registers.ts';
import { stackAt } from './stacks.ts';

/**
 * The contents of a register, by the name that the kernel prints (`rsp`, `r12`), of a task that was running: from the
 * note of its CPU. Undefined for a task that was not, for the note of another stack, and for an unknown name.
 */
export function contextRegister(target: Target, task: Task, name: string): bigint | undefined {
  const registers = cpuRegisters(target, task);
  if (!registers) return undefined;
  const { sp } = registers;
  if (!stackAt(target, task, sp)) return undefined;
  const own = /^[re][a-z]+$/.test(name) ? name.slice(1) : name;
  return Object.entries(registers).find(([key]) => key === own)?.[1];
}
