import type { HardwareScore } from '../../analyze/hardware.ts';
import type {
  AnalysisRecord,
  CheckRecord,
  EvidenceRecord,
  FindingRecord,
  IdentityRecord,
  SignatureRecord,
  SkippedRecord,
  StackRecord,
  SuspectRecord,
  VerdictRecord,
} from '../../analyze/records.ts';
import { hex } from '../../base/address.ts';
import { durationText } from '../text/dates.ts';
import { displayName, escapeText } from '../text/escape.ts';

/** Columns of the words on the left, as in `sys`. */
const LABEL = 13;
/** Text is broken at this column: an analysis is read at 80 columns. */
const WIDTH = 80;

/** Lines of one record of an analysis. */
export function analysisLines(record: AnalysisRecord): readonly string[] {
  switch (record.kind) {
    case 'identity':
      return identityLines(record);
    case 'verdict':
      return verdictLines(record);
    case 'evidence':
      return evidenceLines(record);
    case 'suspect':
      return suspectLines(record);
    case 'signature':
      return signatureLines(record);
    case 'skipped':
      return skippedLines(record);
    case 'finding':
      return findingLines(record);
    case 'check':
      return checkLines(record);
  }
}

/** `      PANIC: text`, broken into lines that stand under each other. */
export const labelled = (label: string, text: string): string[] =>
  beside(label, wrapped(displayName(text), WIDTH - LABEL));

function beside(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) =>
    i === 0
      ? `${label === '' ? '' : `${label}:`}`.padStart(LABEL - 1).concat(` ${line}`)
      : `${' '.repeat(LABEL)}${line}`,
  );
}

/** Text in lines of at most so many columns, broken at blanks; a longer word stands alone. */
export const wrapped = (text: string, width: number): string[] => filled(text.split(' '), width);

/** Words, which may have blanks of their own, in lines of at most so many columns. */
function filled(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function identityLines(record: IdentityRecord): string[] {
  const { release, machine, nodename, uptime, cpus, taints, message, health } = record;
  const facts = [
    ...(cpus === undefined ? [] : [`${cpus} CPU${cpus === 1 ? '' : 's'}`]),
    ...(uptime === undefined ? [] : [`up ${durationText(uptime)}`]),
    ...(taints ? [`tainted ${taints}`] : []),
  ];
  return [
    ...labelled('KERNEL', [release ?? '(unknown)', machine ?? ''].join(' ').trim()),
    ...labelled('NODE', [nodename ?? '(unknown)', ...facts].join(', ')),
    ...(message === '' ? [] : labelled('PANIC', `"${message}"`)),
    ...health.flatMap((text, i) => labelled(i === 0 ? 'DUMP' : '', text)),
    '',
  ];
}

function verdictLines(record: VerdictRecord): string[] {
  const { class: name, certainty, subject, summary, task, cpu, instruction, stack } = record;
  const where = [
    ...(task ? [`${task.pid} (${task.comm})`] : []),
    ...(cpu === undefined ? [] : [`on CPU ${cpu}`]),
  ];
  return [
    ...labelled(
      'VERDICT',
      `${name}${name === 'running' ? '' : ` (${certainty})`}${subject === undefined ? '' : ` ${subject}`}`,
    ),
    ...labelled('', summary),
    ...(where.length > 0 ? labelled('TASK', where.join(' ')) : []),
    ...(instruction === undefined ? [] : labelled('INSTRUCTION', instruction)),
    ...stackLines(stack),
    ...record.contradictions.flatMap((text, i) => labelled(i === 0 ? 'AGAINST' : '', text)),
    ...record.unchecked.flatMap((text, i) => labelled(i === 0 ? 'NOT CHECKED' : '', text)),
    ...hardwareLines(record.hardware),
    ...record.known.flatMap(({ title, text, link, certainty }) => [
      ...labelled('KNOWN ISSUE', `${title} (${certainty})`),
      ...labelled('', text),
      ...(link === undefined ? [] : labelled('', link)),
    ]),
    ...labelled('NEXT', record.next.join('   ')),
    '',
  ];
}

const SAYS: Record<HardwareScore['says'], string> = {
  'hardware-likely': 'hardware is likely',
  'hardware-possible': 'hardware is possible',
  open: 'open',
  software: 'software',
};

/** The balance of hardware and software, where there is a sign for hardware. */
function hardwareLines({ score, says, points }: HardwareScore): string[] {
  if (!points.some((each) => each.points > 0)) return [];
  const signed = (n: number): string => (n > 0 ? `+${n}` : `${n}`);
  const reasons = points.map((each) => `${signed(each.points)} ${each.text}`).join('; ');
  return labelled('HARDWARE', `${SAYS[says]} (${signed(score)}: ${reasons})`);
}

/** A chain in one paragraph, innermost first: the guilty frame between angle brackets. */
function stackLines(stack: readonly StackRecord[]): string[] {
  if (stack.length === 0) return [];
  const names = stack.map((frame) => {
    const name = `${frame.function ?? hex(frame.address)}${frame.module === undefined ? '' : ` [${frame.module}]`}`;
    const marked = `${frame.isDoubtful ? '?' : ''}${frame.isTailCall ? '~' : ''}${name}`;
    return frame.isGuilty ? `>> ${marked} <<` : marked;
  });
  const words = names.map((name, i) =>
    i < names.length - 1 ? `${escapeText(name)} <` : escapeText(name),
  );
  return beside('STACK', filled(words, WIDTH - LABEL));
}

function evidenceLines({ source, text, run }: EvidenceRecord): string[] {
  if (source === 'log') return labelled('LOG', text);
  return [...labelled('EVIDENCE', text), `${' '.repeat(LABEL)}  ${escapeText(run)}`];
}

const suspectLines = ({ class: name, certainty, text }: SuspectRecord): string[] =>
  labelled('ALSO', `${name} (${certainty}): ${text}`);

const signatureLines = ({ hash, text, earlier }: SignatureRecord): string[] => [
  ...labelled('SIGNATURE', `${hash} ${text}`),
  ...(earlier === undefined
    ? []
    : labelled(
        'SEEN',
        `${earlier.count} times before: first ${earlier.first}${earlier.count > 1 ? `, last ${earlier.last}` : ''}`,
      )),
];

const skippedLines = ({ what, reason }: SkippedRecord): string[] =>
  labelled('SKIPPED', `${what}: ${reason}`);

function findingLines({ check, text, expected, run }: FindingRecord): string[] {
  return [
    ...labelled('FINDING', `${check}: ${text}`),
    ...(expected === undefined ? [] : labelled('', `should be ${hex(expected)}`)),
    `${' '.repeat(LABEL)}  ${escapeText(run)}`,
  ];
}

function checkLines({ check, checked, findings, skipped, isPartial, note }: CheckRecord): string[] {
  const missing = skipped > 0 ? `, ${skipped} not in the dump` : '';
  const partial = isPartial ? ' (interrupted: this is a part)' : '';
  const counts = `${check}: ${checked} checked, ${findings} wrong${missing}${partial}`;
  return labelled('CHECK', note === undefined ? counts : `${counts}; ${note}`);
}
