import { defineCommand } from '../src/session/command/command.ts';
import { structPrinter } from '../src/shared/struct-records.ts';
import { runStruct } from '../src/shared/struct-run.ts';
import { structFlags, structOperands } from '../src/shared/struct-views.ts';

export default defineCommand({
  name: '*',
  group: 'symbol',
  summary: 'pointer-to short-cut',
  synopsis: '(struct or union command arguments)',
  flags: structFlags,
  operands: structOperands,
  help: `The commands struct and union in one: shows either by name. The blank after
the star may be left out.`,
  examples: [{ run: '*task_struct.pid init_task', on: '', shows: 'a member of a structure' }],
  run: (args, context) => runStruct('*', args, context),
  printer: structPrinter,
});
