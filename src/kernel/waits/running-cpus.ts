import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { machineCpus, perCpuAddress, perCpuOffset } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { type StackedTask, stackedTask } from '../stacktrace/stacked-task.ts';
import { activeTasks, type Task } from '../task/tasks.ts';

/** A processor when the machine stopped. */
export interface RunningCpu {
  readonly cpu: number;
  readonly task: Task;
  readonly stacked: StackedTask | undefined;
  /** It took no interrupts in what it did before it was stopped; undefined when nothing says it. */
  readonly interruptsOff: boolean | undefined;
}

/** What every CPU was doing, by CPU. CPUs whose task is not known are left out. */
export const runningCpus = (target: Target): ReadonlyMap<number, RunningCpu> =>
  target.memo(readRunningCpus);

function readRunningCpus(target: Target): ReadonlyMap<number, RunningCpu> {
  const found = new Map<number, RunningCpu>();
  for (const [cpu, task] of activeTasks(target)) {
    const stacked = stackedTask(target, task);
    found.set(cpu, { cpu, task, stacked, interruptsOff: stacked && maskedBefore(target, stacked) });
  }
  return found;
}

/**
 * Whether interrupts were off in the code that was interrupted last: the innermost saved registers, which are those of
 * the exception, interrupt or NMI that ended it, or the CPU's own note.
 */
function maskedBefore(target: Target, { frames, registers }: StackedTask): boolean | undefined {
  const { interruptsOff } = target.machine.stacks;
  const saved = frames.find(({ raw }) => raw.saved)?.raw.saved;
  if (saved) return interruptsOff(saved.registers);
  return registers && interruptsOff(registers);
}

/** CSD_FLAG_LOCK, include/linux/smp_types.h: the request is not done. */
const CSD_LOCKED = 1;
/** Requests in a CPU's queue that are looked at. */
const MAX_REQUESTS = 100_000;

/** A request to another CPU, struct __call_single_data. */
export interface CallRequest {
  readonly address: VAddr;
  readonly target: number;
  /** Address of its flags. */
  readonly flags: VAddr;
}

/** The requests that CPUs have not taken from their queues yet: call_single_queue, kernel/smp.c. */
export const pendingRequests = (target: Target): readonly CallRequest[] => target.memo(readPending);

function readPending(target: Target): readonly CallRequest[] {
  const pending: CallRequest[] = [];
  const queue = target.findSymbol('call_single_queue');
  const flags = flagsOffset(target);
  if (queue === undefined || flags === undefined) return pending;
  for (const cpu of machineCpus(target)) {
    target.losses.attempt(`requests to CPU ${cpu}`, undefined, () => {
      const head = perCpuAddress(target, 'call_single_queue', cpu);
      const seen = new Set<VAddr>();
      for (let at = target.kernel.pointer(head); at !== 0n && seen.size < MAX_REQUESTS; ) {
        if (seen.has(at)) break;
        seen.add(at);
        pending.push({ address: at, target: cpu, flags: plus(at, flags) });
        at = target.kernel.pointer(at);
      }
    });
  }
  return pending;
}

/** In a node of its own since 5.8 (include/linux/smp_types.h); a member of the request before. */
const flagsOffset = (target: Target): number | undefined =>
  (
    target.findMember('__call_single_data', 'node.u_flags') ??
    target.findMember('__call_single_data', 'flags')
  )?.offset;

/** The requests to many CPUs that a CPU waits for: its own cfd_data, of which each target CPU has a locked part. */
export function requestsToMany(target: Target, from: number): readonly CallRequest[] {
  const flags = flagsOffset(target);
  // 5.13 to 6.2 or so had the requests in a structure of their own, at its start.
  const member =
    target.findMember('call_function_data', 'csd') ??
    target.findMember('call_function_data', 'pcpu');
  if (flags === undefined || !member || target.findSymbol('cfd_data') === undefined) return [];
  const found: CallRequest[] = [];
  try {
    const base = target.kernel.pointer(
      plus(perCpuAddress(target, 'cfd_data', from), member.offset),
    );
    if (base === 0n) return [];
    for (const cpu of machineCpus(target)) {
      if (cpu === from) continue;
      const address = va(base + perCpuOffset(target, cpu));
      const at = plus(address, flags);
      if (target.kernel.u32(at) & CSD_LOCKED) found.push({ address, target: cpu, flags: at });
    }
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: `requests of CPU ${from}`, reason: error.message });
  }
  return found;
}
