import { defineCommand } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';
import { sharedOf } from '../src/session/state/sharing.ts';

export default defineCommand({
  name: 'kick',
  group: 'session',
  summary: 'show somebody the door of a shared session',
  synopsis: 'name',
  event: true,
  reach: OF_SESSION,
  flags: {},
  operands: [{ name: 'name', kind: 'text', arity: '1', help: 'one of those that "who" lists' }],
  help: `Ends the connection of a guest, who keeps what was seen so far. To come back
the guest has to join anew, and the owner is asked.`,
  examples: [{ run: 'kick ann', on: '', shows: 'ann is out' }],

  run({ operands }, { session }) {
    sharedOf(session).kick(operands.name);
    return [];
  },

  print() {},
});
