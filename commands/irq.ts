import { hex, type VAddr } from '../src/base/address.ts';
import { machineCpus } from '../src/kernel/core/cpus.ts';
import type { Target } from '../src/kernel/core/target.ts';
import {
  type Irq,
  type IrqStatistics,
  interruptGates,
  irqAffinity,
  irqCount,
  irqOf,
  irqStatistics,
  softirqActions,
} from '../src/kernel/irqs.ts';
import { type NamedPlace, placeOf } from '../src/kernel/values/symbol-text.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { center } from '../src/output/text/justify.ts';
import { namedPlaceText } from '../src/output/text/named-place.ts';
import { rangeText } from '../src/output/text/ranges.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  type Out,
} from '../src/session/command/command.ts';
import { byKind, titleOnce, withTitle } from '../src/session/command/printing.ts';
import { parseDecimal } from '../src/session/line/numbers.ts';

type Row =
  | { readonly kind: 'line'; readonly irq: number; readonly descriptor: Irq | undefined }
  | {
      readonly kind: 'vector';
      readonly vector: number;
      readonly handler: VAddr;
      readonly place: NamedPlace | undefined;
    }
  | {
      readonly kind: 'softirq';
      readonly softirq: number;
      readonly action: VAddr;
      readonly place: NamedPlace | undefined;
    }
  | { readonly kind: 'affinity'; readonly irq: Irq; readonly cpus: readonly number[] }
  | {
      readonly kind: 'counts';
      readonly irq: Irq;
      /** The CPUs of the counts, in their order. */
      readonly cpus: readonly number[];
      readonly statistics: IrqStatistics;
    };
type Yield = Generator<Row>;

const ADDRESS = 16;

export default defineCommand({
  name: 'irq',
  group: 'kernel',
  summary: 'IRQ data',
  synopsis: '[[[index ...] | -u ] | -d | -b | -a | -s [-c cpu]]',
  flags: {
    d: { help: 'the interrupt descriptor table' },
    b: { help: 'bottom halves: what runs for each softirq' },
    u: { help: 'only lines that are set up' },
    a: { help: 'the CPUs that each line in use may interrupt' },
    s: { help: 'how often each line in use interrupted each CPU' },
    c: { value: 'cpus', help: 'with -s: only these CPUs' },
  },
  operands: [{ name: 'index', kind: 'text', arity: '*', help: 'the number of a line, decimal' }],
  help: [
    'Shows interrupt lines: the descriptor, and the handlers with their names.',
    'Lines without a descriptor are unused, as are those that no driver asked for.',
  ].join('\n'),
  examples: [
    { run: 'irq -s', on: '', shows: 'who interrupted which CPU how often' },
    { run: 'irq -d', on: '', shows: 'where each vector leads' },
  ],

  *run({ flags, order, operands }, context): Yield {
    const { target } = context;
    const first = order.find((letter) => letter === 'd' || letter === 'b');
    if (first === 'd') yield* gates(context);
    else if (first === 'b') yield* softirqs(context);
    else if (flags.a) yield* affinities(target);
    else if (flags.s) yield* statistics(target, flags.c ?? machineCpus(target));
    else yield* lines(target, operands.index.words, flags.u === true);
  },

  printer({ flags, order }, { widths }) {
    const first = order.find((letter) => letter === 'd' || letter === 'b');
    const cpus = flags.c ?? [...Array(widths.cpus).keys()];
    const titles =
      first === 'd'
        ? []
        : [
            first === 'b'
              ? SOFTIRQ_TITLE
              : flags.a
                ? AFFINITY_TITLE
                : flags.s
                  ? countsTitle(cpus)
                  : LINE_TITLE,
          ];
    return withTitle(
      titleOnce(...titles),
      byKind<Row>({
        line({ irq, descriptor }, out) {
          printLine(irq, descriptor, out);
        },
        vector({ vector, handler, place }, out) {
          out.line(
            `${`[${vector}]`.padStart(5)} ${place ? namedPlaceText(place, 10) : hex(handler)}`,
          );
        },
        softirq({ softirq, action, place }, out) {
          out.line(
            `    [${softirq}]     ${hex(action)}  <${place ? namedPlaceText(place, 10) : ''}>`,
          );
        },
        affinity({ irq, cpus }, out) {
          const name = displayBytes(namesOf(irq)).padEnd(20);
          out.line(`${number(irq.number)} ${name} ${rangeText(cpus)}`);
        },
        counts({ irq, statistics }, out) {
          printCounts(irq, statistics, out);
        },
      }),
    );
  },
});

