import { defineCommand, type Notice } from '../src/session/command/command.ts';
import { byKind, titleOnce, withTitle } from '../src/session/command/printing.ts';
import { OF_ANSWERS } from '../src/session/state/confinement.ts';
import {
  type BlockFacts,
  type BlockLine,
  blockLines,
  findBlock,
  listBlocks,
} from '../src/session/transcript/block-commands.ts';

type OutRecord = BlockFacts | BlockLine;

export default defineCommand({
  name: 'out',
  group: 'session',
  strings: 'text',
  reach: OF_ANSWERS,
  summary: 'output of earlier commands',
  synopsis: '[number ...]',
  raw: true,
  flags: {},
  operands: [
    { name: 'number', kind: 'text', arity: '*', help: 'the number of a line, as "h" lists them' },
  ],
  help: `What a command printed is kept as a block, under the number that the command
line has in the list of "h". With numbers, prints those blocks again without
running anything; without, lists the blocks. What went through a pipe or into
a file is not kept. A + behind the number of lines marks a command that was
stopped before its end. Blocks live in a file without a name that is gone with
the session, however it ends. Kept are the newest 2 GB of output at a
terminal, and 64 MB in a script.

  out
  out 12 | grep kworker
  out 12 > file

See also "less" and "diff".`,
  examples: [{ run: 'out 12 | grep swapper', on: '', shows: 'the lines of block 12 with swapper' }],

  *run({ words }, { session }): Generator<OutRecord | Notice> {
    if (words.length === 0) yield* listBlocks(session);
    for (const word of words) yield* blockLines(findBlock(session, word));
  },

  printer({ words }) {
    const title = titleOnce(
      ...(words.length === 0 ? ['NUMBER     LINES         SIZE  COMMAND'] : []),
    );
    return withTitle(
      title,
      byKind<OutRecord>({
        line({ text }, out) {
          out.line(text);
        },
        block({ block, lines, whole, bytes, line }, out) {
          const row = [
            String(block).padStart(6),
            `${lines}${whole ? ' ' : '+'}`.padStart(9),
            sizeText(bytes),
          ];
          out.line(`${row.join('  ')}  ${line}`);
        },
      }),
    );
  },
});

/** In crash's way: `512`, `12 KB`, `1.5 GB`. */
function sizeText(bytes: number): string {
  const units = ['', ' KB', ' MB', ' GB'];
  let unit = 0;
  let value = bytes;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0);
  return `${digits}${units[unit]}`.padStart(9);
}
