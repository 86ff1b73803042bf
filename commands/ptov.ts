import { hex, type PAddr, pa, plus, type VAddr, va } from '../src/base/address.ts';
import { perCpuOffset } from '../src/kernel/core/cpus.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { physToVirt } from '../src/kernel/mm/address-map.ts';
import { cpuCount } from '../src/kernel/task/tasks.ts';
import { parseAddress, parsePhysical } from '../src/session/command/arguments.ts';
import { CommandError, defineCommand } from '../src/session/command/command.ts';
import { blankBetween } from '../src/session/command/printing.ts';
import { parseCpus } from '../src/session/line/numbers.ts';

/** A physical address in the direct map, or one per-CPU offset on several CPUs. */
type Row =
  | { readonly kind: 'direct'; readonly physical: PAddr; readonly virtual: VAddr }
  | {
      readonly kind: 'per-cpu';
      readonly offset: VAddr;
      readonly cpus: readonly { readonly cpu: number; readonly virtual: VAddr }[];
    };

export default defineCommand({
  name: 'ptov',
  group: 'memory',
  summary: 'physical to virtual',
  synopsis: '[address | offset:cpuspec]',
  flags: {},
  operands: [
    { name: 'address', kind: 'text', arity: '+', help: 'a physical address, or OFFSET:CPUS' },
  ],
  help: [
    'Translates physical addresses to their place in the direct map. An',
    'operand OFFSET:CPUS is a per-CPU offset (or a per-CPU variable) instead:',
    'its address on each of the CPUs is shown; no CPUS means that of the',
    'current context.',
  ].join('\n'),
  examples: [
    { run: 'ptov 56e000', on: '', shows: 'where the kernel sees that frame' },
    { run: 'ptov runqueues:a', on: '', shows: 'the run queue of every CPU' },
  ],

  *run({ operands }, { target, session }) {
    for (const word of operands.address) {
      const colon = word.indexOf(':');
      const cpus = colon < 0 ? undefined : cpuNumbers(word.slice(colon + 1));
      const value =
        colon < 0 ? parsePhysical(word, session) : parseAddress(word.slice(0, colon), session);
      const row: Row = cpus
        ? {
            kind: 'per-cpu',
            offset: va(value),
            cpus: cpus.map((cpu) => ({ cpu, virtual: plus(va(value), perCpuOffset(target, cpu)) })),
          }
        : { kind: 'direct', physical: pa(value), virtual: directAddress(target, value, word) };
      yield row;
    }

    function cpuNumbers(words: string): readonly number[] {
      return words === '' ? [session.task.cpu] : parseCpus(words, cpuCount(target));
    }
  },

  printer(_, { widths }) {
    const part = blankBetween();
    return (row: Row, out) => {
      part(out);
      if (row.kind === 'direct') {
        const columns = widths.pointer;
        out.line(`${'VIRTUAL'.padEnd(columns)}  ${'PHYSICAL'.padEnd(columns)}`);
        out.line(`${hex(row.virtual).padEnd(columns)}  ${hex(row.physical).padEnd(columns)}`);
        return;
      }
      const width = `[${widths.cpus - 1}]`.length + 2;
      out.line(`PER-CPU OFFSET: ${hex(row.offset)}`);
      out.line(`  ${'CPU'.padEnd(width)}  ${'VIRTUAL'.padEnd(widths.pointer)}`);
      for (const { cpu, virtual } of row.cpus)
        out.line(`  ${`[${cpu}]`.padEnd(width)}${hex(virtual)}`);
    };
  },
});

/** A machine of 32 bits maps the lower part of its memory only. Throws CommandError for an address above that. */
function directAddress(target: Target, value: bigint, word: string): VAddr {
  const virtual = physToVirt(target, pa(value));
  if (virtual < 1n << BigInt(8 * target.arch.pointerSize)) return virtual;
  throw new CommandError(`${hex(value)}: the kernel of a 32-bit machine has no address for it`, {
    fault: { kind: 'address', word },
  });
}
