import type { SourceKind } from '../../kernel/core/sources.ts';
import { displayBytes, escapeText } from '../../output/text/escape.ts';
import type { AnyCommand } from '../command/command.ts';
import { flagText, valueName } from '../command/declaration.ts';
import type { Session } from '../state/session.ts';
import { insideOf } from './inside.ts';
import { keySheet } from './keys.ts';

const COLUMNS = 5;
const WIDTH = 15;

/** The names as crash lists them: by ASCII, `q` at the end, in five columns filled downwards. */
export function helpScreen(commands: ReadonlyMap<string, AnyCommand>, version: string): string[] {
  const names = [...commands.keys()].filter((name) => name !== 'q').sort();
  if (commands.has('q')) names.push('q');
  const rows = Math.ceil(names.length / COLUMNS);
  const table = Array.from({ length: rows }, (_, row) =>
    names
      .filter((_, index) => index % rows === row)
      .map((name) => name.padEnd(WIDTH))
      .join(''),
  );
  return [
    '',
    ...table,
    '',
    `tscrash version: ${version}`,
    'For help on any command above, enter "help <command>".',
    'For help on input options, enter "help input".',
    'For help on output options, enter "help output".',
    'For the keys of the terminal, enter "help keys".',
    'To find the command for a word, enter "apropos <word>".',
    '',
  ];
}

const indent = (text: string): string[] =>
  text.split('\n').map((line) => (line ? `  ${line}` : ''));

/** A command's manual, made of its declaration. */
export function commandHelp(command: AnyCommand): string[] {
  const flags = Object.entries(command.flags).filter(([, flag]) => !flag.hidden);
  const rows = [
    ...command.operands.map(({ name, help }) => [name, help] as const),
    ...flags.map(([key, { value, attached, help }]) => {
      const name = value && valueName(value);
      const argument = name === undefined ? '' : attached ? `[=${name}]` : ` ${name}`;
      return [`${flagText(key)}${argument}`, help] as const;
    }),
  ];
  const width = Math.min(16, Math.max(0, ...rows.map(([left]) => left.length)));
  const examples = (command.examples ?? []).flatMap(({ run, shows }) => [
    `    crash> ${run}`,
    `      ${shows}`,
  ]);
  return [
    '',
    'NAME',
    `  ${command.name} - ${command.summary}`,
    '',
    'SYNOPSIS',
    `  ${command.name} ${command.synopsis}`,
    '',
    'DESCRIPTION',
    ...indent(command.help ?? `${command.summary[0]?.toUpperCase()}${command.summary.slice(1)}.`),
    ...(rows.length > 0 ? ['', ...rows.flatMap(([left, right]) => row(left, right, width))] : []),
    ...(examples.length > 0 ? ['', 'EXAMPLES', ...examples] : []),
    '',
  ];
}

function row(left: string, right: string, width: number): string[] {
  const lines = wrap(right, 80 - 4 - width - 2);
  const first = left.length > width ? [`    ${left}`, ''] : [`    ${left.padEnd(width)}  `];
  const blank = ' '.repeat(4 + width + 2);
  const [head = '', ...rest] = lines;
  return left.length > width
    ? [first[0] ?? '', ...lines.map((line) => blank + line)]
    : [(first[0] ?? '') + head, ...rest.map((line) => blank + line)];
}

/** Words in lines of at most so many columns. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

const INPUT = `
A line is a command and its words, split at blanks. Double quotes group words, and
parentheses make an expression one word. Options may be bundled and may follow the
operands. An alias (help alias) replaces the first word.

  # or //     at the start of a line makes it a comment
  \\cmd        takes the command literally: no alias
  h           lists the lines entered; r, r 5, r text, !! and !5 repeat one
  !cmd        runs a shell command
  < file      runs the lines of a file
  cmd < file  runs the command once for each line of the file

Addresses are hexadecimal, with or without 0x; a symbol, symbol+offset or an
expression in parentheses does as well. Counts are decimal when all their digits
are. Tasks are given as a pid or as the address of a task_struct.

The file ~/.tscrashrc is run at the start of a session, then ./.tscrashrc where
the first has "set safe-path" with the folder's full path.`;

const OUTPUT = `
  cmd | shell commands   sends the output to a pipeline; ! does the same
  cmd > file             writes it to a file
  cmd >> file            appends it to a file

An error message goes to the terminal as well; "set error" changes that. A command
stops when its reader does: "log | head" does not read the whole log.

At a terminal, output longer than the window is shown a page at a time; h lists the
keys of the pager, and "set scroll off" turns it off; less, more and CRASHPAGER in
place of off run those programs. "out" prints again what was printed before.

On a terminal colours are added; everywhere else the text is plain. With the option
--json every record is a line of JSON.`;

/** Help by topic, besides that of the commands. */
export const TOPICS: Readonly<Record<string, { readonly summary: string; readonly text: string }>> =
  {
    input: { summary: 'command lines, history, input files', text: INPUT },
    output: { summary: 'pipes, files, errors, JSON', text: OUTPUT },
  };

/** The help of a topic; undefined when there is none. */
export function topicHelp(topic: string, session: Session): string[] | undefined {
  const known = Object.hasOwn(TOPICS, topic) ? TOPICS[topic] : undefined;
  if (known) return [...known.text.split('\n'), ''];
  if (topic === 'keys') return keySheet();
  if (topic === '-n' || topic === '-D') {
    const { facts } = session.target;
    const rows = [['format', facts.format] as const, ...facts.header];
    const width = Math.max(...rows.map(([name]) => name.length));
    return rows.map(([name, value]) => `${name.padStart(width)}: ${displayBytes(value)}`);
  }
  if (topic === '-o') return sourceTable(session);
  return insideOf(session.target, topic);
}

const SOURCE_TITLES: Readonly<Record<SourceKind, string>> = {
  symbols: 'symbols of the kernel',
  moduleSymbols: 'symbols of modules',
  types: 'types of the kernel',
  moduleTypes: 'types of modules',
};

/** The sources of symbols and types, in the order in which they are asked, and the outcome of each. */
function sourceTable(session: Session): string[] {
  const lines: string[] = [];
  let last: SourceKind | undefined;
  for (const { kind, finder, path, outcome } of session.target.sources.rows()) {
    const title = kind === last ? '' : `${SOURCE_TITLES[kind]}:`;
    last = kind;
    const name = path === undefined ? finder : `${finder} ${escapeText(path)}`;
    lines.push(`${title.padEnd(23)}${name.padEnd(16)} ${escapeText(outcome)}`);
  }
  return lines;
}
