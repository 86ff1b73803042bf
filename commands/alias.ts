import { CrashError } from '../src/base/errors.ts';
import {
  defineCommand,
  error,
  failed,
  type Notice,
  plain,
} from '../src/session/command/command.ts';
import { byKind, titleOnce } from '../src/session/command/printing.ts';
import type { Alias } from '../src/session/line/aliases.ts';
import { OWNERS_OWN } from '../src/session/state/confinement.ts';

type AliasRecord =
  | ({ readonly kind: 'alias' } & Alias)
  | { readonly kind: 'no-alias'; readonly name: string };

export default defineCommand({
  name: 'alias',
  group: 'session',
  strings: 'text',
  summary: 'command aliases',
  synopsis: '[alias] [command string]',
  raw: true,
  flags: {},
  operands: [
    { name: 'words', kind: 'text', arity: '*', help: 'the alias, and what it stands for' },
  ],
  help: `Without words, lists the aliases; with one, shows what it stands for; with
more, makes an alias of the first for the rest. An alias replaces the first
word of a line, once. A line with a pipe in it must be quoted. An empty string
deletes:

  alias kp kmem -p
  alias last5 "log | tail -5"
  alias kp ""`,
  examples: [{ run: 'alias kp kmem -p', on: '', shows: 'kp is now kmem -p' }],

  *run({ words }, { session, commands }): Generator<AliasRecord | Notice> {
    const { aliases, confinement } = session;
    const [name, ...line] = words;
    // The owner's next line would run it with the owner's rights.
    if (line.length > 0) confinement?.check(OWNERS_OWN);
    if (name !== undefined && line.length > 0 && line.every((word) => word === '')) {
      if (commands.has(name)) yield error(`cannot alias existing command name: ${name}`);
      else if (aliases.delete(name)) yield plain(`alias deleted: ${name}`);
      return;
    }
    if (name !== undefined && line.length > 0) {
      try {
        aliases.define(name, line, (word) => commands.has(word));
      } catch (failure) {
        if (!(failure instanceof CrashError)) throw failure;
        yield error(failure.message);
        return;
      }
    }
    const shown = aliases.list().filter((alias) => name === undefined || alias.name === name);
    if (shown.length === 0) {
      yield { kind: 'no-alias', name: name ?? '' };
      yield failed();
    }
    for (const alias of shown) yield { kind: 'alias', ...alias };
  },

  printer() {
    const title = titleOnce('ORIGIN   ALIAS    COMMAND');
    return byKind<AliasRecord>({
      alias({ origin, name, words }, out) {
        title(out);
        out.line(`${origin}  ${name.padEnd(7)}  ${words.map((word) => `${word} `).join('')}`);
      },
      'no-alias'({ name }, out) {
        title(out);
        out.line(`alias does not exist: ${name}`);
      },
    });
  },
});
