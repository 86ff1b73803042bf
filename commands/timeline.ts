import type { EventSource, TimelineEvent } from '../src/kernel/timeline/events.ts';
import { type CpuTime, timeline } from '../src/kernel/timeline/timeline.ts';
import { cpuPicture, PICTURE_COLUMNS } from '../src/output/system/cpu-picture.ts';
import { taskWords } from '../src/output/task/wait-lines.ts';
import { CommandError, defineCommand } from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';

type TimelineRecord =
  | ({ readonly kind: 'event' } & TimelineEvent)
  | {
      readonly kind: 'cpus';
      /** Nanoseconds since boot of local_clock(), as all times here. */
      readonly from: bigint;
      readonly to: bigint;
      readonly cpus: readonly CpuTime[];
    };

const SOURCES: readonly EventSource[] = ['log', 'scheduler', 'timer', 'rcu', 'block', 'workqueue'];
/** Seconds that are shown without -t. */
const SECONDS = 5;
const NANOSECONDS = 1e9;
/** The longest time that is asked for: what -t may say. */
const MOST_SECONDS = 1e9;

export default defineCommand({
  name: 'timeline',
  group: 'system',
  summary: 'the last seconds on one clock',
  synopsis: '[-p] [-t seconds] [-s source[,source]]',
  flags: {
    t: { value: 'decimal', help: 'so many seconds before the end, not 5' },
    s: {
      value: 'text',
      repeat: true,
      help: 'only events of log, scheduler, timer, rcu, block or workqueue',
    },
    p: { help: 'the picture of the CPUs alone' },
  },
  operands: [],
  help: `Shows what happened last, from all that the kernel keeps times of: messages
of the log, when tasks last ran, timers that were due and did not run, grace
periods of RCU, requests that disks have not finished, and progress of
workqueues. Times are seconds since boot on the clock of the log; those of
other clocks are converted, and ~ marks the ones that are as coarse as a tick.

Below it the CPUs over that time: # where a task is known to have run, =
where the one ran that had the CPU at the end, ! where the clock of its run
queue stopped. Of each task only the last run is known. The first clock that
stops on a CPU that was not idle is where to look.`,
  examples: [
    { run: 'timeline', on: 'mutex-deadlock', shows: 'the last five seconds' },
    { run: 'timeline -p -t 300', on: 'mutex-deadlock', shows: 'the CPUs over five minutes' },
    { run: 'timeline -s scheduler,rcu', on: 'healthy', shows: 'without the log' },
  ],

  *run({ flags }, { target }): Generator<TimelineRecord> {
    const wanted = flags.s && sourcesOf(flags.s);
    const seconds = Math.min(flags.t ?? SECONDS, MOST_SECONDS);
    const { events, from, to, cpus } = timeline(target, BigInt(seconds) * BigInt(NANOSECONDS));
    if (!flags.p) {
      for (const event of events) {
        if (!wanted || wanted.has(event.source)) yield { kind: 'event', ...event };
      }
    }
    yield { kind: 'cpus', from, to, cpus };
  },

  printer() {
    const part = blankBetween();
    let isTitled = false;
    return byKind<TimelineRecord>({
      event({ at, precision, source, cpu, pid, text }, out) {
        if (!isTitled) {
          part(out);
          out.line('        SECONDS  CPU    PID  SOURCE     WHAT');
        }
        isTitled = true;
        const mark = precision > 0n ? '~' : ' ';
        const columns = `${mark}${seconds(at).padStart(14)} ${column(cpu, 4)} ${column(pid, 6)}`;
        out.line(`${columns}  ${source.padEnd(9)}  ${printable(text)}`);
      },
      cpus({ from, to, cpus }, out) {
        part(out);
        const each = (Number(to - from) / NANOSECONDS / PICTURE_COLUMNS).toFixed(3);
        out.line(`CPUS from ${seconds(from)} to ${seconds(to)}, a column is ${each} s`);
        for (const line of cpuPicture({ from, to, cpus })) out.line(line);
        for (const { cpu, clock, current } of cpus) {
          const before = `${(Number(to - clock) / NANOSECONDS).toFixed(3)} s before the end`;
          const task = current ? `, ${taskWords(current)} has it` : '';
          out.line(`CPU ${cpu}: its clock stops ${before}${task}`);
        }
      },
    });
  },
});

/** Nanoseconds as seconds with six digits, as the log has them. */
function seconds(nanoseconds: bigint): string {
  const micros = String((nanoseconds / 1000n) % 1_000_000n).padStart(6, '0');
  return `${nanoseconds / 1_000_000_000n}.${micros}`;
}

const column = (value: number | undefined, width: number): string =>
  (value === undefined ? '-' : String(value)).padStart(width);

/** One line of what may be several; a byte that is not printable becomes a dot. */
const printable = (text: string): string =>
  text.replaceAll('\n', ' / ').replace(/[^\x20-\x7e]/g, '.');

/** Throws CommandError for a word that is no source. */
function sourcesOf(lists: readonly string[]): ReadonlySet<EventSource> {
  const found = new Set<EventSource>();
  for (const word of lists.flatMap((list) => list.split(','))) {
    const source = SOURCES.find((each) => each === word);
    if (!source) {
      throw new CommandError(`invalid source: ${word} (known: ${SOURCES.join(' ')})`);
    }
    found.add(source);
  }
  return found;
}
