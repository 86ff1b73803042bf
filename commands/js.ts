import { defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { runScript } from '../src/session/script/script.ts';
import { type Printed, printedText } from '../src/session/script/script-globals.ts';
import { RUNS_JAVASCRIPT } from '../src/session/state/confinement.ts';

export default defineCommand({
  name: 'js',
  group: 'session',
  summary: 'run JavaScript on the dump',
  synopsis: 'statement ...',
  verbatim: true,
  reach: RUNS_JAVASCRIPT,
  flags: {},
  operands: [
    { name: 'code', kind: 'expression', arity: '*', help: 'JavaScript, to the end of the line' },
  ],
  help: [
    'Runs JavaScript, for what no command does. The whole line is code: no pipes,',
    'no redirection. What one line declares the next one has. It finds:',
    '',
    '  tasks() task(pid)          what runs; task() is the current context',
    '  cpus() modules()           what else the kernel has',
    '  object(type, address)      a structure, to be asked by member: .num(m)',
    '                             .big(m) .pointer(m) .string(m) .at(m) .follow(m)',
    '  global(name)               a structure by name',
    '  percpu(name, type, cpu)    and one of each CPU',
    '  list(head, type, member)   the structures of a list',
    '  symbol(name) symbolAt(address)',
    '  read(address, length) string(address) u8 u16 u32 u64 (address)',
    '  run(line)                  the records of another command',
    '  print(...) hex(number)     a line of output',
    '  target                     all of it, as the library has it',
    '',
    'Addresses are bigint: 0xffff888000000000n. A script has the rights of the user',
    'who runs it: run only what you trust.',
  ].join('\n'),
  examples: [
    { run: 'js for (const t of tasks()) print(t.pid, t.comm)', on: '', shows: 'every task' },
    {
      run: "js object('task_struct', task(1).address).follow('mm').num('map_count')",
      on: '',
      shows: 'a member of a member',
    },
  ],

  *run({ words }, context) {
    const code = words.join(' ');
    if (code === '') throw new UsageOnly('');
    for (const values of runScript(code, context)) yield { values };
  },

  print({ values }: { readonly values: Printed }, out) {
    out.line(values.map(printedText).join(' '));
  },
});
