import { defineCommand } from '../src/session/command/command.ts';
import { structPrinter } from '../src/shared/struct-records.ts';
import { runStruct } from '../src/shared/struct-run.ts';
import { structFlags, structOperands } from '../src/shared/struct-views.ts';

export default defineCommand({
  name: 'union',
  group: 'symbol',
  summary: 'union contents',
  synopsis:
    'union_name[.member[,member]] [-o][-l offset][-rfuxdp]\n         [address | symbol][:cpuspec] [count | -c count]',
  flags: structFlags,
  operands: structOperands,
  help: `Shows how a union is declared, or, at an address, what it holds as each of its
members. Everything is as with the command struct.`,
  examples: [{ run: 'union rcu_special', on: '', shows: 'the members of a union' }],
  run: (args, context) => runStruct('union', args, context),
  printer: structPrinter,
});
