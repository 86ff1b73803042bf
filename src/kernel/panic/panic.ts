import { latin1 } from '../../base/bytes.ts';
import { CrashError, ReadError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { readLog } from '../printk/log.ts';
import { activeTasks, type Task, taskTable } from '../task/tasks.ts';

/** The task that was running on the CPU that panicked; undefined when nothing panicked or nothing says who. */
export const panicTask = (target: Target): Task | undefined => target.memo(findPanicTask);

function findPanicTask(target: Target): Task | undefined {
  for (const source of [byPanicCpu, panicTaskByStack, panicTaskByLog]) {
    try {
      const task = source(target);
      if (task) return task;
    } catch (error) {
      // Not knowing who panicked must not take the context away from every other command.
      if (!(error instanceof CrashError)) throw error;
    }
  }
  return undefined;
}

/** The context that a session begins with: the task that panicked, else the first task there is. Throws CrashError. */
export function initialContext(target: Target): Task {
  // Where nothing panicked crash begins with the first of its list, CPU 0's idle task, and so do its users.
  const task = panicTask(target) ?? taskTable(target).tasks[0];
  if (!task) throw new CrashError('no task can be found in this dump');
  return task;
}

/**
 * `panic_cpu` is claimed by panic() and crash_kexec() alike (kernel/panic.c, since 4.5: 1717f2096b54) and is
 * -1 on a machine that did not panic; `crashing_cpu` is set by x86's kdump path (arch/x86/kernel/reboot.c).
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

/** What a kernel writes before it names the CPU and the task that it was in. */
const OOPS_LINE = /unable to handle kernel|kernel BUG at|Oops|Kernel panic|Bad mode in/i;
/** dump_stack_print_info, lib/dump_stack.c. */
const CPU_PID_LINE = /CPU: (\d+) (?:UID: \d+ )?PID: (\d+)/;
/** print_modules and show_registers to 3.10: the CPU was named elsewhere, if at all. */
const PID_LINE_TO_3_10 = /^(?:\[[^\]]*\] )?Pid: (\d+), comm: /;

/** The task that the log names after its last words, if that CPU is still in that task. */
function panicTaskByLog(target: Target): Task | undefined {
  let dying = false;
  for (const record of readLog(target)) {
    if (!('text' in record)) continue;
    const text = latin1(record.text);
    dying ||= OOPS_LINE.test(text);
    const who = dying ? CPU_PID_LINE.exec(text) : null;
    const task = who ? activeTasks(target).get(Number(who[1])) : undefined;
    if (task && task.pid === Number(who?.[2])) return task;
    const pid = dying ? PID_LINE_TO_3_10.exec(text)?.[1] : undefined;
    const named = [...activeTasks(target).values()].find((each) => each.pid === Number(pid));
    if (named) return named;
  }
  return undefined;
}

/** Functions that only a dying kernel is inside of, the surest first. */
const PANIC_FUNCTIONS: readonly (readonly string[])[] = [
  ['crash_kexec', '__crash_kexec'],
  ['panic', 'vpanic', 'nmi_panic'],
  ['sysrq_handle_crash'],
  ['die', 'oops_end', '__die', 'die_addr'],
];

/** The largest kernel stack in use (x86 with KASAN: 32 KiB; arm64 with 64 KiB pages). */
const MAX_STACK = 65_536;

/** The active task whose stack holds a return address into a function of {@link PANIC_FUNCTIONS}. */
function panicTaskByStack(target: Target): Task | undefined {
  const stacks = [...activeTasks(target).values()].map((task) => ({
    task,
    words: wholeStack(target, task),
  }));
  for (const names of PANIC_FUNCTIONS) {
    const ranges = names.flatMap((name) => functionRange(target, name) ?? []);
    const found = stacks.find(({ words }) =>
      words.some((word) => ranges.some(({ start, end }) => word > start && word < end)),
    );
    if (found) return found.task;
  }
  return undefined;
}

function functionRange(target: Target, name: string): { start: bigint; end: bigint } | undefined {
  const symbol = target.symbols.named(name);
  const next = symbol && target.symbols.next(symbol);
  return symbol && next ? { start: symbol.address, end: next.address } : undefined;
}

function wholeStack(target: Target, task: Task): readonly bigint[] {
  const size = Math.min(stackSize(target), MAX_STACK);
  try {
    const { buffer } = target.kernel.read(task.stack, size);
    return target.arch.pointerSize === 8
      ? [...new BigUint64Array(buffer)]
      : Array.from(new Uint32Array(buffer), BigInt);
  } catch (error) {
    if (error instanceof ReadError) return [];
    throw error;
  }
}

/** Bytes of a task's stack: THREAD_SIZE, which the first task's stack has too. Never throws. */
export const stackSize = (target: Target): number => target.memo(readStackSize);

/** x86_64 has had 16 KiB since 3.15 (6538b8ea886e), and twice that with KASAN. */
const USUAL_STACK = 16_384;

/**
 * Marks of the linker script around the first task's stack: include/asm-generic/vmlinux.lds.h, INIT_TASK_DATA.
 * 6.9 renamed them (2cb16181a1d1).
 */
const FIRST_STACK = [
  ['__start_init_stack', '__end_init_stack'],
  ['__start_init_task', '__end_init_task'],
] as const;

function readStackSize(target: Target): number {
  try {
    for (const [from, to] of FIRST_STACK) {
      const start = target.symbols.kernel.named(from)?.address;
      const end = target.symbols.kernel.named(to)?.address;
      const size = start === undefined || end === undefined ? 0 : Number(end - start);
      if (size >= 4096 && size <= MAX_STACK && (size & (size - 1)) === 0) return size;
    }
    // i386: 8 KiB, or with CONFIG_4KSTACKS (to 2.6.37, dcfa726280116) 4 KiB.
    if (target.arch.name === 'i386') {
      return target.types.has('thread_union') ? target.types.sizeof('thread_union') : 8192;
    }
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
  }
  return target.arch.name === 'i386' ? 8192 : USUAL_STACK;
}
