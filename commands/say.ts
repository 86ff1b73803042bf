import { defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { OF_SESSION } from '../src/session/state/confinement.ts';
import { sharedOf } from '../src/session/state/sharing.ts';

export default defineCommand({
  name: 'say',
  group: 'session',
  summary: 'say something to everybody in a shared session',
  synopsis: 'text',
  event: true,
  verbatim: true,
  reach: OF_SESSION,
  flags: {},
  operands: [{ name: 'text', kind: 'text', arity: '*', help: 'what to say' }],
  help: `The line appears at everybody who shares the session, under your name. It is
no answer: it is not kept with them.`,
  examples: [{ run: 'say look at cpu 3', on: '', shows: 'root: look at cpu 3' }],

  run({ words }, { session }) {
    const text = words.join(' ');
    if (text === '') throw new UsageOnly('');
    sharedOf(session).say(text);
    return [];
  },

  print() {},
});
