import { CommandError, defineCommand } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';
import { sharedOf } from '../src/session/state/sharing.ts';

const WHAT = ['files', 'shell', 'code', 'nothing'] as const;

export default defineCommand({
  name: 'allow',
  group: 'session',
  summary: 'allow a guest of a shared session more, or less',
  synopsis: 'name files | shell | code | nothing',
  event: true,
  reach: OF_SESSION,
  flags: {},
  operands: [
    { name: 'name', kind: 'text', arity: '1', help: 'one of those that "who" lists' },
    { name: 'what', kind: 'text', arity: '1', help: 'files, shell, code or nothing' },
  ],
  help: `A guest who drives may ask the dump anything, and change the context, the
radix and what else changes answers. What reaches further is refused, wherever
it stands in the line, until it is allowed:

  files     > >> < -i rd -r export replay: files, with your rights
  shell     ! | and programs by name: your whole account
  code      js, extend and the commands of extensions: your whole account
  nothing   only reads along: never drives

What was allowed ends when the guest no longer drives. Changing this session
itself (alias, set scroll, exit, share) is never allowed.`,
  examples: [{ run: 'allow ann files', on: '', shows: 'ann may write and read files' }],

  run({ operands }, { session }) {
    const { name, what } = operands;
    const known = WHAT.find((each) => each === what);
    if (known === undefined) {
      const fault = { kind: 'keyword', word: what, of: [...WHAT] } as const;
      throw new CommandError(`invalid argument: ${what}`, { fault });
    }
    sharedOf(session).allow(name, known);
    return [];
  },

  print() {},
});
