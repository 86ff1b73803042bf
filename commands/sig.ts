import type { Bits } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { groupLeader, threadGroup } from '../src/kernel/task/families.ts';
import {
  otherSignalName,
  type ProcessSignals,
  processSignals,
  SIGNALS,
  signalName,
  signalsIn,
  type ThreadSignals,
  threadSignals,
} from '../src/kernel/task/signals.ts';
import type { Task } from '../src/kernel/task/tasks.ts';
import {
  processSignalLines,
  sharedPendingLines,
  signalLine,
  signalSetLines,
  threadSignalLines,
} from '../src/output/task/signal-lines.ts';
import { taskHeader } from '../src/output/task/task-header.ts';
import { CommandError, defineCommand, error, type Notice } from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { isNumber, parseHex } from '../src/session/line/numbers.ts';
import { findTasks, noSuchTask } from '../src/session/state/task-words.ts';

/** A task's signals; with -g those of all its group's threads. */
interface TaskSignals {
  readonly kind: 'task';
  readonly task: Task;
  /** Undefined for a task that has released its signal_struct. */
  readonly process: ProcessSignals | undefined;
  readonly threads: readonly { readonly task: Task; readonly signals: ThreadSignals }[];
}
type SignalRecord =
  | TaskSignals
  | { readonly kind: 'set'; readonly set: Bits; readonly signals: readonly string[] }
  | { readonly kind: 'signal'; readonly number: number; readonly names: readonly string[] };

export default defineCommand({
  name: 'sig',
  group: 'task',
  summary: 'task signal handling',
  synopsis: '[[-l] | [-s sigset]] | [-g] [pid | taskp] ...',
  flags: {
    l: { help: 'list the signals and their numbers' },
    s: { value: 'text', help: 'name the signals of a set' },
    g: { help: 'show the signals of every thread of the group' },
    R: { value: 'text', help: 'not supported', hidden: true },
  },
  operands: [
    {
      name: 'tasks',
      kind: 'text',
      completion: ['task'],
      arity: '*',
      help: 'a pid or a task address',
    },
  ],
  help: `Shows what a task does with each signal, which signals are blocked, and which
were sent to it (private) or to its process (shared) and wait.`,
  examples: [
    { run: 'sig 1', on: 'healthy', shows: 'the signal handling of init' },
    { run: 'sig -s 4002', on: '', shows: 'SIGINT SIGTERM' },
  ],

  *run({ flags, order, operands }, { target, session }): Generator<SignalRecord | Notice> {
    const first = order.find((letter) => letter === 's' || letter === 'l');
    if (first === 's') {
      const set = parseHex(flags.s ?? '');
      yield { kind: 'set', set, signals: [...signalsIn(set)].map(signalName) };
      return;
    }
    if (first === 'l') {
      for (let number = 1; number <= SIGNALS; number++) {
        const other = otherSignalName(number);
        const names = [signalName(number), ...(other === undefined ? [] : [other])];
        yield { kind: 'signal', number, names };
      }
      return;
    }
    const chosen: Task[] = [];
    let bad = false;
    let reference = flags.R !== undefined;
    for (const word of operands.tasks.words) {
      const found = findTasks(target, word);
      chosen.push(...found);
      if (found.length > 0) continue;
      if (!isNumber(word) && (word.includes(',') || target.types.has('task_struct', word))) {
        reference = true;
        continue;
      }
      bad ||= isNumber(word);
      yield error(`${noSuchTask(target, word)}\n`, { kind: 'task', word });
    }
    if (chosen.length === 0 && !bad) chosen.push(session.task);
    if (reference && !flags.g) throw new CommandError('-R not supported yet');
    let idleShown = false;
    for (const task of chosen) {
      const record = flags.g ? group(target, task) : one(target, task);
      // All idle tasks are one group.
      if (!record || (flags.g && task.tgid === 0 && idleShown)) continue;
      idleShown ||= task.tgid === 0;
      yield record;
    }
  },

  printer({ flags }, { headed }) {
    return byKind<SignalRecord>({
      task({ task, process, threads }, out) {
        const lines = [...(headed ? [taskHeader(task)] : []), ...processSignalLines(process)];
        const shared = process ? sharedPendingLines(process) : [];
        if (flags.g) {
          lines.push(...shared);
          for (const each of threads) {
            const own = [taskHeader(each.task), ...threadSignalLines(each.signals)];
            lines.push('', ...own.map((line) => `  ${line}`));
          }
        } else if (process) {
          for (const { signals } of threads) lines.push(...threadSignalLines(signals));
          lines.push(...shared);
        }
        for (const line of lines) out.line(line);
        out.gap();
      },
      set({ signals }, out) {
        for (const line of signalSetLines(signals)) out.line(line);
      },
      signal({ number, names }, out) {
        out.line(signalLine(number, names));
      },
    });
  },
});

const withSignals = (target: Target) => (task: Task) => ({
  task,
  signals: threadSignals(target, task),
});

const one = (target: Target, task: Task): TaskSignals => ({
  kind: 'task',
  task,
  process: processSignals(target, task),
  threads: [task].map(withSignals(target)),
});

/** The leader first, then the other threads. */
function group(target: Target, task: Task): TaskSignals | undefined {
  const leader = groupLeader(target, task);
  if (!leader) return undefined;
  const others = threadGroup(target, leader.tgid).filter((other) => other !== leader);
  return {
    kind: 'task',
    task: leader,
    process: processSignals(target, leader),
    threads: [leader, ...others].map(withSignals(target)),
  };
}
