import { CommandError, defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { apropos, type Found } from '../src/session/help/apropos.ts';
import { wrap } from '../src/session/help/help.ts';

/** Lines end here, as those of help. */
const COLUMNS = 79;
const MARGIN = 11;

export default defineCommand({
  name: 'apropos',
  group: 'session',
  strings: 'text',
  summary: 'find the command for a word',
  synopsis: 'word ...',
  raw: true,
  flags: {},
  operands: [{ name: 'word', kind: 'text', arity: '+', help: 'what to look for; any case' }],
  help: `Looks for the words in the names of the commands, in their summaries, their
options and operands, in their help, and among the keys. A command must speak
of all of them; the lines that do are shown. Those that have the words in
their name or summary come first.`,
  examples: [
    { run: 'apropos slab', on: 'null-pointer', shows: 'kmem, and its options for slabs' },
    { run: 'apropos stack word', on: 'null-pointer', shows: 'commands that speak of both' },
  ],

  *run({ words }, { commands }) {
    if (words.length === 0) throw new UsageOnly('');
    const found = apropos(words, commands.values());
    if (found.length === 0) throw new CommandError(`nothing about "${words.join(' ')}"`);
    yield* found;
  },

  print({ name, summary, because }: Found, out) {
    out.line(`${name.padEnd(10)} ${summary}`);
    for (const line of because) {
      const [first = '', ...rest] = wrap(line, COLUMNS - MARGIN - 2);
      out.line(' '.repeat(MARGIN) + first);
      for (const more of rest) out.line(' '.repeat(MARGIN + 2) + more);
    }
  },
});
