import { hex, type VAddr } from '../src/base/address.ts';
import { machineCpus } from '../src/kernel/core/cpus.ts';
import type { Target } from '../src/kernel/core/target.ts';
import {
  highResolutionTimers,
  jiffies,
  timerBase,
  timerBaseCount,
} from '../src/kernel/time/timers.ts';
import { placeOf } from '../src/kernel/values/symbol-text.ts';
import {
  clockLines,
  type Named,
  type NamedBase,
  type NamedClock,
  timerBaseLines,
} from '../src/output/system/timer-lines.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';

type Row =
  | { readonly kind: 'jiffies'; readonly jiffies: bigint }
  | { readonly kind: 'wheels'; readonly cpu: number; readonly bases: readonly NamedBase[] }
  | {
      readonly kind: 'high-resolution';
      readonly cpu: number;
      /** Of the hrtimer_cpu_base. */
      readonly address: VAddr;
      readonly clocks: readonly NamedClock[];
    };

/** Number of wheels of a CPU that crash shows. */
const SHOWN = 2;

export default defineCommand({
  name: 'timer',
  group: 'kernel',
  summary: 'timer data',
  synopsis: '[-r][-C cpu]',
  flags: {
    r: { help: 'high-resolution timers, by clock' },
    C: { value: 'cpus', help: 'only these CPUs' },
    a: { help: 'every timer wheel, the deferrable one of newer kernels too', hidden: true },
  },
  operands: [
    { name: 'ignored', kind: 'text', arity: '*', help: 'words are ignored, as crash ignores them' },
  ],
  help: [
    'Shows the timers of each CPU by the time when they expire: of the timer wheels',
    'in jiffies, with -r of the high-resolution clocks in nanoseconds. TTE is the',
    'time to expiry; a negative one is overdue. Kernels since 2024 have a third,',
    'deferrable wheel on each CPU, which crash does not show: timer -a does.',
  ].join('\n'),
  examples: [
    { run: 'timer', on: '', shows: 'what is due when' },
    { run: 'timer -r -C 0', on: '', shows: 'the high-resolution timers of one CPU' },
  ],

  *run({ flags }, { target }): Generator<Row> {
    const cpus = flags.C ?? machineCpus(target);
    if (flags.r) {
      for (const cpu of cpus) {
        const { address, clocks } = highResolutionTimers(target, cpu);
        yield { kind: 'high-resolution', cpu, address, clocks: clocks.map(named(target)) };
      }
      return;
    }
    yield { kind: 'jiffies', jiffies: jiffies(target) };
    const count = flags.a ? timerBaseCount(target) : Math.min(SHOWN, timerBaseCount(target));
    for (const cpu of cpus) {
      const bases = Array.from({ length: count }, (_, index) => timerBase(target, cpu, index));
      yield { kind: 'wheels', cpu, bases: bases.map(named(target)) };
    }
  },

  printer(_, { settings: { radix } }) {
    const part = blankBetween();
    let now = 0n;
    return byKind<Row>({
      jiffies({ jiffies }, out) {
        now = jiffies;
        out.line('JIFFIES'.padEnd(String(now).length));
        out.line(String(now));
        out.line();
      },
      wheels({ bases }, out) {
        part(out);
        for (const base of bases) {
          for (const line of timerBaseLines(base, now, radix)) out.line(line);
        }
      },
      'high-resolution'({ cpu, address, clocks }, out) {
        part(out);
        out.line(`CPU: ${cpu}  HRTIMER_CPU_BASE: ${hex(address)}`);
        for (const [index, clock] of clocks.entries()) {
          if (index > 0) out.line();
          for (const line of clockLines(clock, radix)) out.line(line);
        }
      },
    });
  },
});

/** The timers with the names of their functions; a clock with that of the function that reads it. */
const named =
  (target: Target) =>
  <
    T extends {
      readonly getTime?: VAddr | undefined;
      readonly timers: readonly { readonly handler: VAddr }[];
    },
  >(
    base: T,
  ): Named<T> => ({
    ...base,
    clock: base.getTime === undefined ? undefined : placeOf(target, base.getTime),
    timers: base.timers.map((timer) => ({ ...timer, function: placeOf(target, timer.handler) })),
  });
