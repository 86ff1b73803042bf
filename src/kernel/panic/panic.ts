import { latin1, viewOf } from '../../base/bytes.ts';
import { CrashError } from '../../base/errors.ts';
import { functionRange, isReturnInto } from '../core/functions.ts';
import type { Target } from '../core/target.ts';
import { readLog } from '../printk/log.ts';
import { stackWords, taskStack } from '../task/stack.ts';
import { activeTasks, type Task, taskOfPid, taskTable } from '../task/tasks.ts';

/** The task that was running on the CPU that panicked; undefined when nothing panicked, or the task is unknown. */
export const panicTask = (target: Target): Task | undefined => target.memo(findPanicTask);

function findPanicTask(target: Target): Task | undefined {
  for (const source of [byPanicCpu, panicTaskByStack, panicTaskByLog]) {
    try {
      const task = source(target);
      if (task) return task;
    } catch (error) {
      // A failed attempt is ignored: the next method may work, and the session needs some context.
      if (!(error instanceof CrashError)) throw error;
    }
  }
  return undefined;
}

/**
 * The context that a session begins with: the task that panicked, else the first task. Throws CrashError, also when a
 * task panicked and it cannot be told which one: what is asked of it must not be answered of another.
 */
export function initialContext(target: Target): Task {
  // Without a panic crash begins with the first task of its list, CPU 0's idle task.
  const panicked = panicTask(target);
  if (!panicked && hasPanicked(target)) {
    throw new CrashError(
      'the panic task is missing: the kernel panicked, and which task did cannot be told. Name a task, or set one (ps lists them)',
    );
  }
  const task = panicked ?? taskTable(target).tasks[0];
  if (!task) throw new CrashError('no task can be found in this dump');
  return task;
}

/** Whether the kernel recorded a panic: in VMCOREINFO, or by a CPU that claimed it. */
function hasPanicked(target: Target): boolean {
  if (target.vmcoreinfo.crashTime !== undefined) return true;
  const address = target.findSymbol('panic_cpu');
  const bytes = address === undefined ? undefined : target.kernel.tryRead(address, 4);
  return bytes !== undefined && viewOf(bytes).getInt32(0, true) >= 0;
}

/**
 * `panic_cpu` is claimed by panic() and crash_kexec() alike (kernel/panic.c, 4.5 (1717f2096b54, panic, x86: Fix
 * re-entrance problem due to panic on NMI)) and is -1 on a machine that did not panic; `crashing_cpu` is set by the
 * kdump path of arch/x86/kernel/reboot.c.
 */
function byPanicCpu(target: Target): Task | undefined {
  for (const name of ['panic_cpu', 'crashing_cpu']) {
    const address = target.findSymbol(name);
    const cpu = address === undefined ? -1 : target.kernel.i32(address);
    const task = cpu < 0 ? undefined : activeTasks(target).get(cpu);
    if (task) return task;
  }
  return undefined;
}

/** Log lines before the line that names the CPU and its task. */
const OOPS_LINE = /unable to handle kernel|kernel BUG at|Oops|Kernel panic|Bad mode in/i;
/** dump_stack_print_info, lib/dump_stack.c. */
const CPU_PID_LINE = /CPU: (\d+) (?:UID: \d+ )?PID: (\d+)/;
/** print_modules and show_registers to 3.10: without the CPU. */
const PID_LINE_TO_3_10 = /^(?:\[[^\]]*\] )?Pid: (\d+), comm: /;

/** The task named by the first "CPU: N PID: N" line after an oops or panic line, if it is still current on that CPU. */
function panicTaskByLog(target: Target): Task | undefined {
  let dying = false;
  for (const record of readLog(target)) {
    if (!('text' in record)) continue;
    const text = latin1(record.text);
    dying ||= OOPS_LINE.test(text);
    const who = dying ? CPU_PID_LINE.exec(text) : null;
    const task = who ? activeTasks(target).get(Number(who[1])) : undefined;
    if (task && task.pid === Number(who?.[2])) return task;
    // The CPU's current task is unknown: the printed pid is used.
    if (who && !task) return taskOfPid(target, Number(who[2]));
    const pid = dying ? PID_LINE_TO_3_10.exec(text)?.[1] : undefined;
    const named = [...activeTasks(target).values()].find((each) => each.pid === Number(pid));
    if (named) return named;
  }
  return undefined;
}

/** Functions that are on a stack only while the kernel crashes, most specific first. */
const PANIC_FUNCTIONS: readonly (readonly string[])[] = [
  ['crash_kexec', '__crash_kexec'],
  ['panic', 'vpanic', 'nmi_panic'],
  ['sysrq_handle_crash'],
  ['die', 'oops_end', '__die', 'die_addr'],
];

/** The active task whose stack holds a return address into a function of {@link PANIC_FUNCTIONS}. */
function panicTaskByStack(target: Target): Task | undefined {
  const stacks = [...activeTasks(target).values()].map((task) => ({
    task,
    words: wordsOfStack(target, task),
  }));
  for (const names of PANIC_FUNCTIONS) {
    const ranges = names.flatMap((name) => functionRange(target, name) ?? []);
    const found = stacks.find(({ words }) =>
      words.some((word) => ranges.some((range) => isReturnInto(target, range, word))),
    );
    if (found) return found.task;
  }
  return undefined;
}

function wordsOfStack(target: Target, task: Task): BigUint64Array {
  const stack = taskStack(target, task);
  return stack ? stackWords(target, stack) : new BigUint64Array();
}
