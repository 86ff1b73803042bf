import { CommandError, defineCommand } from '../src/session/command/command.ts';

export default defineCommand({
  name: 'wr',
  group: 'memory',
  summary: 'write memory',
  synopsis: '[-u|-k|-p] [-8|-16|-32|-64] [address|symbol] value',
  raw: true,
  flags: {},
  operands: [],
  help: 'crash writes to the memory of a live system; a dump is never written to.',

  run(): Iterable<never> {
    throw new CommandError('not allowed on dumpfiles');
  },

  print() {},
});
