import { analysisOf } from '../src/analyze/analyze.ts';
import { CHECKS } from '../src/analyze/checks/index.ts';
import { type RunningCheck, runChecks } from '../src/analyze/checks/run.ts';
import { CLASS_TEXTS, type ClassText } from '../src/analyze/class-texts.ts';
import { CLASS_NAMES, type ClassName } from '../src/analyze/classes.ts';
import type { AnalysisRecord } from '../src/analyze/records.ts';
import { identityOf, reportOf, signatureOfAnalysis } from '../src/analyze/report.ts';
import type { Signature } from '../src/analyze/signature.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { analysisLines, labelled } from '../src/output/analyze/analysis-lines.ts';
import { type TicketFormat, ticketText } from '../src/output/analyze/ticket.ts';
import {
  CommandError,
  defineCommand,
  type Notice,
  progress,
  warning,
} from '../src/session/command/command.ts';
import { byKind, lineByLine } from '../src/session/command/printing.ts';
import { WRITES_FILE } from '../src/session/state/confinement.ts';
import { readRules } from '../src/shared/rule-files.ts';
import { type Seen, SeenFile } from '../src/shared/seen-file.ts';

interface KnownCheck {
  readonly kind: 'known-check';
  readonly check: string;
  readonly title: string;
}

type Row =
  | KnownCheck
  | AnalysisRecord
  | { readonly kind: 'ticket'; readonly format: TicketFormat; readonly text: string }
  | ({ readonly kind: 'class'; readonly class: ClassName } & ClassText);

export default defineCommand({
  name: 'analyze',
  group: 'system',
  summary: 'what killed the machine',
  synopsis: '[-v] [--seen file] [--markdown | --html] | -l | check ... | class ...',
  flags: {
    v: { help: 'run all checks, and show what else was noticed and could not be looked at' },
    l: { help: 'list the classes of verdicts, and the checks' },
    seen: {
      value: 'file',
      help: 'tell of earlier deaths of this signature, and remember this one there',
      reach: WRITES_FILE,
    },
    markdown: { help: 'the analysis as Markdown, for a ticket' },
    html: { help: 'the analysis as HTML, for a ticket' },
  },
  operands: [
    {
      name: 'word',
      kind: 'text',
      arity: '*',
      help: 'a check to run, or a class of verdicts to have explained',
    },
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
    'A check compares what memory has twice; a finding names the entry, what',
    'stands there, what should stand there, and how that is known. What is not',
    'in the dump is counted, and never passed off as sound.',
    '',
    'In the stack, innermost first, the guilty function stands between >> and',
    '<<; a function after ~ left by a jump to what it called last, and is told',
    'by its caller; the way to a function after ? was guessed.',
  ].join('\n'),
  examples: [
    { run: 'analyze', on: '', shows: 'what killed this machine' },
    { run: 'analyze stacks lists', on: '', shows: 'two checks of memory' },
    { run: 'analyze null-pointer', on: '', shows: 'what a class means, and what to do' },
  ],

  *run({ flags, operands }, { target, session }) {
    if (flags.l) {
      for (const name of CLASS_NAMES) yield { kind: 'class', class: name, ...CLASS_TEXTS[name] };
      for (const { name, title } of CHECKS) yield { kind: 'known-check', check: name, title };
      return;
    }
    for (const word of operands.word) yield* shown(answerTo(target, word));
    if (operands.word.length > 0) return;
    const { rules, problems } = readRules(session.configFolder);
    for (const problem of problems) yield warning(problem);
    const analysis = analysisOf(target);
    const seen = flags.seen === undefined ? undefined : new SeenFile(flags.seen);
    const own = deathOf(target, signatureOfAnalysis(analysis));
    const earlier = seen && ((signature: Signature) => seen.earlier(signature, own));
    const records = reportOf(target, analysis, { rules, ...(earlier ? { earlier } : {}) });
    if (flags.markdown || flags.html) {
      const format = flags.html ? 'html' : 'markdown';
      yield { kind: 'ticket', format, text: ticketText([...records], format) };
    } else {
      for (const record of records) {
        if (!flags.v && (record.kind === 'skipped' || record.kind === 'suspect')) continue;
        yield record;
      }
    }
    if (flags.v) yield* shown(runChecks(target, CHECKS));
    seen?.remember(own);
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
      'known-check'({ check, title }, out) {
        out.line(`${check.padEnd(24)} check: ${title}`);
      },
      ticket({ text }, out) {
        out.write(text);
      },
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

/** Records, and in place of a check that begins what a terminal shows of it. */
function* shown(rows: Iterable<Row | RunningCheck>): Generator<Row | Notice> {
  for (const row of rows)
    if (row.kind === 'running') yield progress(`check ${row.place} of ${row.of}: ${row.check}`);
    else yield row;
}

/** A check is run, and a class explained. */
function* answerTo(target: Target, word: string): Generator<Row | RunningCheck> {
  const check = CHECKS.find(({ name }) => name === word);
  const known = CLASS_NAMES.find((each) => each === word);
  if (check) yield* runChecks(target, [check]);
  else if (known) yield { kind: 'class', class: known, ...CLASS_TEXTS[known] };
  else throw new CommandError(`no such class or check: ${word}  (analyze -l lists them)`);
}

/** What is remembered of a death: no more than tells it from another one. */
function deathOf(target: Target, { text, hash }: Signature): Seen {
  const { release, nodename, time } = identityOf(target, []);
  return {
    signature: text,
    hash,
    release,
    node: nodename,
    time: time === undefined ? undefined : new Date(Math.floor(time) * 1000).toISOString(),
  };
}
