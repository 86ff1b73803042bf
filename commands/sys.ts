import { hex } from '../src/base/address.ts';
import { kernelConfig } from '../src/kernel/core/kernel-config.ts';
import { kernelTaints } from '../src/kernel/modules.ts';
import { dmiStrings, type SystemSummary, systemSummary } from '../src/kernel/system/system.ts';
import { type Syscall, syscalls } from '../src/kernel/task/syscalls.ts';
import { systemLines } from '../src/output/system/system-lines.ts';
import { CommandError, defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { isNumber, parseLong } from '../src/session/line/numbers.ts';

type Row =
  | SystemSummary
  | { readonly mask: bigint; readonly letters: string }
  | { readonly field: string; readonly width: number; readonly value: string }
  | { readonly config: string }
  | (Syscall & { readonly isFirst: boolean });

export default defineCommand({
  name: 'sys',
  group: 'system',
  summary: 'system data',
  synopsis: '[-c [name|number]] [-t] [-i] config',
  flags: {
    c: { help: 'show the system call table, or the calls of this name or number' },
    t: { help: 'show what tainted the kernel' },
    i: { help: 'show the strings of the firmware (DMI)' },
    p: { value: 'text', hidden: true, help: 'crash a running kernel; a dump has crashed already' },
  },
  operands: [
    {
      name: 'words',
      kind: 'text',
      arity: '*',
      help: 'config; with -c: names or numbers of system calls',
    },
  ],
  help: [
    'Without an option, shows what machine, kernel and dump this is: the same',
    'lines that a session begins with.',
    '',
    'sys config shows the configuration that the kernel was built with, when',
    'it was built to carry it (CONFIG_IKCONFIG).',
  ].join('\n'),
  examples: [
    { run: 'sys', on: '', shows: 'kernel, dump, time of the crash and the panic message' },
    { run: 'sys -c read', on: '', shows: 'system calls with "read" in their name' },
  ],

  *run({ flags, operands, order }, { target }) {
    if (flags.p !== undefined && flags.p !== 'anic') throw new UsageOnly('');
    for (const flag of order) {
      if (flag === 'p') throw new CommandError('cannot panic a dumpfile!');
      if (flag === 't') {
        yield kernelTaints(target);
        return;
      }
      if (flag === 'i') {
        const strings = dmiStrings(target);
        const width = Math.max(...strings.map(({ name }) => name.length), 0);
        for (const { name, value } of strings) {
          if (value !== undefined) yield { field: name, width, value };
        }
        return;
      }
    }
    if (operands.words.length === 0 && !flags.c) {
      yield systemSummary(target);
      return;
    }
    const words = operands.words.length === 0 ? [''] : operands.words;
    let isFirst = true;
    for (const word of words) {
      if (!flags.c) {
        if (word !== 'config') throw new UsageOnly('');
        yield { config: kernelConfig(target) };
        continue;
      }
      const isWanted = wanted(word);
      for (const call of syscalls(target)) {
        if (!isWanted(call)) continue;
        yield { ...call, isFirst };
        isFirst = false;
      }
    }
  },

  print(row: Row, out, { session }) {
    if ('mask' in row) out.line(`TAINTED_MASK: ${hex(row.mask)}  ${row.letters}`);
    else if ('field' in row) out.line(`  ${row.field.padStart(row.width)}: ${row.value}`);
    else if ('config' in row) out.write(row.config.endsWith('\n') ? row.config : `${row.config}\n`);
    else if ('isFirst' in row) {
      if (row.isFirst) out.line('NUM  SYSTEM CALL                FILE AND LINE NUMBER');
      out.line(
        `${row.number.toString(session.settings.radix).padStart(3)}  ${row.name.padEnd(26)} `,
      );
    } else for (const line of systemLines(row)) out.line(line);
  },
});

/** A number is a call's own number, in decimal or as it is written; any other word is part of a name. */
function wanted(word: string): (call: Syscall) => boolean {
  if (word !== '' && isNumber(word)) {
    const number = Number(parseLong(word));
    return (call) => call.number === number;
  }
  return ({ name }) => name.includes(word);
}
