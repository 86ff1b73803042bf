import { machineCpus } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { activeTasks, type Task, taskTable } from '../task/tasks.ts';
import { lastRun, runQueueClock } from '../task/times.ts';
import { blockedAt } from '../waits/waiting-time.ts';
import { type Clocks, readClocks } from './clocks.ts';
import type { TimelineEvent } from './events.ts';
import { blockEvents, logEvents, rcuEvents, timerEvents, workqueueEvents } from './sources.ts';

/** The last time that a task ran on a CPU. */
export interface TaskRun {
  readonly pid: number;
  readonly comm: string;
  readonly from: bigint;
  /** The end of the run; for a task that was running at the end, that of the window. */
  readonly to: bigint;
  readonly atEnd: boolean;
}

/** A CPU over the time of the window. */
export interface CpuTime {
  readonly cpu: number;
  /** rq->clock: when it last updated its run queue. An idle CPU does so rarely. */
  readonly clock: bigint;
  readonly current: Task | undefined;
  /** What is known of it: of each task the last run alone. By their start. */
  readonly runs: readonly TaskRun[];
}

/** The last moments of a machine. Times are nanoseconds since boot of local_clock(). */
export interface Timeline {
  readonly from: bigint;
  readonly to: bigint;
  readonly events: readonly TimelineEvent[];
  readonly cpus: readonly CpuTime[];
}

const SOURCES: readonly ((target: Target, clocks: Clocks) => Iterable<TimelineEvent>)[] = [
  logEvents,
  timerEvents,
  rcuEvents,
  blockEvents,
  workqueueEvents,
];

/**
 * What is known of the last `length` nanoseconds, by time. A source that cannot be read is a loss. Throws MissingError
 * where the kernel's clocks are not known.
 */
export function timeline(target: Target, length: bigint): Timeline {
  const clocks = readClocks(target);
  const all: TimelineEvent[] = [];
  for (const source of SOURCES) {
    // What a kernel does not have has no events: a machine without disks, without tree RCU.
    target.losses.ifThere('event', undefined, () => {
      for (const event of source(target, clocks)) all.push(event);
    });
  }
  // The log goes on after the last tick, while the machine dies.
  let to = clocks.now;
  for (const { source, at } of all) if (source === 'log' && at > to) to = at;
  const from = to > length ? to - length : 0n;
  const cpus = readCpus(target, from, to);
  for (const event of schedulerEvents(cpus)) all.push(event);
  const events = all.filter(({ at }) => at >= from && at <= to).sort(byTime);
  return { from, to, events, cpus };
}

/** Events of one moment and one source stay in their order: that of the log says what came first. */
function byTime(a: TimelineEvent, b: TimelineEvent): number {
  if (a.at !== b.at) return a.at < b.at ? -1 : 1;
  return a.source < b.source ? -1 : a.source > b.source ? 1 : 0;
}

function readCpus(target: Target, from: bigint, last: bigint): readonly CpuTime[] {
  const runs = new Map<number, TaskRun[]>();
  const clocks = new Map<number, bigint>();
  for (const cpu of machineCpus(target)) {
    const clock = target.losses.attempt(`clock of CPU ${cpu}`, undefined, () =>
      runQueueClock(target, cpu),
    );
    if (clock !== undefined) clocks.set(cpu, clock);
    runs.set(cpu, []);
  }
  const active = new Set([...activeTasks(target).values()].map(({ address }) => address));
  for (const task of taskTable(target).tasks) {
    const start = target.losses.attempt(`times of task ${task.pid}`, task.address, () =>
      lastRun(target, task),
    );
    if (!start || task.pid === 0) continue;
    const atEnd = active.has(task.address);
    const end = atEnd ? last : blockedAt(target, task);
    if (end === undefined || end < from || end < start) continue;
    const { pid, comm } = task;
    runs.get(task.cpu)?.push({ pid, comm, from: start, to: end, atEnd });
  }
  return [...clocks].map(([cpu, clock]) => ({
    cpu,
    clock,
    current: activeTasks(target).get(cpu),
    runs: (runs.get(cpu) ?? []).sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)),
  }));
}

function* schedulerEvents(cpus: readonly CpuTime[]): Generator<TimelineEvent> {
  for (const { cpu, clock, runs } of cpus) {
    for (const { pid, comm, from, to, atEnd } of runs) {
      const time = `${(Number(to - from) / 1e6).toFixed(3)} ms`;
      const text = atEnd ? `${comm} begins to run, up to the end` : `${comm} runs for ${time}`;
      yield { source: 'scheduler', at: from, precision: 0n, cpu, pid, text };
    }
    const text = `the clock of CPU ${cpu}'s run queue stops`;
    yield { source: 'scheduler', at: clock, precision: 0n, cpu, text };
  }
}
