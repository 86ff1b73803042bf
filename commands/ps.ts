import type { Target } from '../src/kernel/core/target.ts';
import { groupLeader } from '../src/kernel/task/families.ts';
import { parsePolicies, policyOf } from '../src/kernel/task/scheduling.ts';
import { isKernelThread } from '../src/kernel/task/state.ts';
import { type Task, taskTable } from '../src/kernel/task/tasks.ts';
import { CommandError, defineCommand, error } from '../src/session/command/command.ts';
import {
  NoSuchTask,
  selectTasks,
  type TaskTest,
  taskTest,
} from '../src/session/command/select-tasks.ts';
import { processPrinter } from './ps/print.ts';
import type { Item, Request } from './ps/records.ts';
import { LIST_VIEWS, TASK_VIEWS, table, VIEWS } from './ps/views.ts';

const EXCLUSIVE = '-a, -t, -c, -p, -g, -l, -m, -S, -r and -A flags are all mutually-exclusive';

export default defineCommand({
  name: 'ps',
  group: 'task',
  summary: 'display process status information',
  synopsis:
    '[-k|-u|-G|-y policy] [-s] [-p|-c|-t|-[l|m][-C cpu]|-a|-g|-r|-S|-A|-H]\n     [pid | task | command] ...',
  flags: {
    k: { help: 'only kernel threads' },
    u: { help: 'only user tasks' },
    G: { help: 'only the leaders of thread groups' },
    y: { value: 'text', help: 'only tasks of these scheduling policies, by number or name' },
    s: { help: 'show the kernel stack pointer in place of the task address' },
    p: { help: 'show the ancestors of each task' },
    c: { help: 'show the children of each task' },
    t: { help: 'show run time, start time, user and system time' },
    l: { help: 'show when each task last began to run, the latest first' },
    m: { help: 'as -l, as time that has passed since' },
    C: { value: 'cpus', help: 'with -l or -m: group the tasks of these cpus by cpu' },
    a: { help: 'show arguments and environment' },
    g: { help: 'show the threads of each thread group' },
    r: { help: 'show resource limits' },
    S: { help: 'count the tasks in each state' },
    A: { help: 'only the tasks that were running' },
    H: { help: 'without the header line' },
  },
  operands: [
    {
      name: 'tasks',
      kind: 'text',
      completion: ['task'],
      arity: '*',
      help: "a pid, a task address, a command's name, a 'regex'",
    },
  ],
  help: `Lists the tasks: process id, parent's process id, CPU, address of the
task_struct, state, share of memory, virtual and resident size in KiB, name.
Tasks that were running are marked with >, kernel threads stand in brackets.

States: RU running or ready, IN interruptible, UN uninterruptible, ID idle
kernel thread, ZO zombie, ST stopped, TR traced, DE dead, PA parked,
WA waking, NE new.

A word that looks like a number is a pid or a task address; \\1234 is a
command of that name. A word in single quotes is a POSIX regular expression.`,
  examples: [
    { run: 'ps -u', on: '', shows: 'user tasks' },
    { run: 'ps -S', on: '', shows: 'how many tasks are in each state' },
    { run: "ps -l 'kworker.*'", on: '', shows: 'when the kworkers last ran' },
  ],

  *run({ flags, order, operands }, { target }): Generator<Item> {
    const view = exclusiveView(order);
    const policies = flags.y === undefined ? undefined : parsePolicies(flags.y);
    if (flags.C && view !== 'l' && view !== 'm') {
      throw new CommandError('-C option is only applicable with -l and -m');
    }
    if (view === 'S' && operands.tasks.length > 0) {
      throw new CommandError('-S option takes no arguments');
    }
    const tests: TaskTest[] = [];
    for (const word of operands.tasks.words) {
      try {
        tests.push(taskTest(target, word));
      } catch (failure) {
        if (!(failure instanceof NoSuchTask)) throw failure;
        yield error(failure.message, failure.fault);
      }
    }
    const named = operands.tasks.length > 0;
    if (named && flags.C) yield error('-C option is not applicable with specified tasks');
    if (flags.G && (view === 'l' || view === 'm')) {
      throw new CommandError(`-G not supported with -${view} option`);
    }
    if (view === 'S' && (flags.k || flags.u || flags.G)) {
      throw new CommandError('-S option cannot be used with other options');
    }
    const all = taskTable(target).tasks;
    const chosen = named ? [...selectTasks(all, tests, view === 'g' || flags.G === true)] : all;
    const request: Request = {
      target,
      tasks: [...filtered(target, chosen, { ...flags, policies }, named)],
      tests: named ? tests : undefined,
      cpus: named ? undefined : flags.C,
    };
    const list = LIST_VIEWS[view ?? ''];
    const each = TASK_VIEWS[view ?? ''];
    if (list) yield* list(request);
    else if (each) for (const task of request.tasks) yield* each(task, request);
    else yield* table(request, view, flags.s === true);
  },

  printer: processPrinter,
});

/** The one view that is asked for. Throws CommandError for two. */
function exclusiveView(order: readonly string[]): string | undefined {
  let user = '';
  for (const letter of order) {
    if ('ku'.includes(letter)) {
      if (user !== '' && user !== letter)
        throw new CommandError('-u and -k are mutually exclusive');
      user = letter;
    }
  }
  const views = new Set(order.filter((letter) => VIEWS.has(letter)));
  if (views.size > 1) throw new CommandError(EXCLUSIVE);
  return [...views][0];
}

interface Filters {
  readonly k?: true;
  readonly u?: true;
  readonly G?: true;
  readonly policies: ReadonlySet<number> | undefined;
}

/** The tasks that pass -k, -u, -y and -G. Under -G a named thread is shown as its leader. */
function* filtered(
  target: Target,
  tasks: readonly Task[],
  { k, u, policies, G }: Filters,
  named: boolean,
): Generator<Task> {
  const shown = new Set<Task>();
  for (const task of tasks) {
    if ((u && isKernelThread(task)) || (k && !isKernelThread(task))) continue;
    if (policies && !policies.has(policyOf(target, task))) continue;
    if (!G) {
      yield task;
      continue;
    }
    const leader = task.pid === task.tgid ? task : named ? groupLeader(target, task) : undefined;
    if (!leader || shown.has(leader)) continue;
    shown.add(leader);
    yield leader;
  }
}
