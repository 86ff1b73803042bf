import { NoUserStackError, taskArguments, taskEnvironment } from '../../src/kernel/mm/arguments.ts';
import { processRow } from '../../src/kernel/stacktrace/process-row.ts';
import { childrenOf, groupLeader, lineage, threadGroup } from '../../src/kernel/task/families.ts';
import { resourceLimits } from '../../src/kernel/task/rlimits.ts';
import { isGroupLeader, stateCode } from '../../src/kernel/task/state.ts';
import { isActive, type Task } from '../../src/kernel/task/tasks.ts';
import { lastRun, runQueueClock, sinceLastRun, taskTimes } from '../../src/kernel/task/times.ts';
import { uptimeSeconds } from '../../src/kernel/time/clock.ts';
import { error } from '../../src/session/command/command.ts';
import type { CpuGroup, Item, Request } from './records.ts';

/** The views that exclude each other. */
export const VIEWS = new Set(['a', 't', 'c', 'p', 'g', 'l', 'm', 'S', 'r', 'A']);

/** Whether the options ask for the plain list of processes, all or with -A the running ones. */
export const isTable = (order: readonly string[]): boolean =>
  !order.some((letter) => VIEWS.has(letter) && letter !== 'A');

/** A view of one task after the other. */
type TaskView = (task: Task, request: Request) => Iterable<Item>;

export const TASK_VIEWS: Readonly<Record<string, TaskView>> = {
  p: function* (task, { target }) {
    yield { kind: 'ancestors', tasks: lineage(target, task) };
  },
  c: function* (task, { target }) {
    yield { kind: 'children', tasks: [task, ...childrenOf(target, task)] };
  },
  g: function* (task, { target, tests }) {
    const leader = tests ? groupLeader(target, task) : task;
    const group = leader ? threadGroup(target, leader.tgid) : [];
    // All idle tasks lead group 0: it is shown with the first of them.
    if (!leader || !isGroupLeader(leader) || (leader.pid === 0 && leader !== group[0])) return;
    const others = group.filter((other) => other !== leader);
    yield { kind: 'threads', tasks: [leader, ...others] };
  },
  a: function* (task, { target }) {
    if (task.mm === 0n) {
      yield { kind: 'strings', task, arguments: undefined, environment: undefined };
      yield error('no user stack\n');
      return;
    }
    let reason: string | undefined;
    const strings = { arguments: read(taskArguments), environment: read(taskEnvironment) };
    yield { kind: 'strings', task, ...strings };
    if (reason !== undefined) yield error(`${reason}\n`);

    function read(part: typeof taskArguments): readonly string[] | undefined {
      try {
        return part(target, task);
      } catch (failure) {
        if (!(failure instanceof NoUserStackError)) throw failure;
        reason ??= failure.message;
        return undefined;
      }
    }
  },
  r: function* (task, { target }) {
    yield { kind: 'limits', task, limits: resourceLimits(target, task) };
  },
};

/** Views that need all tasks before the first line. */
export const LIST_VIEWS: Readonly<Record<string, (request: Request) => Iterable<Item>>> = {
  *S({ tasks }) {
    const counts = new Map<string, number>();
    for (const { state } of tasks) {
      counts.set(stateCode(state), (counts.get(stateCode(state)) ?? 0) + 1);
    }
    for (const [state, number] of counts) yield { kind: 'count', state, number };
  },
  *t({ target, tasks }) {
    const up = uptimeSeconds(target);
    const times = tasks.map((task) => ({ task, ...taskTimes(target, task) }));
    times.sort((a, b) => Number(a.start - b.start));
    for (const each of times) {
      const seconds = Math.max(0, Math.floor(up) - Number(each.start / SECOND));
      yield { kind: 'times', ...each, seconds };
    }
  },
  *l(request) {
    const runs = byLastRun(request);
    const latest = runs[0]?.time ?? 0n;
    for (const item of perCpu(request, runs)) {
      if ('cpu' in item) yield item;
      else yield { kind: 'last-run', ...item, latest };
    }
  },
  *m(request) {
    const clocks = new Map<number, bigint>();
    for (const item of perCpu(request, byLastRun(request))) {
      if ('cpu' in item) {
        yield item;
        continue;
      }
      const { task, state } = item;
      const clock = clocks.get(task.cpu) ?? runQueueClock(request.target, task.cpu);
      clocks.set(task.cpu, clock);
      const elapsed = sinceLastRun(request.target, task, clock);
      yield { kind: 'since-run', elapsed, clock, state, task };
    }
  },
};
const SECOND = 1_000_000_000n;

/** When a task last began to run, in nanoseconds of its CPU's clock. */
interface Run {
  readonly task: Task;
  readonly time: bigint;
  readonly state: string;
}

/** The tasks, the latest to run first. */
function byLastRun({ target, tasks }: Request): Run[] {
  return tasks
    .map((task) => ({ task, time: lastRun(target, task), state: stateCode(task.state) }))
    .sort((a, b) => (a.time < b.time ? 1 : a.time > b.time ? -1 : 0));
}

/** With -C: the tasks of each CPU under its number. */
function* perCpu({ cpus }: Request, runs: readonly Run[]): Generator<Run | CpuGroup> {
  if (!cpus) yield* runs;
  for (const cpu of cpus ?? []) {
    yield { kind: 'cpu', cpu };
    yield* runs.filter(({ task }) => task.cpu === cpu);
  }
}

/** The table: with -A and no words, of the running tasks only. */
export function* table(
  { target, tasks, tests }: Request,
  view: string | undefined,
  withStack: boolean,
): Generator<Item> {
  for (const task of tasks) {
    if (view === 'A' && !tests && !isActive(target, task)) continue;
    yield { kind: 'process', ...processRow(target, task, withStack) };
  }
}
