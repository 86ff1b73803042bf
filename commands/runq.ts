import { hex, type VAddr } from '../src/base/address.ts';
import { machineCpus } from '../src/kernel/core/cpus.ts';
import type { Target } from '../src/kernel/core/target.ts';
import {
  type QueuedTask,
  type RunQueue,
  runQueue,
  tasksOnQueues,
} from '../src/kernel/sched/runqueues.ts';
import {
  FairGroups,
  type GroupEntry,
  groupQueueOn,
  realtimeGroups,
} from '../src/kernel/sched/task-groups.ts';
import { activeTasks, type Task } from '../src/kernel/task/tasks.ts';
import { lastRun, runQueueClock, sinceLastRun } from '../src/kernel/task/times.ts';
import { daysAndTime, shortTaskHeader } from '../src/output/task/task-header.ts';
import { CommandError, defineCommand, type Out } from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';

type RunqRecord =
  | ({ readonly kind: 'queue' } & RunQueue)
  | {
      readonly kind: 'groups';
      readonly cpu: number;
      readonly current: Task | undefined;
      /** Address of root_task_group. */
      readonly root: VAddr;
      /** Address of its rt_rq, 0 for none, and the entries in it and in the groups below. */
      readonly realtime: VAddr;
      readonly realtimeEntries: readonly GroupEntry[];
      /** Address of its cfs_rq, 0 for none, and the entries in it and in the groups below. */
      readonly fair: VAddr;
      readonly fairEntries: readonly GroupEntry[];
    }
  | { readonly kind: 'on-queue'; readonly cpu: number; readonly queued: readonly QueuedTask[] }
  | {
      readonly kind: 'clock' | 'running';
      readonly cpu: number;
      /** Nanoseconds of the CPU's clock. */
      readonly clock: bigint;
      readonly current: Task | undefined;
      /** Start of the task's last run. */
      readonly ran: bigint | undefined;
      /** With -m: nanoseconds since then. */
      readonly running?: bigint;
    }
  | {
      readonly kind: 'lag';
      readonly cpu: number;
      readonly clock: bigint;
      /** Nanoseconds behind the latest clock. */
      readonly lag: bigint;
    };
type Groups = Extract<RunqRecord, { readonly kind: 'groups' }>;

const NANOSECONDS = 1e9;

export default defineCommand({
  name: 'runq',
  group: 'task',
  summary: 'run queue',
  synopsis: '[-t] [-T] [-m] [-g] [-c cpu(s)]',
  flags: {
    t: { help: "show each cpu's clock and when its task last began to run" },
    T: { help: 'show how far each clock lags behind the latest' },
    m: { help: 'show how long the task of each cpu has been running' },
    g: { help: 'show the queues by task group' },
    c: { value: 'cpus', help: 'only these cpus' },
    d: { help: 'show the tasks that say of themselves that they are on a queue', hidden: true },
  },
  operands: [{ name: 'ignored', kind: 'text', arity: '*', help: 'words are ignored' }],
  help: `Shows the tasks that wait for each CPU: those of the real-time class by
priority, those of the fair class in the order of their tree, deadline tasks
when there are any.`,
  examples: [
    { run: 'runq', on: '', shows: 'the queues of all cpus' },
    { run: 'runq -m', on: '', shows: 'how long each cpu has been busy with its task' },
  ],

  *run({ flags }, { target }): Generator<RunqRecord> {
    const cpus = flags.c ?? machineCpus(target);
    if (flags.t) yield* clocks(target, cpus);
    else if (flags.T) yield* lags(target, machineCpus(target));
    else if (flags.m) yield* busy(target, cpus);
    else {
      for (const cpu of cpus) {
        if (flags.d) yield { kind: 'on-queue', cpu, queued: tasksOnQueues(target, cpu) };
        else if (flags.g) yield byGroup(target, cpu);
        else yield { kind: 'queue', ...runQueue(target, cpu) };
      }
    }
  },

  printer(_, { settings, widths }) {
    const part = blankBetween();
    const digits = String(widths.cpus).length;
    const number = (cpu: number): string =>
      `${' '.repeat(Math.max(0, digits + 1 - String(cpu).length))}CPU ${cpu}: `;
    let width = 0;
    return byKind<RunqRecord>({
      queue(queue, out) {
        part(out);
        printQueue(queue, out);
      },
      groups(groups, out) {
        part(out);
        printGroups(groups, out);
      },
      'on-queue'({ cpu, queued }, out) {
        part(out);
        out.line(`CPU ${cpu}`);
        printQueued(queued, out);
      },
      clock({ cpu, clock, current, ran }, out) {
        const lead = `${cpu < 10 ? ' ' : ''}CPU ${cpu}: `;
        const text = clock.toString(settings.radix);
        out.line(lead + text);
        const time = ran?.toString(settings.radix).padStart(text.length, '0');
        const task = current && time !== undefined ? `${time}  ${shortTaskHeader(current)}` : '';
        out.line(task === '' ? '' : ' '.repeat(lead.length) + task);
      },
      lag({ cpu, lag }, out) {
        const blanks = ' '.repeat(2 + digits - String(cpu).length);
        out.line(`${blanks}CPU ${cpu}: ${(Number(lag) / NANOSECONDS).toFixed(2)} secs`);
      },
      running({ cpu, clock, current, running }, out) {
        width ||= daysAndTime(clock).length;
        if (!current) out.line(`${number(cpu)}[unknown]`);
        else {
          const time = daysAndTime(running ?? 0n).padStart(width);
          out.line(`${number(cpu)}[${time}]  ${shortTaskHeader(current)}`);
        }
      },
    });
  },
});

