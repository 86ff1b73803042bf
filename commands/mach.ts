import type { FirmwareRange } from '../src/kernel/arch/types.ts';
import { machineCpus } from '../src/kernel/core/cpus.ts';
import {
  cpuInfo,
  firmwareMap,
  type MachineSummary,
  machineSummary,
} from '../src/kernel/system/machine.ts';
import type { ShownValue } from '../src/kernel/values/shown-value.ts';
import { firmwareLines, machineLines } from '../src/output/system/machine-lines.ts';
import { CommandError, defineCommand } from '../src/session/command/command.ts';

type Row =
  | ({ readonly kind: 'machine' } & MachineSummary)
  | { readonly kind: 'memory-map'; readonly ranges: readonly FirmwareRange[] }
  | { readonly kind: 'cpu'; readonly cpu: number; readonly info: ShownValue };

export default defineCommand({
  name: 'mach',
  group: 'system',
  summary: 'machine specific data',
  synopsis: '[-m | -c -[xd]]',
  flags: {
    c: { help: 'show struct cpuinfo_x86 of each CPU' },
    m: { help: 'show the physical memory map (e820)' },
    x: { help: 'with -c: numbers in hexadecimal' },
    d: { help: 'with -c: numbers in decimal' },
  },
  operands: [
    { name: 'ignored', kind: 'text', arity: '*', help: 'words are ignored, as crash ignores them' },
  ],
  help: [
    'Shows the machine: its size, its clock, where the kernel put what in its',
    'virtual memory, and the interrupt and exception stacks of each CPU.',
  ].join('\n'),
  examples: [{ run: 'mach -m', on: '', shows: 'the memory map that the firmware gave' }],

  *run({ flags }, { target, session }): Generator<Row> {
    if (flags.x && flags.d) throw new CommandError('-d and -x are mutually exclusive');
    if (flags.m) yield { kind: 'memory-map', ranges: firmwareMap(target) ?? notSupported('m') };
    if (flags.c) {
      const radix = flags.x ? 16 : flags.d ? 10 : session.settings.radix;
      for (const cpu of machineCpus(target)) {
        yield { kind: 'cpu', cpu, info: cpuInfo(target, cpu, radix) ?? notSupported('c') };
      }
    }
    if (!flags.m && !flags.c) yield { kind: 'machine', ...machineSummary(target) };
  },

  print(row: Row, out) {
    if (row.kind === 'memory-map') {
      for (const line of firmwareLines(row.ranges)) out.line(line);
    } else if (row.kind === 'cpu') {
      out.line(`${row.cpu > 0 ? '\n' : ''}CPU ${row.cpu}:`);
      out.line(row.info.text());
    } else for (const line of machineLines(row)) out.line(line);
  },
});

/** crash's words for a part that a machine does not have. */
function notSupported(letter: string): never {
  throw new CommandError(
    `-${letter} option not supported or applicable on this architecture or kernel`,
  );
}
