import { bitLines, numberForms } from '../src/output/text/numbers.ts';
import { defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { evaluate } from '../src/session/line/expression.ts';

interface Evaluated {
  /** Unsigned, of 64 bits. */
  readonly value: bigint;
  /** Numbers of the bits that are set. */
  readonly bits: readonly number[];
}

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
    const rest = words.slice(optionsOf(words).length);
    if (rest.length === 0) throw new UsageOnly('');
    const text = rest.find((word) => word.startsWith('(')) ?? `(${rest.join(' ')})`;
    const value = evaluate(text, (name) => session.findSymbol(name));
    const bits = [...value.toString(2)].reverse().flatMap((bit, at) => (bit === '1' ? [at] : []));
    yield { value, bits };
  },

  printer({ words }) {
    const withBits = optionsOf(words).some((option) => option.includes('b'));
    return ({ value }: Evaluated, out) => {
      for (const line of numberForms(value)) out.line(line);
      if (withBits) for (const line of bitLines(value)) out.line(line);
    };
  },
});

const optionsOf = (words: readonly string[]): readonly string[] =>
  words.slice(0, words.findIndex((word) => !OPTIONS.has(word)) >>> 0);
