import { escapeText } from '../text/escape.ts';
import { HTML_END, htmlHeader, htmlRecord } from './html.ts';

/** Identity of a transcript's dump, and state of the session at its start. All text, ready to print. */
export interface DumpIdentity {
  readonly tscrash: string;
  /** The files, as they were given. */
  readonly dump: string;
  readonly kernel: string;
  readonly buildId: string;
  /** ISO 8601, UTC. */
  readonly crashed: string;
  readonly panic: string;
  /** The address, pid and name of the current task. */
  readonly context: string;
  /** `set` variables with other than their first values: `radix 16, print_max 512`. */
  readonly settings: string;
  /** Time of the transcript's start, or of the export. */
  readonly recorded: string;
}

/** Labels of the identity's parts in a transcript; empty parts are left out. */
export const IDENTITY_LABELS: readonly (readonly [keyof DumpIdentity, string])[] = [
  ['tscrash', 'tscrash'],
  ['dump', 'dump'],
  ['kernel', 'kernel'],
  ['buildId', 'build-id'],
  ['crashed', 'crashed'],
  ['panic', 'panic'],
  ['context', 'context'],
  ['settings', 'settings'],
  ['recorded', 'recorded'],
];

/** A command line and its output. */
export interface TranscriptRecord {
  /** Its number in the list of `h`; 0 for a line of a file. */
  readonly number: number;
  readonly line: string;
  /** As the program's exit code says it: 0 ok, 1 failed, 4 a bug. */
  readonly exit: number;
  /** Ctrl-C ended it, or the pager was left before its end. */
  readonly interrupted: boolean;
  /** The output went to a pipe or a file. */
  readonly elsewhere: boolean;
  /** Can be iterated more than once. */
  readonly output: Iterable<string>;
}

/** A format of transcripts. It yields pieces of text, so that a long answer is never in memory at once. */
export interface TranscriptFormat {
  readonly name: string;
  readonly extensions: readonly string[];
  header(identity: DumpIdentity): string;
  record(record: TranscriptRecord): Iterable<string>;
  /** The optional end of the text. */
  readonly end: string;
}

/** The prompt before each line. */
export const PROMPT = 'crash> ';
/** The title of a transcript. */
export const TITLE = 'tscrash transcript';
/** The mark below an answer that Ctrl-C ended. */
export const CUT = '^C';

/** A line of output that looks like a prompt or an end is escaped. */
const guarded = (line: string): string => (/^\\*(crash> |\^C$)/.test(line) ? `\\${line}` : line);
/** The line without its escape. */
export const unguarded = (line: string): string =>
  /^\\+(crash> |\^C$)/.test(line) ? line.slice(1) : line;

const rows = (identity: DumpIdentity): (readonly [string, string])[] =>
  IDENTITY_LABELS.map(([key, label]) => [label, escapeText(identity[key])] as const).filter(
    ([, value]) => value !== '',
  );

const text: TranscriptFormat = {
  name: 'txt',
  extensions: ['txt', 'log', 'text'],
  header(identity) {
    const lines = rows(identity).map(([label, value]) => `# ${label}: ${oneLine(value)}`);
    return `# ${TITLE}\n${lines.join('\n')}\n\n`;
  },
  *record({ line, output, interrupted }) {
    yield `${PROMPT}${escapeText(oneLine(line))}\n`;
    for (const each of output) yield `${guarded(escapeText(each))}\n`;
    if (interrupted) yield `${CUT}\n`;
  },
  end: '',
};

const markdown: TranscriptFormat = {
  name: 'md',
  extensions: ['md', 'markdown'],
  header(identity) {
    const cell = (value: string): string =>
      oneLine(value).replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&');
    const table = rows(identity).map(([label, value]) => `| ${label} | ${cell(value)} |`);
    return `# ${TITLE}\n\n| | |\n| --- | --- |\n${table.join('\n')}\n`;
  },
  *record({ line, output, interrupted }) {
    const fence = fenceAround(line, output);
    yield `\n${fence}text\n${PROMPT}${escapeText(oneLine(line))}\n`;
    for (const each of output) yield `${guarded(escapeText(each))}\n`;
    if (interrupted) yield `${CUT}\n`;
    yield `${fence}\n`;
  },
  end: '',
};

/** A fence longer than any run of its character in the text, so that nothing inside ends the block. */
function fenceAround(line: string, output: Iterable<string>): string {
  let longest = 2;
  const look = (each: string): void => {
    for (const [run] of each.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length);
  };
  look(line);
  for (const each of output) look(each);
  return '`'.repeat(longest + 1);
}

/** One object a line: the first is the header, and each of the others a command. */
const json: TranscriptFormat = {
  name: 'json',
  extensions: ['json', 'jsonl', 'ndjson'],
  header: (identity) =>
    `${JSON.stringify({
      transcript: 1,
      ...Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== '')),
    })}\n`,
  *record({ number, line, exit, interrupted, elsewhere, output }) {
    const facts = {
      ...(number === 0 ? {} : { number }),
      line: escapeText(line),
      exit,
      ...(interrupted ? { interrupted } : {}),
      ...(elsewhere ? { elsewhere } : {}),
    };
    yield `${JSON.stringify(facts).slice(0, -1)},"output":"`;
    for (const each of output) yield JSON.stringify(`${escapeText(each)}\n`).slice(1, -1);
    yield '"}\n';
  },
  end: '',
};

const html: TranscriptFormat = {
  name: 'html',
  extensions: ['html', 'htm'],
  header: (identity) => htmlHeader(TITLE, rows(identity)),
  record: htmlRecord,
  end: HTML_END,
};

/** All formats, text first. */
export const TRANSCRIPT_FORMATS: readonly TranscriptFormat[] = [text, markdown, html, json];

/** The format that a name (`md`) or else the end of a path means; txt by default. */
export function formatOf(path: string, name?: string): TranscriptFormat | undefined {
  if (name !== undefined) {
    return TRANSCRIPT_FORMATS.find((each) => each.name === name || each.extensions.includes(name));
  }
  const [, extension = ''] = /\.(\w+)$/.exec(path.toLowerCase()) ?? [];
  return TRANSCRIPT_FORMATS.find(({ extensions }) => extensions.includes(extension)) ?? text;
}

const oneLine = (value: string): string => value.replace(/\s*\n\s*/g, ' ');
