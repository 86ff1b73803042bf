import { va } from '../../base/address.ts';
import type { FullRegisters, Stack } from '../../unwind/types.ts';
import { onStack } from '../../unwind/types.ts';
import { walkStack } from '../../unwind/walk.ts';
import type { Target } from '../core/target.ts';
import { lastReported } from '../panic/reported-task.ts';
import { stackSize } from '../task/stack.ts';
import { type CpuNote, cpuNotes } from './cpu-registers.ts';
import { listFrames, savedRegisters } from './listing.ts';
import { codeLookup } from './unwinding.ts';
import type { StackView } from './views.ts';

/** What a CPU was doing, where the kernel's tasks cannot be read: from the dump's registers of it alone. */
export interface StoppedCpu {
  readonly cpu: number;
  /** Of the task that it ran, where the log's last report of a fault names one on this CPU. */
  readonly pid: number | undefined;
  readonly comm: string | undefined;
  readonly stack: StackView;
}

/**
 * The chains of the CPUs whose registers the dump's notes have, first that of the CPU that the log says died: they need code, and
 * neither types nor variables. A stack is taken to be as long as a task's and to begin at a multiple of its size (THREAD_ALIGN).
 */
export function stoppedCpus(target: Target): readonly StoppedCpu[] {
  const reported = lastReported(target);
  return [...target.memo(cpuNotes)]
    .sort((a, b) => Number(b.cpu === reported?.cpu) - Number(a.cpu === reported?.cpu))
    .map(({ cpu, registers }) => {
      const named = cpu === reported?.cpu ? reported : undefined;
      return {
        cpu,
        pid: named?.pid,
        comm: named?.comm,
        stack: chainOf(target, { cpu, registers }),
      };
    });
}

function chainOf(target: Target, { registers }: CpuNote): StackView {
  const isUser = target.machine.stacks.abi.isUser(registers);
  const values = savedRegisters(target, va(0), registers, isUser);
  if (isUser) return { ...EMPTY, registers: values, end: { kind: 'user' } };
  const { frames, end } = walk(target, registers);
  const listed = frames.slice(frames[0]?.kind === 'interrupted' ? 1 : 0);
  return { ...EMPTY, registers: values, frames: listFrames(target, listed), end };
}

const EMPTY = { view: 'trace', overflow: undefined, frames: [] } as const;

function walk(target: Target, registers: FullRegisters) {
  const size = BigInt(stackSize(target));
  const base = registers.sp - (registers.sp % size);
  const stack: Stack = {
    kind: 'process',
    name: 'process stack',
    base: va(base),
    top: va(base + size),
  };
  const context = {
    ...target.memo(codeLookup),
    abi: target.machine.stacks.abi,
    word: (address: bigint) => target.kernel.tryWord(va(address)),
    stackOf: (address: bigint) => (onStack(stack, address) ? stack : undefined),
    // What a tracer hid and whose guard page it is stands in the task.
    trueReturn: () => undefined,
    overflownBy: () => undefined,
  };
  return walkStack(context, { ip: va(registers.ip), sp: va(registers.sp), registers, exact: true });
}
