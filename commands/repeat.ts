import { CommandError, defineCommand, pause, UsageOnly } from '../src/session/command/command.ts';
import { parseDecimal } from '../src/session/line/numbers.ts';
import { ENDLESS } from '../src/session/state/confinement.ts';

export default defineCommand({
  name: 'repeat',
  group: 'session',
  reach: ENDLESS,
  summary: 'repeat a command',
  synopsis: '[-seconds] command',
  raw: true,
  flags: {},
  operands: [
    { name: 'command', kind: 'command', arity: '+', help: 'the command, with its own options' },
  ],
  help: `Runs a command again and again, with so many seconds between, until Ctrl-C or
until nobody reads its output any more. A dump does not change, so this is of
use with commands that change something themselves.`,

  *run({ words }, { run, commands, session }) {
    const delay = words[0]?.startsWith('-') ? words[0] : undefined;
    if (delay !== undefined && !/^-[0-9]/.test(delay)) throw new UsageOnly('');
    const seconds = delay === undefined ? 0 : parseDecimal(delay.slice(1));
    const line = words.slice(delay === undefined ? 0 : 1);
    const alias = session.aliases.find(line[0] ?? '');
    const command = alias ? [...alias.words, ...line.slice(1)] : line;
    if (command.length === 0) throw new UsageOnly('');
    const [name = ''] = command;
    if (!commands.has(name)) {
      throw new CommandError(`command not found: ${name}`, {
        fault: { kind: 'command', word: name },
      });
    }
    while (!session.leaving) {
      yield* run(command);
      yield pause(seconds * 1000);
    }
  },

  print() {},
});
