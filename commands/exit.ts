import { defineCommand } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';

export default defineCommand({
  name: 'exit',
  group: 'session',
  reach: OF_SESSION,
  summary: 'leave the session',
  synopsis: '',
  raw: true,
  flags: {},
  operands: [],
  help: 'Ends the session. Words after it are ignored. Also: quit, Q.',

  run(_, { session }) {
    session.leave();
    return [];
  },

  print() {},
});
