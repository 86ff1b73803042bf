import { defineCommand } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';
import { sharedOf } from '../src/session/state/sharing.ts';

export default defineCommand({
  name: 'take',
  group: 'session',
  summary: 'take the keyboard of a shared session back',
  synopsis: '',
  event: true,
  reach: OF_SESSION,
  flags: {},
  operands: [],
  help: `The owner drives again, at once; a command of the guest that is running goes
on, and Ctrl-C ends it. The key Ctrl-] does the same in every state of the
terminal.`,
  examples: [{ run: 'take', on: '', shows: 'the owner drives' }],

  run(_, { session }) {
    sharedOf(session).take();
    return [];
  },

  print() {},
});
