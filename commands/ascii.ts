import { hex16 } from '../src/base/address.ts';
import { asciiChart, asciiOfWord } from '../src/output/text/ascii.ts';
import { defineCommand } from '../src/session/command/command.ts';
import { parseHex } from '../src/session/line/numbers.ts';

interface Translated {
  readonly value: bigint;
  readonly text: string;
}

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

  *run({ words }) {
    if (words.length === 0) yield { chart: asciiChart };
    for (const word of words) {
      const value = parseHex(word);
      yield { value, text: asciiOfWord(value) } satisfies Translated;
    }
  },

  print(record, out) {
    if ('chart' in record) for (const line of record.chart) out.line(line);
    else out.line(`${hex16(record.value)}: ${record.text}`);
  },
});
