import { type StackFunction, stackGroups } from '../src/kernel/stacktrace/stack-groups.ts';
import { STATE_CODES, stateCode } from '../src/kernel/task/state.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { taskWords } from '../src/output/task/wait-lines.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { CommandError, defineCommand, type Out } from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';
import { isQuoted, parsePattern } from '../src/session/line/pattern.ts';

type StacksRecord =
  | {
      readonly kind: 'stack';
      readonly count: number;
      /** Innermost first; empty for tasks that were in user space. */
      readonly functions: readonly StackFunction[];
      /** The letters of ps: RU IN UN ..., each once. */
      readonly states: readonly string[];
      readonly tasks: readonly Task[];
    }
  | {
      readonly kind: 'summary';
      readonly stacks: number;
      readonly tasks: number;
      /** Tasks without a stack, and those whose stack cannot be read. */
      readonly without: number;
      readonly unread: number;
    };

export default defineCommand({
  name: 'stacks',
  group: 'task',
  summary: 'all stacks, equal ones once',
  synopsis: '[-v] [-s state[,state]] [-f function] [-m module]',
  flags: {
    s: {
      value: 'text',
      repeat: true,
      help: 'only tasks in these states of ps: RU, IN, UN, ZO and so on',
    },
    f: {
      value: 'text',
      completion: ['symbol'],
      repeat: true,
      help: "only stacks with this function; a pattern in single quotes: 'mutex'",
    },
    m: { value: 'module', repeat: true, help: 'only stacks with a function of this module' },
    v: { help: 'the names of all tasks, not of some' },
  },
  operands: [],
  help: `Shows the stacks of all tasks. Those in which the same functions called each
other are shown once, with the number of their tasks: a page tells what twenty
thousand threads were at. The stack of the most tasks comes first.

Filters are joined: -s UN -m ext4 is what is stuck in ext4. A filter that is
given twice takes either.`,
  examples: [
    { run: 'stacks -s UN', on: 'mutex-deadlock', shows: 'what is in uninterruptible sleep' },
    { run: 'stacks -m faulty', on: '', shows: 'who was in a module' },
    { run: "stacks -f 'nanosleep$'", on: '', shows: 'who sleeps for a time' },
  ],

  *run({ flags }, { target }): Generator<StacksRecord> {
    const states = flags.s && statesOf(flags.s);
    const functions = flags.f?.map(functionTest);
    const modules = flags.m && new Set(flags.m);
    const isWanted = (stack: readonly StackFunction[]): boolean =>
      (!functions || stack.some(({ symbol }) => functions.some((test) => test(symbol)))) &&
      (!modules || stack.some(({ module }) => module !== undefined && modules.has(module)));
    const found = stackGroups(target, ({ state }) => !states || states.has(stateCode(state)));
    const groups = found.groups.filter((group) => isWanted(group.functions));
    for (const group of groups) {
      const letters = new Set(group.tasks.map(({ state }) => stateCode(state)));
      yield { kind: 'stack', count: group.tasks.length, ...group, states: [...letters].sort() };
    }
    yield {
      kind: 'summary',
      stacks: groups.length,
      tasks: groups.reduce((sum, { tasks }) => sum + tasks.length, 0),
      without: found.without,
      unread: found.unread,
    };
  },

  printer({ flags }) {
    const part = blankBetween();
    return byKind<StacksRecord>({
      stack({ count, functions, states, tasks }, out) {
        part(out);
        out.line(`${tasksWord(count)}, ${states.join(' ')}:`);
        printTasks(tasks, flags.v === true, out);
        if (functions.length === 0) out.line('    (in user space)');
        for (const { symbol, module } of functions) {
          out.line(
            `    ${displayBytes(symbol) || '(no name)'}${module === undefined ? '' : ` [${displayBytes(module)}]`}`,
          );
        }
      },
      summary({ stacks, tasks, without, unread }, out) {
        part(out);
        const count = stacks === 1 ? '1 stack' : `${stacks} different stacks`;
        out.line(`${count} of ${tasksWord(tasks)}`);
        if (without > 0 && !flags.f && !flags.m) out.line(`${tasksWord(without)} without a stack`);
        if (unread > 0) out.line(`${tasksWord(unread)} whose stack cannot be read`);
      },
    });
  },
});

const tasksWord = (count: number): string => (count === 1 ? '1 task' : `${count} tasks`);

/** Columns of a terminal. */
const WIDTH = 80;

/** Tasks as rows of names; without `all` one row, and how many there are more. */
function printTasks(tasks: readonly Task[], all: boolean, out: Out): void {
  let row = ' ';
  for (const [i, task] of tasks.entries()) {
    const word = ` ${taskWords(task)}${i + 1 < tasks.length ? ',' : ''}`;
    const more = ` ... ${tasks.length - i} more`;
    const room = WIDTH - (all || i + 1 === tasks.length ? 0 : more.length);
    if (row !== ' ' && row.length + word.length > room) {
      if (!all) {
        out.line(row + more);
        return;
      }
      out.line(row);
      row = ' ';
    }
    row += word;
  }
  out.line(row);
}

/** Throws CommandError for letters that are no state. */
function statesOf(lists: readonly string[]): ReadonlySet<string> {
  const states = new Set<string>();
  for (const word of lists.flatMap((list) => list.split(','))) {
    const code = word.toUpperCase();
    if (!(STATE_CODES as readonly string[]).includes(code)) {
      throw new CommandError(`invalid state: ${word} (known: ${STATE_CODES.join(' ')})`);
    }
    states.add(code);
  }
  return states;
}

/** A name is compared with what the compiler's suffixes (.constprop.0, .isra.0) leave of it, too. */
function functionTest(word: string): (symbol: string) => boolean {
  if (isQuoted(word)) {
    const pattern = parsePattern(word);
    return (symbol) => pattern.test(symbol);
  }
  return (symbol) => symbol === word || symbol.startsWith(`${word}.`);
}
