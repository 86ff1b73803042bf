import type { AnalysisRecord, StackRecord, VerdictRecord } from '../../analyze/records.ts';
import { hex } from '../../base/address.ts';
import { escapeText } from '../text/escape.ts';

/** An analysis as a document for a ticket. */
export type TicketFormat = 'markdown' | 'html';

/** What a format writes for the parts of a document. */
interface Writer {
  heading(text: string): string;
  paragraph(text: string): string;
  items(rows: readonly string[]): string;
  block(lines: readonly string[]): string;
  /** Text with its marks made harmless. */
  plain(text: string): string;
  code(text: string): string;
}

const MARKDOWN: Writer = {
  heading: (text) => `## ${text}\n`,
  paragraph: (text) => `${text}\n`,
  items: (rows) => `${rows.map((row) => `- ${row}`).join('\n')}\n`,
  block: (lines) => `${lines.map((line) => `    ${line}`).join('\n')}\n`,
  plain: (text) => escapeText(text).replace(/[\\`*_[\]<>|#~!]/g, '\\$&'),
  code: (text) => `\`${escapeText(text).replaceAll('`', "'")}\``,
};

const entities = (text: string): string =>
  escapeText(text).replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);

const HTML: Writer = {
  heading: (text) => `<h2>${text}</h2>`,
  paragraph: (text) => `<p>${text}</p>`,
  items: (rows) => `<ul>${rows.map((row) => `<li>${row}</li>`).join('\n')}</ul>`,
  block: (lines) => `<pre>${lines.map(entities).join('\n')}</pre>`,
  plain: entities,
  code: (text) => `<code>${entities(text)}</code>`,
};

const WRITERS: Readonly<Record<TicketFormat, Writer>> = { markdown: MARKDOWN, html: HTML };

/** An analysis as Markdown or HTML, ready to be pasted into a ticket. */
export function ticketText(records: readonly AnalysisRecord[], format: TicketFormat): string {
  const write = WRITERS[format];
  const parts: string[] = [];
  for (const record of records) {
    if (record.kind === 'identity') {
      const { release, nodename, message } = record;
      const names = [release, nodename].filter((each) => each !== undefined);
      parts.push(write.heading(write.plain(`Crash of ${names.join(' on ')}`)));
      if (message !== '') parts.push(write.block([message]));
      if (record.health.length > 0) parts.push(write.items(record.health.map(write.plain)));
    }
    if (record.kind === 'verdict') parts.push(...verdictParts(record, write));
  }
  parts.push(...evidenceParts(records, write));
  return `${parts.join('\n')}\n`;
}

function verdictParts(record: VerdictRecord, write: Writer): string[] {
  const { class: name, certainty, subject, summary, task, cpu } = record;
  const where = [
    ...(task ? [`task ${task.pid} (${task.comm})`] : []),
    ...(cpu === undefined ? [] : [`CPU ${cpu}`]),
  ].join(', ');
  const verdict = `${name} (${certainty})${subject === undefined ? '' : `, ${subject}`}`;
  return [
    write.heading('Verdict'),
    write.paragraph(`${write.code(verdict)}: ${write.plain(summary)}.`),
    ...(where === '' ? [] : [write.paragraph(write.plain(where))]),
    ...(record.instruction === undefined ? [] : [write.block([record.instruction])]),
    ...(record.stack.length > 0
      ? [write.heading('Stack'), write.block(record.stack.map(stackLine))]
      : []),
    ...list(
      'Known issues',
      record.known.map(({ title, text, link }) => write.plain(`${title}: ${text} ${link ?? ''}`)),
      write,
    ),
    ...list('What speaks against it', record.contradictions.map(write.plain), write),
    ...list('Not checked', record.unchecked.map(write.plain), write),
  ];
}

const stackLine = (frame: StackRecord): string =>
  `${frame.isGuilty ? '>' : ' '} ${frame.frame === undefined ? '  ' : `#${frame.frame}`.padStart(3)} ${frame.function ?? hex(frame.address)}${frame.module === undefined ? '' : ` [${frame.module}]`}`;

const list = (title: string, rows: readonly string[], write: Writer): string[] =>
  rows.length === 0 ? [] : [write.heading(title), write.items(rows)];

function evidenceParts(records: readonly AnalysisRecord[], write: Writer): string[] {
  const evidence = records.flatMap((record) =>
    record.kind === 'evidence' || record.kind === 'finding'
      ? [`${write.plain(record.text)}: ${write.code(record.run)}`]
      : [],
  );
  const others = records.flatMap((record) =>
    record.kind === 'suspect'
      ? [write.plain(`${record.class} (${record.certainty}): ${record.text}`)]
      : [],
  );
  const skipped = records.flatMap((record) =>
    record.kind === 'skipped' ? [write.plain(`${record.what}: ${record.reason}`)] : [],
  );
  const signature = records.flatMap((record) =>
    record.kind === 'signature'
      ? [write.paragraph(`${write.code(record.hash)} ${write.code(record.text)}`)]
      : [],
  );
  return [
    ...list('Evidence', evidence, write),
    ...list('Also noticed', others, write),
    ...list('Could not be looked at', skipped, write),
    ...(signature.length > 0 ? [write.heading('Signature'), ...signature] : []),
  ];
}
