import { viewOf } from '../../base/bytes.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import { panicTask } from '../../kernel/panic/panic.ts';
import { backtrace, type Trace } from '../../kernel/stacktrace/backtrace.ts';
import { activeTasks, type Task } from '../../kernel/task/tasks.ts';
import { type Call, callsOf } from './chain.ts';
import { type Entry, entriesOf } from './entries.ts';

/** Where the machine died: what every detector begins with. */
export interface Scene {
  readonly target: Target;
  /** The kernel recorded a panic, or went into kdump. */
  readonly hasPanicked: boolean;
  /** Whether memory says so, or says that it did not: what tells may be missing from the dump. */
  readonly isPanicKnown: boolean;
  readonly cpu: number | undefined;
  readonly task: Task | undefined;
  readonly trace: Trace | undefined;
  /** Innermost first; empty without a trace. */
  readonly calls: readonly Call[];
  /** Exceptions and interrupts in kernel mode on the way, innermost first. */
  readonly entries: readonly Entry[];
  /** Why the trace is missing. */
  readonly problem: string | undefined;
}

/** The scene of a dump's death. Throws no CrashError. */
export const sceneOf = (target: Target): Scene => target.memo(readScene);

function readScene(target: Target): Scene {
  const claimed = cpuOfPanic(target);
  const panicCpu = claimed === undefined || claimed < 0 ? undefined : claimed;
  const task = attempt(() => panicTask(target));
  const problems: string[] = [];
  let trace: Trace | undefined;
  try {
    trace = task && backtrace(target, task);
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    problems.push(error.message);
  }
  const calls = trace ? callsOf(target, trace) : [];
  const entries = entriesOf(calls);
  const cpu = panicCpu ?? (task ? attempt(() => cpuRunning(target, task)) : undefined);
  const hasPanicked =
    panicCpu !== undefined ||
    target.vmcoreinfo.crashTime !== undefined ||
    calls.some(({ name }) => /^(?:v?panic|oops_end|crash_kexec|__crash_kexec)$/.test(name));
  return {
    target,
    hasPanicked,
    isPanicKnown: hasPanicked || claimed !== undefined,
    cpu,
    task,
    trace,
    calls,
    entries,
    problem: problems[0] ?? (task ? undefined : 'the task that panicked is not known'),
  };
}

const cpuRunning = (target: Target, task: Task): number | undefined =>
  [...activeTasks(target)].find(([, each]) => each.address === task.address)?.[0];

/**
 * `panic_cpu` or `crashing_cpu`: -1 when no CPU claimed to panic; undefined when the kernel has neither, or the dump has not
 * their pages.
 */
function cpuOfPanic(target: Target): number | undefined {
  let claimed: number | undefined;
  for (const name of ['panic_cpu', 'crashing_cpu']) {
    const address = attempt(() => target.findSymbol(name));
    const bytes = address === undefined ? undefined : target.kernel.tryRead(address, 4);
    const cpu = bytes ? viewOf(bytes).getInt32(0, true) : undefined;
    if (cpu !== undefined && cpu >= 0 && cpu < MAX_CPUS) return cpu;
    if (cpu === NO_CPU) claimed ??= cpu;
  }
  return claimed;
}
/** PANIC_CPU_INVALID, include/linux/panic.h. */
const NO_CPU = -1;
/** More than any kernel is built for: a larger number is damage. */
const MAX_CPUS = 65_536;

/** Whether one of some functions is on the way to death, by its plain name. */
export const findCall = ({ calls }: Scene, ...names: readonly string[]): Call | undefined =>
  calls.find(({ name }) => names.includes(name));

/** The calls outside of one, its callers. */
export const callersOf = ({ calls }: Scene, call: Call): readonly Call[] =>
  calls.slice(calls.indexOf(call) + 1);

/** Runs a look-up that a damaged dump may make impossible: undefined then. */
export function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
