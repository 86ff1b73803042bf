import { hex, pa } from '../src/base/address.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { parseHex } from '../src/session/line/numbers.ts';

export default defineCommand({
  name: 'btop',
  group: 'memory',
  summary: 'bytes to page',
  synopsis: 'address ...',
  raw: true,
  flags: {},
  operands: [
    { name: 'address', kind: 'text', arity: '+', help: 'a physical address, in hexadecimal' },
  ],
  help: 'Translates physical addresses to page frame numbers.',
  examples: [{ run: 'btop 512a000', on: '', shows: 'page 512a' }],

  *run({ words }, { target }) {
    for (const word of words) {
      const address = pa(parseHex(word));
      yield { address, pfn: address >> BigInt(target.arch.pageShift) };
    }
  },

  print({ address, pfn }, out) {
    out.line(`${hex(address)}: ${hex(pfn)}`);
  },
});
