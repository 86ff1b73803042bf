import { va } from '../../base/address.ts';
import type { FullRegisters } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { activeTasks, type Task } from '../task/tasks.ts';
import { overflownStack, stackAt } from './stacks.ts';

/** The registers of one CPU as the dump file notes them, under the number that the file gives it. */
export interface CpuNote {
  readonly cpu: number;
  readonly registers: FullRegisters;
}

/**
 * The registers of the CPU that ran a task: NT_PRSTATUS, else a hypervisor's own note. Notes stand in the file in an
 * order that need not be that of the CPUs, with none for a CPU that did not answer; so a note belongs to the task whose
 * stack, or whose CPU's stacks, its stack pointer lies on. One of user mode belongs to the CPU that it is numbered for,
 * if the task there can be in user mode. Undefined when the file has none that can be this task's.
 */
export function cpuRegisters(target: Target, task: Task): FullRegisters | undefined {
  const notes = target.memo(cpuNotes);
  const isUser = ({ registers }: CpuNote) => target.machine.stacks.abi.isUser(registers);
  const own = notes.find(({ cpu }) => cpu === task.cpu);
  if (own && !isUser(own) && isOn(target, task, own)) return own.registers;
  const kernel = notes.find((note) => note !== own && !isUser(note) && isOn(target, task, note));
  if (kernel) return kernel.registers;
  if (own && !isUser(own) && !belongsElsewhere(target, task, own)) return own.registers;
  if (!hasUserMode(task)) return undefined;
  if (own && isUser(own)) return own.registers;
  // Its own number is on another CPU's note: the only one of user mode is what is left for it.
  const users = notes.filter(isUser);
  return users.length === 1 ? users[0]?.registers : undefined;
}

/** The registers of each CPU that the file has any of. */
export function cpuNotes(target: Target): readonly CpuNote[] {
  const names = target.machine.stacks.abi.registers;
  const found = new Map<number, CpuNote>();
  const { cpus } = target.facts;
  for (const note of [...cpus.filter(({ source }) => source === 'prstatus'), ...cpus]) {
    const { cpu, registers } = note;
    if (found.has(cpu) || !registers.ip || registers.sp === undefined) continue;
    const all = Object.fromEntries(names.map((name) => [name, registers[name] ?? 0n]));
    found.set(cpu, { cpu, registers: all as FullRegisters });
  }
  return [...found.values()];
}

const isOn = (target: Target, task: Task, { registers: { sp } }: CpuNote): boolean =>
  stackAt(target, task, sp) !== undefined || overflownStack(target, task, va(sp)) !== undefined;

const belongsElsewhere = (target: Target, task: Task, note: CpuNote): boolean =>
  [...activeTasks(target).values()].some(
    (other) => other.address !== task.address && isOn(target, other, note),
  );

/** PF_KTHREAD and PF_IO_WORKER, include/linux/sched.h: threads that never leave the kernel. */
const NO_USER_MODE = 0x0020_0000 | 0x10;

const hasUserMode = ({ mm, flags, pid }: Task): boolean =>
  pid !== 0 && mm !== 0n && (flags & NO_USER_MODE) === 0;
