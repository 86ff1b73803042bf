import { CrashError } from '../../src/base/errors.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { panicTask } from '../../src/kernel/panic/panic.ts';
import { lastReported } from '../../src/kernel/panic/reported-task.ts';
import { type StoppedCpu, stoppedCpus } from '../../src/kernel/stacktrace/stopped-cpu.ts';
import { groupLeader, threadGroup } from '../../src/kernel/task/families.ts';
import { activeTasks, type Task } from '../../src/kernel/task/tasks.ts';
import { type CommandContext, CommandError } from '../../src/session/command/command.ts';
import { findTasks } from '../../src/session/state/task-words.ts';

/** What a CPU was doing, where no task can be read. */
export type StoppedRecord = { readonly kind: 'stopped-cpu' } & StoppedCpu;

/** The options of bt that choose and form its stacks. */
export interface BtFlags {
  readonly a?: true;
  readonly c?: readonly number[];
  readonly p?: true;
  readonly g?: true;
  readonly f?: true;
  readonly F?: number;
  readonly s?: true;
  readonly x?: true;
  readonly d?: true;
}

/**
 * The tasks to show in order, or the words that name none. Where no task can be read, the CPUs by the registers that the dump has of
 * them, and then the reason is thrown.
 */
export function* chosenStacks(
  target: Target,
  flags: BtFlags,
  words: readonly string[],
  context: CommandContext,
): Generator<Task | string | StoppedRecord> {
  let isAny = false;
  try {
    for (const task of chosenTasks(target, flags, words, context)) {
      isAny = true;
      yield task;
    }
  } catch (failure) {
    if (
      isAny ||
      words.length > 0 ||
      !(failure instanceof CrashError) ||
      failure instanceof CommandError
    )
      throw failure;
    const died = flags.a || flags.c ? undefined : lastReported(target)?.cpu;
    for (const stopped of stoppedCpus(target)) {
      if (flags.c && !flags.c.includes(stopped.cpu)) continue;
      if (died === undefined || died === stopped.cpu) yield { kind: 'stopped-cpu', ...stopped };
    }
    throw failure;
  }
}

function* chosenTasks(
  target: Target,
  flags: BtFlags,
  words: readonly string[],
  { session }: CommandContext,
): Generator<Task | string> {
  if (flags.c || flags.a) {
    if (flags.g)
      throw new CommandError(`-${flags.c ? 'c' : 'a'} option cannot be used with the -g option`);
    const active = activeTasks(target);
    if (active.size === 0) throw new CommandError('no active task is known of any CPU');
    for (const [cpu, task] of active) if (!flags.c || flags.c.includes(cpu)) yield task;
    const missing = flags.c?.find((cpu) => !active.has(cpu));
    if (missing !== undefined)
      throw new CommandError(`cannot determine active task on cpu ${missing}`, {
        fault: { kind: 'cpus', word: String(missing) },
      });
    return;
  }
  const panicked = flags.p ? panicTask(target) : undefined;
  if (flags.p && !panicked) throw new CommandError('no panic task found!');
  if (words.length === 0) yield* withGroup(target, flags, panicked ?? session.task);
  for (const word of words) {
    const tasks = findTasks(target, word);
    if (tasks.length === 0) yield word;
    for (const task of tasks) yield* withGroup(target, flags, task);
  }
}

/** With -g the whole thread group of a task, its leader first. */
function withGroup(target: Target, { g }: BtFlags, task: Task): readonly Task[] {
  if (!g || task.pid === 0) return [task];
  const leader = groupLeader(target, task) ?? task;
  return [
    leader,
    ...threadGroup(target, task.tgid).filter((each) => each.address !== leader.address),
  ];
}
