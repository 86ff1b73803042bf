import type { Fault } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { taskMemberText, taskText } from '../src/kernel/task/members.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import { CommandError, defineCommand, error, type Notice } from '../src/session/command/command.ts';
import { isNumber } from '../src/session/line/numbers.ts';
import type { Session } from '../src/session/state/session.ts';
import { findTasks } from '../src/session/state/task-words.ts';

interface TaskRecord {
  readonly task: Task;
  /** The structures whole, or one member's lines; none where only errors are to be told. */
  readonly text: readonly string[];
  /** The member; absent for whole structures. */
  readonly member?: string;
  /** This is the task's first record, its last one. */
  readonly first?: boolean;
  readonly last?: boolean;
}

export default defineCommand({
  name: 'task',
  group: 'task',
  summary: 'task_struct and thread_info contents',
  synopsis: '[-R member[,member]] [-dx] [pid | taskp] ...',
  flags: {
    R: {
      value: 'text',
      completion: ['member:task_struct'],
      repeat: true,
      help: 'only these members of task_struct or thread_info',
    },
    x: { help: 'numbers in hexadecimal' },
    d: { help: 'numbers in decimal' },
    h: { help: 'the same as -x', hidden: true },
  },
  operands: [
    {
      name: 'tasks',
      kind: 'text',
      completion: ['task'],
      arity: '*',
      help: 'a pid, a task address, or a member of task_struct',
    },
  ],
  help: `Shows the task_struct and the thread_info of tasks, of the current context
when none is named. With -R, or with member names among the words, only those
members; a.b[2].c reaches inside.`,
  examples: [
    { run: 'task -R pid,comm 1', on: '', shows: 'two members of init' },
    { run: 'task -x', on: '', shows: 'everything, in hexadecimal' },
  ],

  *run({ flags, operands, order }, { target, session }) {
    const wanted = [...(flags.R ?? [])];
    const chosen: Task[] = [];
    let bad = false;
    const radix = chosenRadix(order, session);
    for (const word of operands.tasks.words) {
      const found = findTasks(target, word);
      chosen.push(...found);
      if (found.length > 0) continue;
      if (isNumber(word)) {
        bad = true;
        yield error(`invalid task or pid value: ${word}\n`, { kind: 'task', word });
      } else if (/[,.[]/.test(word) || target.types.has('task_struct', word)) wanted.push(word);
      else {
        yield error(`invalid task, pid, or task_struct member: ${word}\n`, fault(word));
      }
    }
    if (chosen.length === 0 && !bad) chosen.push(session.task);
    const names = wanted.flatMap((list) => list.split(/[,\s]+/)).filter((name) => name !== '');
    for (const task of chosen) {
      if (names.length > 0) yield* members(target, task, names, radix);
      else {
        const text = [taskText(target, task, radix).join('\n\n')];
        yield { task, text, first: true, last: true };
      }
    }
  },

  print({ task, text, first, last }: TaskRecord, out) {
    if (first) out.line(taskHeader(task));
    for (const lines of text) out.line(lines);
    if (last) out.line();
  },
});

function chosenRadix(order: readonly string[], session: Session): 10 | 16 {
  const hexadecimal = order.includes('x') || order.includes('h');
  if (hexadecimal && order.includes('d')) {
    throw new CommandError('-d and -x are mutually exclusive');
  }
  if (order.includes('d')) return 10;
  return hexadecimal ? 16 : session.settings.radix;
}

const fault = (word: string): Fault => ({ kind: 'member', word, of: 'task_struct' });

/** The members in the order of their names; what is none is reported in its place. */
function* members(
  target: Target,
  task: Task,
  names: readonly string[],
  radix: 10 | 16,
): Generator<TaskRecord | Notice> {
  const texts = names.map((member) => ({
    member,
    text: taskMemberText(target, task, member, radix),
  }));
  // Errors are no records: a task whose first or last member is one gets a record of its own there.
  if (texts[0]?.text.length === 0) yield { task, text: [], first: true };
  for (const [index, { member, text }] of texts.entries()) {
    if (text.length > 0) {
      yield { task, member, text, first: index === 0, last: index === texts.length - 1 };
    } else if (/[.[]/.test(member))
      yield error(`invalid data structure member reference: ${member}`, fault(member));
    else yield error(`${member}: not a task_struct or thread_info member`, fault(member));
  }
  if (texts.at(-1)?.text.length === 0) yield { task, text: [], last: true };
}
