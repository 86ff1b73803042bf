import { bitLines, numberForms } from '../src/output/text/numbers.ts';
import { defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { evaluate } from '../src/session/line/expression.ts';

const OPTIONS = new Set(['-b', '-l', '-bl', '-lb']);

export default defineCommand({
  name: 'eval',
  group: 'session',
  summary: 'evaluate',
  synopsis: '[-b][-l] (expression) | value',
  // A minus sign is part of an expression here, so the words are not scanned for options.
  raw: true,
  flags: {
    b: { help: 'also list the bits that are set' },
    l: { help: 'accepted and without effect: every value is 64 bits wide' },
  },
  operands: [
    {
      name: 'expression',
      kind: 'expression',
      arity: '+',
      help: 'number, symbol, or two of them and an operator',
    },
  ],
  help: `Evaluates a number, a symbol, or two of them with an operator between, and
shows the result in hexadecimal, decimal, octal and binary. The operators are

  +  -  *  /  %  &  |  ^  <<  >>  and # (to the power of)

An expression with | or >> in it must stand in parentheses, so that it is not
taken for a pipe or a redirection. Numbers are decimal when all their digits
are, else hexadecimal; k, m and g multiply by 1024, 1024^2 and 1024^3; a
leading ~ complements. When a word is both a symbol and a number, the symbol
wins.`,
  examples: [
    { run: 'eval (1 << 32)', on: '', shows: '100000000, which is 4GB' },
    { run: 'eval -b 41dc065', on: '', shows: 'the numbers of the bits that are set' },
  ],

  *run({ words }, { session }) {
    const options = words.slice(0, words.findIndex((word) => !OPTIONS.has(word)) >>> 0);
    const rest = words.slice(options.length);
    if (rest.length === 0) throw new UsageOnly('');
    const text = rest.find((word) => word.startsWith('(')) ?? `(${rest.join(' ')})`;
    const value = evaluate(text, (name) => session.findSymbol(name));
    yield { value, bits: options.some((option) => option.includes('b')) };
  },

  print({ value, bits }, out) {
    for (const line of numberForms(value)) out.line(line);
    if (bits) for (const line of bitLines(value)) out.line(line);
  },
});
