import { type Bits, hex16 } from '../src/base/address.ts';
import { asciiChart, asciiOfWord } from '../src/output/text/ascii.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { parseHex } from '../src/session/line/numbers.ts';

type Row =
  | {
      readonly kind: 'value';
      readonly value: Bits;
      /** The eight bytes as characters, the lowest first. */
      readonly text: string;
    }
  | { readonly kind: 'chart' };

export default defineCommand({
  name: 'ascii',
  group: 'session',
  summary: 'translate a hexadecimal string to ASCII',
  synopsis: 'value ...',
  raw: true,
  flags: {},
  operands: [
    { name: 'value', kind: 'text', arity: '*', help: 'a hexadecimal value, lowest byte first' },
  ],
  help: `Shows the bytes of each value as characters, lowest byte first, which is the
order in which they lie in memory. Characters that do not print are shown by
name or as <hex>. With no value, shows the ASCII chart.`,
  examples: [{ run: 'ascii 62696c2f7273752f', on: '', shows: '/usr/lib' }],

  *run({ words }): Generator<Row> {
    if (words.length === 0) yield { kind: 'chart' };
    for (const word of words) {
      const value = parseHex(word);
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
      yield { kind: 'value', value, text: bytes.toString('latin1') };
    }
  },

  print(record: Row, out) {
    if (record.kind === 'chart') for (const line of asciiChart) out.line(line);
    else out.line(`${hex16(record.value)}: ${asciiOfWord(record.value)}`);
  },
});
