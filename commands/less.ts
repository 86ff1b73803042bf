import { defineCommand } from '../src/session/command/command.ts';
import { OF_ANSWERS } from '../src/session/state/confinement.ts';
import {
  type BlockLine,
  blockLines,
  blockWords,
  findBlock,
} from '../src/session/transcript/block-commands.ts';

export default defineCommand({
  name: 'less',
  group: 'session',
  strings: 'text',
  reach: OF_ANSWERS,
  summary: 'page through the output of an earlier command',
  synopsis: 'number',
  raw: true,
  flags: {},
  operands: [
    { name: 'number', kind: 'text', arity: '1', help: 'the number of a line, as "h" lists them' },
  ],
  help: `Shows what a command printed (see "out") a page at a time, also when it fits
the window and when scrolling is off. h lists the keys of the pager. Where
there is no screen the block is just printed. With the name of a file in place
of the number, or options, the program less is run.`,
  examples: [{ run: 'less 12', on: '', shows: 'block 12, a page at a time' }],

  *run({ words }, { session }) {
    blockWords(words, 1, 1);
    const block = findBlock(session, words[0] ?? '');
    session.page();
    yield* blockLines(block);
  },

  print({ text }: BlockLine, out) {
    out.line(text);
  },
});
