import { defineCommand } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';
import { sharedOf } from '../src/session/state/sharing.ts';

export default defineCommand({
  name: 'hand',
  group: 'session',
  summary: 'hand the keyboard of a shared session to somebody',
  synopsis: 'name',
  event: true,
  reach: OF_SESSION,
  flags: {},
  operands: [{ name: 'name', kind: 'text', arity: '1', help: 'one of those that "who" lists' }],
  help: `From then on the lines of that guest are the session's: they run here, and
everybody sees the answers. What guests may not do is refused (help allow).
Ctrl-] gives the owner the keyboard back, in every state of the terminal; so
does "take", and it comes back by itself when the guest leaves.`,
  examples: [{ run: 'hand ann', on: '', shows: 'ann drives' }],

  run({ operands }, { session }) {
    sharedOf(session).hand(operands.name);
    return [];
  },

  print() {},
});