const LINE_TITLE = ' IRQ   IRQ_DESC/_DATA      IRQACTION      NAME';
const SOFTIRQ_TITLE = 'SOFTIRQ_VEC      ACTION     ';
const AFFINITY_TITLE = 'IRQ NAME                 AFFINITY';
const countsTitle = (cpus: readonly number[]): string =>
  `     ${cpus.map((cpu) => `${`CPU${cpu}`.padStart(10)} `).join('')}`;

/** crash centres the numbers of the list in four columns, the odd blank on the left. */
const lineNumber = (irq: number): string => center(String(irq), 4, 'right');
const number = (irq: number): string => String(irq).padStart(3);
const namesOf = ({ actions }: Irq): string => actions.map(({ name }) => name).join(',');

function* lines(target: Target, words: readonly string[], used: boolean): Yield {
  const count = irqCount(target);
  for (const irq of words.length > 0 ? asked(words, count) : upTo(count)) {
    const descriptor = irqOf(target, irq);
    if (!used || descriptor) yield { kind: 'line', irq, descriptor };
  }
}

function* asked(words: readonly string[], count: number): Generator<number> {
  for (const word of words) {
    const irq = parseDecimal(word);
    if (irq >= count) {
      throw new CommandError(`invalid IRQ value: ${irq}  (${count - 1} max)`, {
        fault: { kind: 'text', word: String(irq) },
      });
    }
    yield irq;
  }
}

function* upTo(count: number): Generator<number> {
  for (let irq = 0; irq < count; irq++) yield irq;
}

/** The lines that have a handler. */
function* inUse(target: Target): Generator<Irq> {
  for (const irq of upTo(irqCount(target))) {
    const line = irqOf(target, irq);
    if (line && line.actions.length > 0) yield line;
  }
}

function* affinities(target: Target): Yield {
  for (const irq of inUse(target)) yield { kind: 'affinity', irq, cpus: irqAffinity(target, irq) };
}

function* statistics(target: Target, cpus: readonly number[]): Yield {
  for (const irq of inUse(target)) {
    yield { kind: 'counts', irq, cpus, statistics: irqStatistics(target, irq, cpus) };
  }
}

function* gates({ target }: CommandContext): Yield {
  const gates = interruptGates(target);
  if (!gates)
    throw new CommandError('-d option not supported or applicable on this architecture or kernel');
  for (const { vector, handler } of gates) {
    yield { kind: 'vector', vector, handler, place: placeOf(target, handler) };
  }
}

function* softirqs({ target }: CommandContext): Yield {
  for (const [softirq, action] of softirqActions(target).entries()) {
    if (action !== 0n) yield { kind: 'softirq', softirq, action, place: placeOf(target, action) };
  }
}

const UNUSED = center('(unused)', ADDRESS);

function printLine(irq: number, descriptor: Irq | undefined, out: Out): void {
  const [first, ...more] = descriptor?.actions ?? [];
  const address = descriptor ? hex(descriptor.address).padStart(ADDRESS) : UNUSED;
  const action = first
    ? `${hex(first.address).padStart(ADDRESS)}  ${quoted(first.name)}`
    : `${UNUSED}  `;
  out.line(`${lineNumber(irq)}  ${address}  ${action}`);
  for (const { address: shared, name } of more) {
    out.line(`${' '.repeat(8 + ADDRESS)}${hex(shared).padStart(ADDRESS)}  ${quoted(name)}`);
  }
}
const quoted = (name: string): string => `"${displayBytes(name)}"`;

function printCounts(line: Irq, { counts, chip, flow }: IrqStatistics, out: Out): void {
  const columns = counts.map((count) => ` ${String(count).padStart(10)}`).join('');
  const kind = `${(chip ?? 'None').padStart(8)}${flow === undefined ? '' : `-${flow.padEnd(8)}`}`;
  const names = line.actions.map(({ name }) => displayBytes(name)).join(', ');
  out.line(`${number(line.number)}:${columns} ${kind} ${names}`);
}
