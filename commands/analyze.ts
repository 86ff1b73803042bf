import { analysisOf } from '../src/analyze/analyze.ts';
import { CLASS_TEXTS, type ClassText } from '../src/analyze/class-texts.ts';
import { CLASS_NAMES, type ClassName } from '../src/analyze/classes.ts';
import type { AnalysisRecord } from '../src/analyze/records.ts';
import { reportOf } from '../src/analyze/report.ts';
import { analysisLines, labelled } from '../src/output/analyze/analysis-lines.ts';
import { CommandError, defineCommand } from '../src/session/command/command.ts';
import { byKind, lineByLine } from '../src/session/command/printing.ts';

type Row = AnalysisRecord | ({ readonly kind: 'class'; readonly class: ClassName } & ClassText);

export default defineCommand({
  name: 'analyze',
  group: 'system',
  summary: 'what killed the machine',
  synopsis: '[-v | -l | class ...]',
  flags: {
    v: { help: 'show also what else was noticed, and what could not be looked at' },
    l: { help: 'list the classes of verdicts' },
  },
  operands: [
    { name: 'class', kind: 'text', arity: '*', help: 'a class of verdicts, to have it explained' },
  ],
  help: [
    'Says what killed the machine, how sure that is, what shows it, and with',
    'which command. Nothing is taken from the log that memory can tell: the',
    'log is quoted, and where it disagrees, that is said.',
    '',
    'A verdict is certain where memory itself shows the cause and nothing that',
    'was checked contradicts it; likely where memory shows the effect, and one',
    'explanation fits; possible where something that could speak against it',
    'cannot be checked. A module is never blamed for standing in a backtrace.',
    '',
    'In the stack, innermost first, the guilty function stands between >> and',
    '<<; a function after ~ left by a jump to what it called last, and is told',
    'by its caller; the way to a function after ? was guessed.',
  ].join('\n'),
  examples: [
    { run: 'analyze', on: '', shows: 'what killed this machine' },
    { run: 'analyze null-pointer', on: '', shows: 'what a class means, and what to do' },
  ],

  *run({ flags, operands }, { target }) {
    if (flags.l) {
      for (const name of CLASS_NAMES) yield { kind: 'class', class: name, ...CLASS_TEXTS[name] };
      return;
    }
    const names = [...operands.class];
    for (const name of names) {
      const known = CLASS_NAMES.find((each) => each === name);
      if (!known) throw new CommandError(`no such class: ${name}  (analyze -l lists them)`);
      yield { kind: 'class', class: known, ...CLASS_TEXTS[known] };
    }
    if (names.length > 0) return;
    const isFull = flags.v === true;
    for (const record of reportOf(target, analysisOf(target))) {
      if (!isFull && (record.kind === 'skipped' || record.kind === 'suspect')) continue;
      yield record;
    }
  },

  printer({ flags }) {
    const record = lineByLine(analysisLines);
    return byKind<Row>({
      identity: record,
      verdict: record,
      evidence: record,
      suspect: record,
      signature: record,
      skipped: record,
      finding: record,
      check: record,
      class({ class: name, title, means, look }, out) {
        if (flags.l) {
          out.line(`${name.padEnd(24)} ${title}`);
          return;
        }
        out.line(`${name}: ${title}`);
        for (const line of labelled('MEANS', means)) out.line(line);
        for (const line of labelled('LOOK AT', look)) out.line(line);
      },
    });
  },
});
