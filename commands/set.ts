import { hex } from '../src/base/address.ts';
import { panicTask } from '../src/kernel/panic/panic.ts';
import { activeTasks, cpuCount } from '../src/kernel/task/tasks.ts';
import { CommandError, defineCommand, error, plain } from '../src/session/command/command.ts';
import { isNumber } from '../src/session/line/numbers.ts';
import { TAKES_FOR } from '../src/session/state/confinement.ts';
import {
  type ContextBlock,
  contextLines,
  describeContext,
} from '../src/session/state/context-summary.ts';
import { settingLines, setVariable } from '../src/session/state/settings.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';

export default defineCommand({
  name: 'set',
  group: 'session',
  summary: 'set a process context or internal variable',
  synopsis: '[[-a] [pid | taskp] | [-c cpu] | -p] | [crash_variable [setting]] | -v',
  flags: {
    p: { help: 'make the task that panicked the context' },
    v: { help: 'show all variables' },
    c: { value: 'decimal', help: 'make the task that was running on this cpu the context' },
    a: {
      value: 'text',
      completion: ['task'],
      help: 'count this task as the one that was running on its cpu',
      reach: TAKES_FOR,
    },
  },
  operands: [
    {
      name: 'what',
      kind: 'text',
      completion: ['variable', 'task'],
      arity: '*',
      help: 'a pid, a task address, or a variable and its value',
    },
  ],
  help: `Without words, shows the current context: the task that commands like bt,
vm, files and vtop are about when they are told no other. With a pid or the
address of a task_struct, makes that task the context. With the name of a
variable, shows or changes it; set -v shows all of them.

Two variables are of the terminal alone: annotate, the notes behind a line
that say what its pointers point to, and context, the row under the prompt.

redirect is safe, by which > in pasted output writes no file (it wants a
command before it, a blank beside it and the name of a file after it), or
crash, by which every > does.

safe-path names a folder whose .tscrashrc may be run, by its full path; it
belongs into ~/.tscrashrc, once for each folder. The file of any other folder
is left alone: it may have come with the dump.`,
  examples: [
    { run: 'set 1', on: '', shows: 'the context becomes that of pid 1' },
    { run: 'set radix 16', on: '', shows: 'numbers of struct and p in hexadecimal' },
  ],

  *run({ flags, operands, order }, { target, session }) {
    const show = () => describeContext(target, session.task);
    switch (order[0]) {
      case 'v':
        for (const line of settingLines(session)) yield plain(line);
        return;
      case 'p': {
        const task = panicTask(target);
        if (!task) throw new CommandError('no panic task found!');
        session.setTask(task);
        yield show();
        return;
      }
      case 'c': {
        const cpus = cpuCount(target);
        const cpu = flags.c ?? 0;
        const task = activeTasks(target).get(cpu);
        if (!task && cpu >= cpus) {
          throw new CommandError(
            `invalid cpu number: system has only ${cpus} cpu${cpus > 1 ? 's' : ''}`,
            { fault: { kind: 'cpus', word: String(cpu) } },
          );
        }
        if (!task) throw new CommandError(`cannot determine active task on cpu ${cpu}`);
        // crash prints nothing where nothing changes.
        if (task.address === session.task.address) return;
        session.setTask(task);
        yield show();
        return;
      }
      case 'a': {
        const [task, ...others] = findTasks(target, flags.a ?? '');
        if (!task) {
          throw new CommandError(noSuchTask(target, flags.a ?? ''), {
            fault: { kind: 'task', word: flags.a ?? '' },
          });
        }
        if (others.length > 0) {
          throw new CommandError(
            `pid ${task.pid} has ${others.length + 1} tasks: use a task address`,
          );
        }
        session.markActive(task);
        yield plain(
          `"${task.comm}" task ${hex(task.address)} has been marked as the active task on cpu ${task.cpu}`,
        );
        return;
      }
    }
    if (operands.what.length === 0) yield show();
    for (const [index, word] of operands.what.words.entries()) {
      const line = setVariable(session, operands.what.words.slice(index));
      if (line !== undefined) {
        yield plain(line);
        return;
      }
      const [task] = findTasks(target, word);
      if (!task) {
        const isNumeric = isNumber(word);
        yield error(noSuchTask(target, word), {
          kind: isNumeric ? 'task' : 'variable',
          word,
        });
        continue;
      }
      session.setTask(task);
      yield show();
    }
  },

  print(block: ContextBlock, out) {
    for (const line of contextLines(block)) out.line(line);
  },
});
