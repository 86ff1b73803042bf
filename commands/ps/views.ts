import { NoUserStackError, taskArguments, taskEnvironment } from '../../src/kernel/mm/arguments.ts';
import { processRow } from '../../src/kernel/stacktrace/process-row.ts';
import { childrenOf, groupLeader, lineage, threadGroup } from '../../src/kernel/task/families.ts';
import { resourceLimits } from '../../src/kernel/task/rlimits.ts';
import { isGroupLeader, stateCode } from '../../src/kernel/task/state.ts';
import { isActive, type Task } from '../../src/kernel/task/tasks.ts';
import { lastRun, runQueueClock, sinceLastRun, taskTimes } from '../../src/kernel/task/times.ts';
import { uptimeSeconds } from '../../src/kernel/time/clock.ts';
import { daysAndTime, taskHeader } from '../../src/output/task/task-header.ts';
import { error, plain } from '../../src/session/command/command.ts';
import type { Item, LastRun, Request } from './records.ts';

/** A view of one task after the other. */
type TaskView = (task: Task, request: Request) => Iterable<Item>;

export const TASK_VIEWS: Readonly<Record<string, TaskView>> = {
  p: function* (task, { target }) {
    const tasks = lineage(target, task);
    yield { indents: tasks.map((_, depth) => depth), tasks };
  },
  c: function* (task, { target }) {
    const children = childrenOf(target, task);
    const indents = [0, ...children.map(() => 2)];
    yield {
      indents,
      tasks: [task, ...children],
      ...(children.length ? {} : { none: '(no children)' }),
    };
  },
  g: function* (task, { target, tests }) {
    const leader = tests ? groupLeader(target, task) : task;
    const group = leader ? threadGroup(target, leader.tgid) : [];
    // The idle tasks all lead group 0: it is shown with the first of them.
    if (!leader || !isGroupLeader(leader) || (leader.pid === 0 && leader !== group[0])) return;
    const others = group.filter((other) => other !== leader);
    const indents = [0, ...others.map(() => 2)];
    yield {
      indents,
      tasks: [leader, ...others],
      ...(others.length ? {} : { none: '(no threads)' }),
    };
  },
  a: function* (task, { target }) {
    if (task.mm === 0n) {
      yield plain(taskHeader(task));
      yield error('no user stack\n');
      return;
    }
    const strings = {
      process: task,
      arguments: read(taskArguments),
      environment: read(taskEnvironment),
    };
    yield strings;
    const failure = [strings.arguments, strings.environment].find(
      (part) => typeof part === 'string',
    );
    if (typeof failure === 'string') yield error(`${failure}\n`);

    function read(part: typeof taskArguments): readonly string[] | string {
      try {
        return part(target, task);
      } catch (failure) {
        if (failure instanceof NoUserStackError) return failure.message;
        throw failure;
      }
    }
  },
  r: function* (task, { target }) {
    yield { limited: task, limits: resourceLimits(target, task) };
  },
};

/** Views that need all tasks before the first line. */
export const LIST_VIEWS: Readonly<Record<string, (request: Request) => Iterable<Item>>> = {
  *S({ tasks }) {
    const counts = new Map<string, number>();
    for (const { state } of tasks) {
      counts.set(stateCode(state), (counts.get(stateCode(state)) ?? 0) + 1);
    }
    for (const [state, number] of counts) yield { state, number };
  },
  *t({ target, tasks }) {
    const up = uptimeSeconds(target);
    const times = tasks.map((timed) => ({ timed, ...taskTimes(target, timed) }));
    times.sort((a, b) => Number(a.start - b.start));
    for (const each of times) {
      yield { ...each, seconds: Math.max(0, Math.floor(up) - Number(each.start / SECOND)) };
    }
  },
  *l(request) {
    const runs = byLastRun(request);
    const text = (time: bigint): string => time.toString(request.hexadecimal ? 16 : 10);
    const width = text(runs[0]?.time ?? 0n).length;
    for (const item of perCpu(request, runs)) {
      yield typeof item === 'string'
        ? plain(item)
        : { ...item, label: text(item.time).padStart(width) };
    }
  },
  *m(request) {
    const clocks = new Map<number, bigint>();
    for (const item of perCpu(request, byLastRun(request))) {
      if (typeof item === 'string') {
        yield plain(item);
        continue;
      }
      const { cpu } = item.ran;
      const clock = clocks.get(cpu) ?? runQueueClock(request.target, cpu);
      clocks.set(cpu, clock);
      const time = sinceLastRun(request.target, item.ran, clock);
      const width = daysAndTime(clock).length;
      yield { ...item, time, label: daysAndTime(time).padStart(width) };
    }
  },
};
const SECOND = 1_000_000_000n;

/** The tasks, the latest to run first. */
function byLastRun({ target, tasks }: Request): LastRun[] {
  return tasks
    .map((ran) => ({ ran, time: lastRun(target, ran), state: stateCode(ran.state), label: '' }))
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

/** With -C: the tasks of each CPU under its number. */
function* perCpu({ cpus }: Request, runs: readonly LastRun[]): Generator<LastRun | string> {
  if (!cpus) yield* runs;
  for (const [index, cpu] of (cpus ?? []).entries()) {
    yield `${index > 0 ? '\n' : ''}CPU: ${cpu}`;
    yield* runs.filter(({ ran }) => ran.cpu === cpu);
  }
}

/** The table: with -A and no words, of the running tasks only. */
export function* table(
  { target, tasks, tests }: Request,
  view: string | undefined,
  withStack: boolean,
) {
  for (const task of tasks) {
    if (view === 'A' && !tests && !isActive(target, task)) continue;
    yield processRow(target, task, withStack);
  }
}
