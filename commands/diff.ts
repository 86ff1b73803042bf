import { DIFF_MARKS, type DiffLine } from '../src/output/text/unified.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { OF_ANSWERS } from '../src/session/state/confinement.ts';
import { blockWords, diffBlocks, findBlock } from '../src/session/transcript/block-commands.ts';

export default defineCommand({
  name: 'diff',
  group: 'session',
  strings: 'text',
  reach: OF_ANSWERS,
  summary: 'difference of two outputs',
  synopsis: 'number number',
  raw: true,
  flags: {},
  operands: [
    { name: 'number', kind: 'text', arity: '+', help: 'the number of a line, as "h" lists them' },
  ],
  help: `Compares what two commands printed (see "out"), line by line, without running
them again. Prints nothing when it is the same, and else what "diff -u" would:
lines of the first alone begin with -, of the second alone with +.

  crash> ps 1 2
  crash> ps 1 3
  crash> diff 1 2`,
  examples: [{ run: 'diff 3 7', on: '', shows: 'how block 7 differs from block 3' }],

  *run({ words }, { session }) {
    blockWords(words, 2, 2);
    const [first = '', second = ''] = words;
    yield* diffBlocks(findBlock(session, first), findBlock(session, second));
  },

  print({ kind, text }: DiffLine, out) {
    out.line(DIFF_MARKS[kind] + text);
  },
});
