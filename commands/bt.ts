import { hex } from '../src/base/address.ts';
import { CrashError } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { withSources } from '../src/kernel/stacktrace/frame-sources.ts';
import type { StackOverflow } from '../src/kernel/stacktrace/listing.ts';
import { checkStackEnd, fullStack, type Overflow } from '../src/kernel/stacktrace/stack-check.ts';
import { stackAt } from '../src/kernel/stacktrace/stacks.ts';
import {
  type CpuStackSearch,
  refersTo,
  type StackView,
  searchCpuStacks,
  type ViewOptions,
  viewStack,
} from '../src/kernel/stacktrace/views.ts';
import { taskStack } from '../src/kernel/task/stack.ts';
import { cpuCount, isActive, type Task, taskTable } from '../src/kernel/task/tasks.ts';
import {
  type BacktraceStyle,
  backtraceLines,
  exceptionFrameLines,
  overflowText,
} from '../src/output/task/backtrace-text.ts';
import { taskHeader, unreadTaskHeader } from '../src/output/task/task-header.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  errorOf,
  type Notice,
  type Out,
  plain,
} from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';
import { parseHexAddress } from '../src/session/line/numbers.ts';
import { noSuchTask } from '../src/session/state/task-words.ts';
import { type BtFlags, chosenStacks, type StoppedRecord } from './bt/stacks.ts';

type BtRecord =
  | { readonly kind: 'stack'; readonly task: Task; readonly stack: StackView }
  /** What a CPU was doing, by the dump's registers of it, where no task can be read; an error follows. */
  | StoppedRecord
  /** A word that names no task; an error follows. */
  | { readonly kind: 'no-task'; readonly word: string }
  /** The registers found on one interrupt or exception stack of a CPU. */
  | ({ readonly kind: 'cpu-stack' } & CpuStackSearch)
  /** A task whose stack has been written over its end. */
  | ({ readonly kind: 'overflow' } & Overflow)
  /** A running task that had filled a stack. */
  | { readonly kind: 'full-stack'; readonly task: Task; readonly overflow: StackOverflow };

const flag = (help: string) => ({ help });

export default defineCommand({
  name: 'bt',
  group: 'task',
  summary: 'backtrace',
  synopsis:
    '[-a|-c cpu(s)|-g|-r|-t|-T|-l|-e|-E|-f|-F|-o|-O|-v|-p] [-R ref] [-s [-x|d]]\n     [-I ip] [-S sp] [-n idle] [pid | task]',
  flags: {
    a: flag('the active task of every CPU'),
    c: { value: 'cpus', help: 'the active tasks of these CPUs' },
    p: flag('the task that panicked'),
    g: flag('all threads of the thread group, leader first'),
    n: { value: 'text', help: 'idle: leave out the stacks of idle tasks' },
    f: flag('all words of each frame'),
    F: { help: 'words by symbol and slab cache; -FF with the address', repeat: true },
    s: flag('functions with offset'),
    x: { help: 'offsets in hexadecimal' },
    d: { help: 'offsets in decimal', excludes: ['x'] },
    t: flag('everything on the stack that points into code'),
    T: flag('the same from the very end of the stack'),
    r: flag('the whole stack, raw'),
    e: flag('search the stack for saved registers'),
    E: flag('search the interrupt and exception stacks of all CPUs (or of -c)'),
    v: flag('check the ends of all stacks'),
    l: flag('source lines (of a kernel file with debugging data)'),
    o: flag('the old method: the same here'),
    O: { help: 'make the old method the default', hidden: true },
    A: { help: 'vector registers (S390X)', hidden: true },
    R: {
      value: 'text',
      completion: ['symbol'],
      help: 'only stacks that refer to this symbol or address',
    },
    I: { value: 'text', completion: ['symbol'], help: 'start at this instruction' },
    S: { value: 'text', completion: ['address'], help: 'start at this place on the stack' },
  },
  operands: [
    {
      name: 'tasks',
      kind: 'text',
      completion: ['task'],
      arity: '*',
      help: 'pid or task_struct address',
    },
  ],
  help: `Shows the call chain of tasks, innermost function first: where the
return address lies, the function, the return address, its module. A chain
is followed by the kernel's own ORC tables, by frame pointers where those
say nothing (code made by BPF), and else by looking for the next return
address. A frame found that last way, and all after it, may be wrong and bear
a "*". Return addresses that a tracer took from the stack (function graph,
kretprobes, fprobes) are shown as they were.
Registers that an exception, an interrupt or a system call saved stand where
they were saved. A line like "--- <NMI exception stack> ---" is where a
chain goes from one stack to another.

Where a stack was full and the next write went below it, "stack overflow" says
which one, and the chain goes on through the function that had filled it.

A task that was running begins where its CPU stopped: in machine_kexec or
the NMI that stopped it, in panic, or at the registers that the dump has.`,
  examples: [
    { run: 'bt', on: '', shows: 'the call chain of the current context' },
    { run: 'bt -a', on: '', shows: 'what every CPU was doing' },
    { run: 'foreach UN bt', on: '', shows: 'what the blocked tasks wait for' },
  ],

  *run({ flags, operands, order }, context): Generator<BtRecord | Notice> {
    const { target } = context;
    if (flags.A) throw notSupported('A');
    if (flags.n !== undefined && flags.n !== 'idle') throw notSupported('n');
    if (flags.O) {
      yield* toggleMethod(context);
      return;
    }
    if (flags.v) {
      yield* checkStacks(target);
      return;
    }
    if (flags.E) {
      const cpus = flags.c ?? [...Array(cpuCount(target)).keys()];
      for (const found of searchCpuStacks(target, cpus)) yield { kind: 'cpu-stack', ...found };
      return;
    }
    const sp = flags.S === undefined ? undefined : parseHexAddress(flags.S);
    if (sp === 0n) throw new CommandError('invalid stack address for this task: 0');
    const ip = flags.I === undefined ? undefined : parseHexAddress(flags.I);
    const options: ViewOptions = { kind: kindOf(order), words: wordsOf(flags), sp, ip };
    for (const task of chosenStacks(target, flags, operands.tasks.words, context)) {
      if (typeof task === 'object' && 'kind' in task) {
        yield task;
        continue;
      }
      if (typeof task === 'string') {
        yield { kind: 'no-task', word: task };
        yield error(noSuchTask(target, task), { kind: 'task', word: task });
        continue;
      }
      const skip = flags.n !== undefined && task.pid === 0 && isActive(target, task);
      if (sp !== undefined && !stackAt(target, task, sp)) {
        yield { kind: 'stack', task, stack: SKIPPED };
        throw new CommandError(wrongStack(target, task, sp));
      }
      const stack = skip
        ? SKIPPED
        : orReason(() => {
            const view = viewStack(target, task, options);
            return flags.l ? withSources(target, view) : view;
          });
      if (stack instanceof CrashError) {
        if (flags.R !== undefined) continue;
        yield { kind: 'stack', task, stack: SKIPPED };
        yield errorOf(stack);
        continue;
      }
      if (flags.R !== undefined && !refersTo(target, stack, flags.R)) continue;
      yield { kind: 'stack', task, stack };
    }
  },

  printer({ flags }, { headed, settings }) {
    const style = styleOf(flags, settings.radix);
    const part = blankBetween();
    return byKind<BtRecord>({
      stack({ task, stack }, out) {
        if (flags.R === undefined) part(out);
        if (headed) out.line(taskHeader(task));
        for (const line of backtraceLines(stack, style)) out.line(line);
        if (flags.R !== undefined) out.gap();
      },
      'stopped-cpu'({ cpu, pid, comm, stack }, out) {
        part(out);
        out.line(unreadTaskHeader(cpu, pid, comm));
        for (const line of backtraceLines(stack, style)) out.line(line);
      },
      'no-task'(_, out) {
        part(out);
      },
      'cpu-stack'({ cpu, stack, frames }, out) {
        out.line(`CPU ${cpu} ${stack}:`);
        if (frames.length === 0) out.line('(none found)');
        for (const frame of frames) {
          for (const line of exceptionFrameLines(frame, style)) out.line(line);
        }
        out.line();
      },
      overflow: printOverflow,
      'full-stack'({ task, overflow }, out) {
        out.line(taskHeader(task));
        out.line(`  ${overflowText(overflow)}`);
        out.line();
      },
    });
  },
});