function* clocks(target: Target, cpus: readonly number[]): Generator<RunqRecord> {
  for (const cpu of cpus) {
    const clock = runQueueClock(target, cpu);
    const current = activeTasks(target).get(cpu);
    yield { kind: 'clock', cpu, clock, current, ran: current && lastRun(target, current) };
  }
}

function* lags(target: Target, cpus: readonly number[]): Generator<RunqRecord> {
  const clocks = cpus.map((cpu) => ({ cpu, clock: runQueueClock(target, cpu) }));
  clocks.sort((a, b) => Number(b.clock - a.clock));
  const latest = clocks[0]?.clock ?? 0n;
  for (const { cpu, clock } of clocks) yield { kind: 'lag', cpu, clock, lag: latest - clock };
}

function* busy(target: Target, cpus: readonly number[]): Generator<RunqRecord> {
  for (const cpu of cpus) {
    const clock = runQueueClock(target, cpu);
    const current = activeTasks(target).get(cpu);
    const ran = current && lastRun(target, current);
    const running = current && sinceLastRun(target, current, clock);
    yield {
      kind: 'running',
      cpu,
      clock,
      current,
      ran,
      ...(running === undefined ? {} : { running }),
    };
  }
}

function byGroup(target: Target, cpu: number): Groups {
  const root = target.findSymbol('root_task_group');
  if (root === undefined) throw new CommandError('cannot determine root task_group');
  const has = (member: string) => target.types.has('task_group', member);
  if (!has('parent') || !(has('cfs_rq') || has('rt_rq'))) {
    throw new CommandError('-g option not supported or applicable on this architecture or kernel');
  }
  const current = activeTasks(target).get(cpu);
  const none = 0n as VAddr;
  const realtime = has('rt_rq') ? groupQueueOn(target, root, 'rt_rq', cpu) : none;
  const fair = has('cfs_rq') ? groupQueueOn(target, root, 'cfs_rq', cpu) : none;
  return {
    kind: 'groups',
    cpu,
    current,
    root,
    realtime,
    realtimeEntries: realtime === 0n ? [] : [...realtimeGroups(target, realtime)],
    fair,
    fairEntries: fair === 0n ? [] : [...new FairGroups(target, cpu, current).entries(fair)],
  };
}

const currentLine = (current: Task | undefined): string =>
  `  CURRENT: ${current ? shortTaskHeader(current) : '0'}`;
const queuedLine = ({ priority, task }: QueuedTask): string =>
  `[${String(priority).padStart(3)}] ${shortTaskHeader(task)}`;

function printQueued(queued: readonly QueuedTask[], out: Out): void {
  for (const each of queued) out.line(`     ${queuedLine(each)}`);
  if (queued.length === 0) out.line('     [no tasks queued]');
}

function printQueue(queue: RunQueue, out: Out): void {
  out.line(`CPU ${queue.cpu} RUNQUEUE: ${hex(queue.address)}`);
  out.line(currentLine(queue.current));
  // crash has no line for deadline tasks; tscrash has one when there are any.
  if (queue.deadlineTasks.length > 0) {
    out.line(`  DL RB_ROOT: ${hex(queue.deadline)}`);
    printQueued(queue.deadlineTasks, out);
  }
  out.line(`  RT PRIO_ARRAY: ${hex(queue.realtime)}`);
  printQueued(queue.realtimeTasks, out);
  out.line(`  CFS RB_ROOT: ${hex(queue.fair)}`);
  printQueued(queue.fairTasks, out);
}

function printGroups(groups: Groups, out: Out): void {
  out.line(`CPU ${groups.cpu}`);
  out.line(currentLine(groups.current));
  if (groups.realtime !== 0n) {
    out.line(`  ROOT_TASK_GROUP: ${hex(groups.root)}  RT_RQ: ${hex(groups.realtime)}`);
    for (const entry of groups.realtimeEntries) printEntry(entry, 'RT_RQ', 6, out);
  }
  if (groups.fair === 0n) return;
  out.line(`  ROOT_TASK_GROUP: ${hex(groups.root)}  CFS_RQ: ${hex(groups.fair)}`);
  for (const entry of groups.fairEntries) printEntry(entry, 'CFS_RQ', 3, out);
}

function printEntry(entry: GroupEntry, queueName: string, step: number, out: Out): void {
  const indent = ' '.repeat(5 + step * entry.depth);
  if (entry.kind === 'none') out.line(`${indent}[no tasks queued]`);
  else if (entry.kind === 'task') {
    out.line(`${indent}${queuedLine(entry.queued)}${entry.current ? ' [CURRENT]' : ''}`);
  } else {
    const { group, queue, throttled, priority } = entry;
    const name = group.name === undefined ? '' : ` <${group.name}>`;
    const end = `${name}${throttled ? ' (THROTTLED)' : ''}`;
    const text = `TASK_GROUP: ${hex(group.address)}  ${queueName}: ${hex(queue)}`;
    if (priority !== undefined)
      out.line(`${indent}[${String(priority).padStart(3)}] ${text}${end}`);
    else out.line(`${' '.repeat(2 + step * entry.depth)}${text} ${end}`);
  }
}
