import { hex } from '../src/base/address.ts';
import { type SwapArea, swapAreas } from '../src/kernel/mm/swap.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { center } from '../src/output/text/justify.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { titleOnce, withTitle } from '../src/session/command/printing.ts';

const kilobytes = (pages: number): string => `${pages * 4}k`;

export default defineCommand({
  name: 'swap',
  group: 'memory',
  summary: 'swap device information',
  synopsis: '',
  flags: {},
  operands: [],
  help: 'Shows the swap files and devices in use: their size, and how much is used.',
  examples: [{ run: 'swap', on: '', shows: 'the swap devices' }],

  *run(_, { target }) {
    yield* swapAreas(target);
  },

  printer() {
    const title = titleOnce(
      'SWAP_INFO_STRUCT    TYPE       SIZE       USED     PCT  PRI  FILENAME',
    );
    return withTitle(title, (area: SwapArea, out) => {
      const percent = area.pages === 0 ? 0 : Math.floor((area.used * 100) / area.pages);
      const columns = [
        area.partition ? 'PARTITION' : '  FILE   ',
        center(kilobytes(area.pages), 10, 'right'),
        center(kilobytes(area.used), 10, 'right'),
        center(`${String(percent).padStart(2)}%`, 4, 'right'),
        String(area.priority).padStart(4),
      ];
      const name = area.file === undefined ? '(unknown)' : displayBytes(area.file);
      out.line(`${center(hex(area.address), 16)}  ${columns.join(' ')}  ${name}`);
    });
  },
});
