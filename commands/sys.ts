import { type Bits, hex } from '../src/base/address.ts';
import { kernelConfig } from '../src/kernel/core/kernel-config.ts';
import { dmiStrings } from '../src/kernel/system/dmi.ts';
import { type SystemSummary, systemSummary } from '../src/kernel/system/system.ts';
import { kernelTaints } from '../src/kernel/taints.ts';
import { type Syscall, syscalls } from '../src/kernel/task/syscalls.ts';
import { systemLines } from '../src/output/system/system-lines.ts';
import { CommandError, defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { byKind, lineByLine, titleOnce } from '../src/session/command/printing.ts';
import { isNumber, parseLong } from '../src/session/line/numbers.ts';

type Row =
  | ({ readonly kind: 'summary' } & SystemSummary)
  | { readonly kind: 'taints'; readonly mask: Bits; readonly letters: string }
  /** The firmware's strings in crash's order; unset ones have no value. */
  | {
      readonly kind: 'dmi';
      readonly strings: readonly { readonly name: string; readonly value: string | undefined }[];
    }
  | { readonly kind: 'config'; readonly text: string }
  | ({ readonly kind: 'syscall' } & Syscall);

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
    { run: 'sys -t', on: '', shows: 'why the kernel is tainted' },
  ],

  *run({ flags, operands, order }, { target }) {
    if (flags.p !== undefined && flags.p !== 'anic') throw new UsageOnly('');
    for (const flag of order) {
      if (flag === 'p') throw new CommandError('cannot panic a dumpfile!');
      if (flag === 't') {
        yield { kind: 'taints', ...kernelTaints(target) };
        return;
      }
      if (flag === 'i') {
        yield { kind: 'dmi', strings: dmiStrings(target) };
        return;
      }
    }
    if (operands.words.length === 0 && !flags.c) {
      yield { kind: 'summary', ...systemSummary(target) };
      return;
    }
    const words = operands.words.length === 0 ? [''] : operands.words;
    for (const word of words) {
      if (!flags.c) {
        if (word !== 'config') throw new UsageOnly('');
        yield { kind: 'config', text: kernelConfig(target) };
        continue;
      }
      const isWanted = wanted(word);
      for (const call of syscalls(target)) {
        if (isWanted(call)) yield { kind: 'syscall', ...call };
      }
    }
  },

  printer(_, { settings }) {
    const title = titleOnce('NUM  SYSTEM CALL                FILE AND LINE NUMBER');
    return byKind<Row>({
      summary: lineByLine(systemLines),
      taints({ mask, letters }, out) {
        out.line(`TAINTED_MASK: ${hex(mask)}  ${letters}`);
      },
      dmi({ strings }, out) {
        const width = Math.max(...strings.map(({ name }) => name.length), 0);
        for (const { name, value } of strings) {
          if (value !== undefined) out.line(`  ${name.padStart(width)}: ${value}`);
        }
      },
      config({ text }, out) {
        out.write(text.endsWith('\n') ? text : `${text}\n`);
      },
      syscall({ number, name }, out) {
        title(out);
        out.line(`${number.toString(settings.radix).padStart(3)}  ${name.padEnd(26)} `);
      },
    });
  },
});

/** A number is a call's own number, in decimal or as written; any other word is part of a name. */
function wanted(word: string): (call: Syscall) => boolean {
  if (word !== '' && isNumber(word)) {
    const number = Number(parseLong(word));
    return (call) => call.number === number;
  }
  return ({ name }) => name.includes(word);
}
