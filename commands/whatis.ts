import { CommandError, defineCommand, UsageOnly } from '../src/session/command/command.ts';
import { type Described, describeWord } from '../src/shared/describe-types.ts';
import { type SizedType, searchTypes } from '../src/shared/search-types.ts';
import { chosenRadix } from '../src/shared/struct-views.ts';

type Answer =
  | { readonly kind: 'declaration'; readonly described: Described; readonly text: () => string }
  /** The result of a search, by size and name. */
  | { readonly kind: 'types'; readonly types: readonly SizedType[] };

export default defineCommand({
  name: 'whatis',
  group: 'symbol',
  summary: 'search symbol table for data or type information',
  synopsis:
    '[[-o] [struct | union | typedef | symbol]] | \n         [[-r [size|range]] [-m member]]',
  flags: {
    o: { help: 'offsets of the members' },
    r: { value: 'text', help: 'types of this size, or of sizes from low to high: 16-64' },
    m: { value: 'type', help: 'structures with a member of this type, or a pointer to it' },
    x: { hidden: true, help: 'numbers in hexadecimal' },
    d: { hidden: true, help: 'numbers in decimal' },
  },
  operands: [
    {
      name: 'words',
      kind: 'text',
      arity: '*',
      help: 'a type, a symbol, or an expression',
      completion: ['type', 'symbol'],
    },
  ],
  help: `Shows how a structure, union, enum or typedef is declared, or the type of a
variable, a function or an expression. With -r or -m, or both, looks for types
by their size and by what their members are, in embedded structures too.`,
  examples: [
    { run: 'whatis schedule', on: '', shows: 'the declaration of a function' },
    { run: 'whatis -r 256-512 -m task_struct', on: '', shows: 'types that refer to tasks' },
  ],

  *run({ flags, operands, order }, { target, session }): Generator<Answer> {
    const radix = chosenRadix(order, session);
    if (flags.r !== undefined || flags.m !== undefined) {
      yield { kind: 'types', types: searchTypes(target, flags.r, flags.m) };
      return;
    }
    const { words } = operands.words;
    const [first = ''] = words;
    if (words.length === 0 || (words.length === 1 && ['enum', 'struct', 'union'].includes(first))) {
      throw new UsageOnly('');
    }
    const found = describeWord(target, words, { offsets: flags.o === true, radix });
    if (!found) {
      const shown = ['enum', 'struct', 'union'].includes(first) ? `${first} ${words[1]}` : first;
      const word = shown === first ? first : (words[1] ?? first);
      throw new CommandError(`cannot resolve: ${shown}`, {
        usage: true,
        fault: { kind: 'type', word },
      });
    }
    const { described, text } = found;
    yield { kind: 'declaration', described, text: () => text };
  },

  print(answer: Answer, out) {
    if (answer.kind === 'declaration') {
      out.line(answer.text());
      return;
    }
    const { types } = answer;
    const width = Math.max('SIZE'.length, ...types.map(({ size }) => String(size).length));
    out.line(types.length === 0 ? '(none found)' : `${'SIZE'.padStart(width)}  TYPE`);
    for (const { size, name } of types) out.line(`${String(size).padStart(width)}  ${name}`);
  },
});
