import { hex } from '../src/base/address.ts';
import { machineCpus } from '../src/kernel/core/cpus.ts';
import {
  type HighResolutionCpu,
  highResolutionTimers,
  jiffies,
  type TimerBase,
  timerBase,
  timerBaseCount,
} from '../src/kernel/time/timers.ts';
import { symbolText } from '../src/kernel/values/symbol-text.ts';
import { clockLines, type NameOf, timerBaseLines } from '../src/output/system/timer-lines.ts';
import { type CommandContext, defineCommand, plain } from '../src/session/command/command.ts';

type Row =
  | { readonly bases: readonly TimerBase[]; readonly jiffies: bigint; readonly first: boolean }
  | { readonly high: HighResolutionCpu; readonly first: boolean };

/** crash shows two wheels a CPU, however many there are. */
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

  *run({ flags }, { target }) {
    const cpus = flags.C ?? machineCpus(target);
    let first = true;
    if (flags.r) {
      for (const cpu of cpus) {
        yield { high: highResolutionTimers(target, cpu), first };
        first = false;
      }
      return;
    }
    const now = jiffies(target);
    const digits = String(now).length;
    yield plain(`${'JIFFIES'.padEnd(digits)}\n${now}\n`);
    const count = flags.a ? timerBaseCount(target) : Math.min(SHOWN, timerBaseCount(target));
    for (const cpu of cpus) {
      const bases = Array.from({ length: count }, (_, index) => timerBase(target, cpu, index));
      yield { bases, jiffies: now, first };
      first = false;
    }
  },

  print(row: Row, out, context) {
    const nameOf = namer(context);
    if (!row.first) out.line();
    if ('bases' in row) {
      for (const base of row.bases) {
        for (const line of timerBaseLines(base, row.jiffies, nameOf)) out.line(line);
      }
      return;
    }
    const { cpu, address, clocks } = row.high;
    out.line(`CPU: ${cpu}  HRTIMER_CPU_BASE: ${hex(address)}`);
    for (const [index, clock] of clocks.entries()) {
      if (index > 0) out.line();
      for (const line of clockLines(clock, nameOf)) out.line(line);
    }
  },
});

const namer =
  ({ target, session }: CommandContext): NameOf =>
  (address) =>
    symbolText(target, address, session.settings.radix);
