import { shown } from '../src/kernel/values/shown-value.ts';
import {
  CommandError,
  defineCommand,
  isNotice,
  type Notice,
  type Out,
  plain,
  UsageOnly,
} from '../src/session/command/command.ts';
import { byKind, lineByLine } from '../src/session/command/printing.ts';
import { type Described, describeWord } from '../src/shared/describe-types.ts';
import { type PrintRecord, printLines, printValues } from '../src/shared/print-values.ts';
import { asGdbWrites } from './gdb/declarations.ts';
import { type ExamineRecord, examineLine, examineWord } from './gdb/examine.ts';
import { type SourceRecord, sourceWord, sourceWordLine } from './gdb/source-words.ts';

type GdbRecord =
  | PrintRecord
  | SourceRecord
  | ExamineRecord
  /** A value by itself. */
  | { readonly kind: 'output'; readonly text: string }
  | { readonly kind: 'declaration'; readonly described: Described; readonly text: () => string };

/** Commands that crash does not pass to gdb: a dump does not run. */
const PROHIBITED = new Set(
  `run r break b tbreak hbreak thbreak rbreak watch rwatch awatch attach continue c fg detach finish handle
  interrupt jump kill next nexti signal step s stepi target until delete clear disable enable condition ignore
  catch tcatch return file exec-file core-file symbol-file load si ni shell sy`.split(/\s+/),
);
const PRINT = /^(?:p|print|inspect|call)(\/\w+)?$/;
const DECLARE = /^(?:ptype|whatis)$/;

export default defineCommand({
  name: 'gdb',
  group: 'symbol',
  summary: "gdb's print, x, ptype and more",
  synopsis: 'command ...',
  raw: true,
  flags: {},
  operands: [
    {
      name: 'command',
      kind: 'expression',
      arity: '*',
      help: 'print, ptype or whatis, and its words',
    },
  ],
  help: `There is no gdb inside; what is asked of it most is answered as it would:

  print, p     the value of an expression, as p does, without its name
  ptype        the declaration of a type
  whatis       the same
  x/4gx        memory: count, format (x d u o t a c s i), unit (b h w g)
  disassemble  a function
  output       a value by itself

With a vmlinux also:

  info line    the code of a line: of a function, or of *ADDRESS
  info address where a function or a variable is
  info symbol  the symbol and the section of an address
  list         where the source of a function is

At the prompt print, x, ptype, output and disassemble need no "gdb" before
them.`,
  examples: [
    { run: 'gdb p/x init_task.flags', on: '', shows: 'a member, in hexadecimal' },
    { run: 'gdb ptype struct list_head', on: '', shows: 'a declaration' },
  ],

  *run({ words }, context): Generator<GdbRecord | Notice> {
    const [first, ...rest] = words;
    if (first === undefined) throw new UsageOnly('');
    const print = PRINT.exec(first);
    if (print) {
      const [, format] = print;
      for (const item of printValues(format ? [format, ...rest] : rest, context)) {
        // gdb does not name the variable.
        yield !isNotice(item) && item.kind === 'value' ? unnamed(item) : item;
      }
      return;
    }
    if (DECLARE.test(first) && rest.length > 0) {
      const found = describeWord(context.target, rest, {});
      if (found) {
        const text = asGdbWrites(found.text, rest);
        yield { kind: 'declaration', described: found.described, text: () => text };
        return;
      }
    }
    const examined = examineWord(words, context);
    if (examined) {
      yield* examined;
      return;
    }
    if (first === 'output' && rest.length > 0) {
      for (const item of printValues(rest, context))
        yield !isNotice(item) && item.kind === 'value'
          ? { kind: 'output', text: item.text() }
          : item;
      return;
    }
    const source = sourceWord(words, context);
    if (source) {
      yield source;
      return;
    }
    if (PROHIBITED.has(first)) {
      yield plain(`crash: prohibited gdb command: ${first}`);
      return;
    }
    throw new CommandError(`gdb request failed: ${words.join(' ')}`, {
      fault: {
        kind: 'command',
        word: first,
        note: 'help gdb lists the words of gdb that are answered',
      },
    });
  },

  printer() {
    const examined = (record: ExamineRecord, out: Out): void => out.line(examineLine(record));
    const sourced = (record: SourceRecord, out: Out): void => out.line(sourceWordLine(record));
    const printed = lineByLine(printLines);
    return byKind<GdbRecord>({
      declaration: ({ text }, out) => out.line(`type = ${text()}`),
      output: ({ text }, out) => out.line(text),
      units: examined,
      string: examined,
      code: examined,
      'function-code': examined,
      'line-code': sourced,
      'symbol-place': sourced,
      'symbol-address': sourced,
      'listed-source': sourced,
      value: printed,
      'per-cpu': printed,
    });
  },
});

function unnamed(answer: Extract<PrintRecord, { kind: 'value' }>): PrintRecord {
  const { index } = answer;
  return Object.assign(
    shown(answer.text(), () => answer.value),
    { kind: 'value', index } as const,
  );
}
