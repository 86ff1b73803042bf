import { hex } from '../src/base/address.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { parseLong } from '../src/session/line/numbers.ts';

export default defineCommand({
  name: 'ptob',
  group: 'memory',
  summary: 'page to bytes',
  synopsis: 'page_number ...',
  raw: true,
  flags: {},
  operands: [
    {
      name: 'page_number',
      kind: 'text',
      arity: '+',
      help: 'a page frame number, decimal when all digits, else hexadecimal',
    },
  ],
  help: 'Translates page frame numbers to physical addresses.',
  examples: [{ run: 'ptob 512a', on: '', shows: 'address 512a000' }],

  *run({ words }, { target }) {
    for (const word of words) {
      const pfn = parseLong(word);
      yield { pfn, address: target.pfnAddress(pfn) };
    }
  },

  print({ pfn, address }, out) {
    out.line(`${hex(pfn)}: ${hex(address)}`);
  },
});
