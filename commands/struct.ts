import { defineCommand } from '../src/session/command/command.ts';
import { structPrinter } from '../src/shared/struct-records.ts';
import { runStruct } from '../src/shared/struct-run.ts';
import { structFlags, structOperands } from '../src/shared/struct-views.ts';

export default defineCommand({
  name: 'struct',
  group: 'symbol',
  summary: 'structure contents',
  synopsis:
    'struct_name[.member[,member]][-o][-l offset][-rfuxdp]\n         [address | symbol][:cpuspec] [count | -c count]',
  flags: structFlags,
  operands: structOperands,
  help: `Shows how a structure is declared, or, at an address, what it holds. After a
dot come members, several with commas; a.b[2].c reaches inside. With -o each
member stands with its offset, or with its address where one is given. An
address that is that of a member, as list_heads are, takes -l struct.member.
The word struct may be left out where no command has the structure's name.`,
  examples: [
    { run: 'struct -o page', on: '', shows: 'the members of struct page and where they are' },
    { run: 'struct task_struct.pid,comm init_task', on: '', shows: 'two members of a structure' },
    { run: 'struct rq.nr_running runqueues:a', on: '', shows: 'a member for every CPU' },
    { run: 'struct -p task_struct.parent init_task', on: '', shows: 'what a pointer points to' },
  ],
  run: (args, context) => runStruct('struct', args, context),
  printer: structPrinter,
});
