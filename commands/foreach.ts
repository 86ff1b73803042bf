import { hex } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { type Task, taskTable } from '../src/kernel/task/tasks.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  error,
  type Nested,
  type Out,
  warning,
} from '../src/session/command/command.ts';
import type { Flags } from '../src/session/command/declaration.ts';
import {
  checkForeach,
  FOREACH_WORDS,
  type ForeachCommand,
  type ForeachPlan,
  readForeach,
} from '../src/session/command/foreach.ts';
import { describeContext, printContext } from '../src/session/state/context-summary.ts';

/** A chosen task: the following records belong to it. */
interface Chosen {
  readonly task: Task;
}

const flag = (help: string) => ({ help });

export default defineCommand({
  name: 'foreach',
  group: 'task',
  summary: 'display command data for multiple tasks in the system',
  synopsis:
    '[[pid | taskp | name | state | [kernel | user | gleader]] ...]\n          command [flag] [argument]',
  flags: {
    R: {
      value: 'text',
      completion: ['symbol'],
      help: 'only what refers to this (vm, task, files, net, sig, bt)',
    },
    y: { value: 'text', help: 'ps: tasks of this scheduling policy' },
    a: flag('ps: arguments and environment'),
    c: flag('ps: children; files: cached pages; vtop: user page tables'),
    d: flag('numbers in decimal'),
    e: flag('bt: search for exception frames'),
    F: { help: 'bt: stack words with symbols and slab caches', repeat: true },
    f: flag('bt: all stack words'),
    G: flag('ps: group leaders only'),
    g: flag('ps, sig: by thread group'),
    h: { help: 'numbers in hexadecimal', hidden: true },
    k: flag('vtop: kernel virtual addresses'),
    l: flag('bt: line numbers; ps: by last run'),
    m: flag('vm: the mm_struct; ps: by last run, as a time'),
    o: flag('bt: the other method'),
    p: flag('vm: every page; ps: parents'),
    r: flag('bt: raw stack; ps: limits'),
    S: flag('net: sockets in full'),
    s: flag('bt: symbols with offsets; ps: stack pointers; net: sockets'),
    T: flag('bt: all text symbols of the stack'),
    t: flag('bt: text symbols; ps: times'),
    u: flag('vtop: user virtual addresses'),
    v: flag('vm: the vm_area_structs'),
    x: flag('numbers in hexadecimal'),
  },
  operands: [
    {
      name: 'words',
      kind: 'text',
      completion: ['foreach', 'task'],
      arity: '+',
      help: 'tasks, then commands, then the arguments of those',
    },
  ],
  help: `Runs commands for every task, or for those selected: by pid, by task_struct
address, by name (\\name when it looks like something else), by 'regular
expression', by state (RU IN UN ST ZO TR DE PA WA ID NE), or by kernel, user,
gleader (leaders of user thread groups) and active (running at the time). The
commands are bt, vm, task, files, net, set, ps, sig and vtop; several may be
named, and their options go to all that have them.`,
  examples: [
    { run: 'foreach bt', on: '', shows: 'the stack of every task' },
    { run: 'foreach UN bt', on: '', shows: 'the stacks of the tasks in uninterruptible sleep' },
  ],

  *run({ flags, operands, order }, { target, run, commands }) {
    const plan = readForeach(target, operands.words.words);
    for (const word of plan.unknown) {
      yield error(`unknown argument: "${word}"`, { kind: 'keyword', word, of: FOREACH_WORDS });
    }
    if (plan.commands.length === 0) throw new CommandError('no keywords specified');
    const given = new Set<string>(order);
    checkForeach(plan, given);
    if (plan.commands.includes('net') && !given.has('s') && !given.has('S')) {
      yield warning('net command requires -s or -S option\n');
      given.add('s');
    }
    const headed = isHeaded(plan, given);
    const lines = plan.commands.map((name) => ({
      name,
      words: options(given, flags, commands.get(name)?.flags ?? {}),
    }));
    let count = 0;
    for (const task of taskTable(target).tasks) {
      if (!plan.selects(task)) continue;
      if (headed) yield { task } satisfies Chosen;
      const part = new TaskPart(headed ? 'between' : flags.R === undefined ? 'all' : 'single');
      // The first command's own header would repeat the task.
      let isNamed = headed;
      for (const { name, words } of lines) {
        if (name === 'set') {
          yield contextOf(target, task, commands);
          continue;
        }
        const line = commandLine(name, words, task, plan.args, count);
        for (const nested of run(line, { headed: !isNamed })) {
          yield {
            ...nested,
            task,
            print: (record, out) => nested.print(record, part.through(out)),
          } satisfies Nested;
        }
        isNamed = false;
      }
      count++;
    }
  },

  printer() {
    let isFirst = true;
    return ({ task }: Chosen, out) => {
      if (!isFirst) out.line();
      isFirst = false;
      out.line(taskHeader(task));
    };
  },
});

/** Whether each task is named before its part: not where a table or a tree of tasks names it. */
const isHeaded = ({ commands }: ForeachPlan, given: ReadonlySet<string>): boolean =>
  !given.has('R') && !commands.includes('ps') && !(commands.includes('sig') && given.has('g'));

/** The summary of `set` for a task, without making it the context. */
function contextOf(target: Target, task: Task, commands: CommandContext['commands']): Nested {
  const nested = commands.get('set');
  if (!nested) throw new CommandError('command not found: set');
  return { nested, item: describeContext(target, task), print: printContext, task };
}

/**
 * The blank lines after the answers of one task: `all` of them; only those `between` answers; or a `single` one after
 * each, where only tasks with matches are shown.
 */
class TaskPart {
  readonly #gaps: 'all' | 'between' | 'single';
  #owed = 0;
  #hasText = false;
  constructor(gaps: 'all' | 'between' | 'single') {
    this.#gaps = gaps;
  }

  /** An Out that passes this part's lines to `out`. */
  through(out: Out): Out {
    const begin = (): void => {
      for (; this.#owed > 0; this.#owed--) out.gap();
      this.#hasText = true;
    };
    return {
      line: (text) => {
        begin();
        out.line(text);
      },
      write: (text) => {
        begin();
        out.write(text);
      },
      gap: () => {
        if (this.#gaps === 'between') this.#owed++;
        else if (this.#gaps === 'all' || this.#hasText) out.gap();
        this.#hasText = false;
      },
    };
  }
}

/** foreach's options that this command has, as words. */
function options(
  given: ReadonlySet<string>,
  values: { readonly R?: string; readonly y?: string; readonly F?: number },
  known: Flags,
): string[] {
  return [...given].flatMap((letter) => {
    const flag = known[letter];
    if (!flag) return [];
    if (letter === 'R') return ['-R', values.R ?? ''];
    if (letter === 'y') return ['-y', values.y ?? ''];
    // Options with a value that foreach does not have: the task of vtop's -c, which is set anyway, and vm -f.
    if (flag.value !== undefined) return [];
    return letter === 'F' ? [`-${'F'.repeat(values.F ?? 1)}`] : [`-${letter}`];
  });
}

/** The words of one command for one task. */
function commandLine(
  name: ForeachCommand,
  words: readonly string[],
  task: Task,
  args: readonly string[],
  count: number,
): string[] {
  const address = hex(task.address);
  if (name === 'vtop') return [name, ...words, '-c', address, ...args];
  // The header of ps is printed once.
  return name === 'ps' && count > 0 ? [name, '-H', ...words, address] : [name, ...words, address];
}
