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
import { symbolText } from '../src/kernel/values/symbol-text.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { center } from '../src/output/text/justify.ts';
import { rangeText } from '../src/output/text/ranges.ts';
import {
  type CommandContext,
  CommandError,
  defineCommand,
  type Out,
  plain,
} from '../src/session/command/command.ts';
import { parseDecimal } from '../src/session/line/numbers.ts';

type Row =
  | { readonly irq: number; readonly descriptor: Irq | undefined }
  | { readonly vector: number; readonly handler: VAddr; readonly name: string | undefined }
  | { readonly softirq: number; readonly action: VAddr; readonly name: string | undefined }
  | { readonly affine: Irq; readonly cpus: readonly number[] }
  | { readonly counted: Irq; readonly statistics: IrqStatistics };

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

  *run({ flags, order, operands }, context) {
    const { target } = context;
    const first = order.find((letter) => letter === 'd' || letter === 'b');
    if (first === 'd') yield* gates(context);
    else if (first === 'b') yield* softirqs(context);
    else if (flags.a) yield* affinities(target);
    else if (flags.s) yield* statistics(target, flags.c ?? machineCpus(target));
    else yield* lines(target, operands.index.words, flags.u === true);
  },

  print(row: Row, out) {
    if ('vector' in row)
      out.line(`${`[${row.vector}]`.padStart(5)} ${row.name ?? hex(row.handler)}`);
    else if ('softirq' in row) {
      out.line(`    [${row.softirq}]     ${hex(row.action)}  <${row.name ?? ''}>`);
    } else if ('affine' in row) {
      const name = displayBytes(namesOf(row.affine)).padEnd(20);
      out.line(`${number(row.affine.number)} ${name} ${rangeText(row.cpus)}`);
    } else if ('counted' in row) printCounts(row.counted, row.statistics, out);
    else printLine(row.irq, row.descriptor, out);
  },
});

const number = (irq: number): string => String(irq).padStart(3);
const namesOf = ({ actions }: Irq): string => actions.map(({ name }) => name).join(',');

function* lines(target: Target, words: readonly string[], used: boolean) {
  const count = irqCount(target);
  let isFirst = true;
  for (const irq of words.length > 0 ? asked(words, count) : upTo(count)) {
    if (isFirst) yield plain(' IRQ   IRQ_DESC/_DATA      IRQACTION      NAME');
    isFirst = false;
    const descriptor = irqOf(target, irq);
    if (!used || descriptor) yield { irq, descriptor };
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

/** The lines that somebody handles. */
function* inUse(target: Target): Generator<Irq> {
  for (const irq of upTo(irqCount(target))) {
    const line = irqOf(target, irq);
    if (line && line.actions.length > 0) yield line;
  }
}

function* affinities(target: Target) {
  yield plain('IRQ NAME                 AFFINITY');
  for (const affine of inUse(target)) yield { affine, cpus: irqAffinity(target, affine) };
}

function* statistics(target: Target, cpus: readonly number[]) {
  yield plain(`     ${cpus.map((cpu) => `${`CPU${cpu}`.padStart(10)} `).join('')}`);
  for (const counted of inUse(target)) {
    yield { counted, statistics: irqStatistics(target, counted, cpus) };
  }
}

function* gates({ target }: CommandContext) {
  const gates = interruptGates(target);
  if (!gates)
    throw new CommandError('-d option not supported or applicable on this architecture or kernel');
  for (const { vector, handler } of gates) {
    yield { vector, handler, name: symbolText(target, handler, 10) };
  }
}

function* softirqs({ target }: CommandContext) {
  yield plain('SOFTIRQ_VEC      ACTION     ');
  for (const [softirq, action] of softirqActions(target).entries()) {
    if (action !== 0n) yield { softirq, action, name: symbolText(target, action, 10) };
  }
}

const UNUSED = center('(unused)', ADDRESS);

function printLine(irq: number, descriptor: Irq | undefined, out: Out): void {
  const [first, ...more] = descriptor?.actions ?? [];
  const address = descriptor ? hex(descriptor.address).padStart(ADDRESS) : UNUSED;
  const action = first
    ? `${hex(first.address).padStart(ADDRESS)}  ${quoted(first.name)}`
    : `${UNUSED}  `;
  out.line(`${number(irq)}   ${address}  ${action}`);
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