/** Nothing but the task's header. */
const SKIPPED: StackView = { view: 'skipped' };

/** A view, or the reason for its absence: one task's bad memory does not affect the others. */
function orReason(view: () => StackView): StackView | CrashError {
  try {
    return view();
  } catch (failure) {
    if (failure instanceof CrashError) return failure;
    throw failure;
  }
}

const notSupported = (option: string): CommandError =>
  new CommandError(`-${option} option not supported or applicable on this architecture or kernel`);

const styleOf = (flags: BtFlags, radix: 10 | 16): BacktraceStyle => ({
  offsets: flags.s === true,
  radix: flags.x ? 16 : flags.d ? 10 : radix,
  outputRadix: radix,
  cacheAddresses: (flags.F ?? 0) > 1,
});

const wordsOf = (flags: BtFlags): ViewOptions['words'] =>
  (flags.F ?? 0) > 0 ? 'slabs' : flags.f ? 'plain' : undefined;

/** Of several views the first in crash's order is shown. */
const KINDS: readonly (readonly [string, ViewOptions['kind']])[] = [
  ['r', 'raw'],
  ['e', 'exceptions'],
  ['T', 'all-text'],
  ['t', 'text'],
];
const kindOf = (order: readonly string[]): ViewOptions['kind'] =>
  KINDS.find(([letter]) => order.includes(letter))?.[1] ?? 'trace';

function wrongStack(target: Target, task: Task, sp: bigint): string {
  const stack = taskStack(target, task);
  const range = `${hex(stack?.base ?? 0n)} - ${hex(stack?.top ?? 0n)}`;
  return `non-process stack address for this task: ${hex(sp)}\n    (valid range: ${range})`;
}

/** There is one method; crash's messages are kept for scripts that toggle it. */
function* toggleMethod({ session }: CommandContext): Generator<Notice> {
  const old = !session.settings['bt-old'];
  session.settings['bt-old'] = old;
  yield error(`use ${old ? 'old' : 'new'} bt method by default`);
}

function* checkStacks(target: Target): Generator<BtRecord | Notice> {
  let overflows = 0;
  for (const task of taskTable(target).tasks) {
    const overflow = fullStack(target, task);
    if (overflow) {
      overflows++;
      yield { kind: 'full-stack', task, overflow };
    }
    const found = checkStackEnd(target, task);
    if (!found) continue;
    if (found.value === undefined) {
      const why =
        found.address === 0n
          ? 'invalid kernel virtual address'
          : 'page excluded: kernel virtual address';
      yield error(`${why}: ${hex(found.address)}  type: "stack overflow check"`);
      continue;
    }
    overflows++;
    yield { kind: 'overflow', ...found };
  }
  if (overflows === 0) yield plain('No stack overflows detected');
}

function printOverflow({ task, address, value }: Overflow, out: Out): void {
  out.line(taskHeader(task));
  out.line(`  possible stack overflow: ${hex(address)}: ${hex(value ?? 0n)} != STACK_END_MAGIC`);
  out.line();
}
