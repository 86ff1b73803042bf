import type { Fault } from '../src/base/errors.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { taskMember, taskStructs } from '../src/kernel/task/members.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import type { ShownValue } from '../src/kernel/values/shown-value.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  type Out,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { isNumber } from '../src/session/line/numbers.ts';
import type { Session } from '../src/session/state/session.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';

type TaskRecord =
  | { readonly kind: 'task'; readonly task: Task }
  /** The task_struct, then its thread_info. */
  | { readonly kind: 'structs'; readonly structs: readonly ShownValue[] }
  /** A member of the task_struct, of the thread_info, or of both. */
  | { readonly kind: 'member'; readonly member: string; readonly values: readonly ShownValue[] };

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

  *run({ flags, operands, order }, { target, session }): Generator<TaskRecord | Notice> {
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
        yield error(`${noSuchTask(target, word)}\n`, { kind: 'task', word });
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
        const structs = taskStructs(target, task, radix);
        yield { kind: 'task', task };
        yield { kind: 'structs', structs };
      }
    }
  },

  printer(_, { headed }) {
    let isOpen = false;
    const close = (out: Out): void => {
      if (isOpen) out.gap();
    };
    const print = byKind<TaskRecord>({
      task({ task }, out) {
        close(out);
        isOpen = true;
        if (headed) out.line(taskHeader(task));
      },
      structs({ structs }, out) {
        out.line(structs.map(({ text }) => text()).join('\n\n'));
      },
      member({ values }, out) {
        for (const { text } of values) out.line(text());
      },
    });
    return Object.assign(print, { end: close });
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

/** The members in the order of their names; an unknown one is reported in its place. */
function* members(
  target: Target,
  task: Task,
  names: readonly string[],
  radix: 10 | 16,
): Generator<TaskRecord | Notice> {
  const found = names.map((member) => ({
    member,
    values: taskMember(target, task, member, radix),
  }));
  yield { kind: 'task', task };
  for (const { member, values } of found) {
    if (values.length > 0) yield { kind: 'member', member, values };
    else if (/[.[]/.test(member))
      yield error(`invalid data structure member reference: ${member}`, fault(member));
    else yield error(`${member}: not a task_struct or thread_info member`, fault(member));
  }
}
