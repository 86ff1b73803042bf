import { parseArgs } from 'node:util';
import {
  CRASH_OPTIONS,
  idleSentences,
  type Question,
  questionOf,
  settingsOf,
} from './crash-options.ts';
import { OPTIONS, optionUsage, type ProgramOption } from './option-list.ts';

/** The parsed command line of the program; see `tscrash --help`. */
export interface ProgramOptions {
  readonly help: boolean;
  readonly version: boolean;
  readonly silent: boolean;
  readonly inputFiles: readonly string[];
  readonly lines: readonly string[];
  readonly echo: boolean;
  readonly json: boolean;
  /** Undefined without --sample; '' when no name follows. */
  readonly sample: string | undefined;
  readonly color: 'auto' | 'always' | 'never';
  /** A plain line editor instead of the whole terminal. */
  readonly simple: boolean;
  readonly readRc: boolean;
  /** Whether indexes of debugging data are kept between sessions. */
  readonly cache: boolean;
  /** `--rc`: read in place of ~/.tscrashrc. */
  readonly rcFile: string | undefined;
  readonly completion: string | undefined;
  /** With `help`: the command or topic to explain. */
  readonly topic: string | undefined;
  /** What is asked for in place of a session. */
  readonly question: Question | undefined;
  /** Settings that options of crash change. */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** Sentences about options of crash that have no effect. */
  readonly idle: readonly string[];
  readonly paths: readonly string[];
}

/** An invalid command line: exit code 2. */
export class BadCommandLine extends Error {
  override name = 'BadCommandLine';
}

/** Reads argv (without node and the script). Throws BadCommandLine. */
export function parseProgramOptions(argv: readonly string[]): ProgramOptions {
  const { values, positionals } = parse(optionalSample(argv));
  const on = (name: string): boolean => values[name] === true;
  const text = (name: string): string | undefined => values[name]?.toString();
  const list = (name: string): readonly string[] => [values[name] ?? []].flat().map(String);
  const color = text('color') ?? 'auto';
  if (color !== 'auto' && color !== 'always' && color !== 'never') {
    throw new BadCommandLine(`--color wants auto, always or never, not ${color}`);
  }
  return {
    help: on('help'),
    version: on('version'),
    silent: on('s'),
    inputFiles: list('i'),
    lines: list('command'),
    echo: on('echo'),
    json: on('json'),
    sample: text('sample'),
    color,
    simple: on('simple'),
    readRc: !(on('no-crashrc') || on('no_crashrc')),
    cache: !on('no-cache'),
    rcFile: text('rc'),
    completion: text('completion'),
    topic: on('help') ? positionals[0] : undefined,
    question: questionOf(values),
    settings: settingsOf(values),
    idle: idleSentences(values),
    paths: positionals,
  };
}

/** `--sample` has an optional value, which node's parser does not support. */
function optionalSample(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const next = argv[index + 1];
    const alone = next === undefined || next.startsWith('-');
    return word === '--sample' && alone ? '--sample=' : word;
  });
}

/** Every option by the name that node's parser uses: the long one where there is one. */
const PARSED = Object.fromEntries(
  [...OPTIONS, ...CRASH_OPTIONS].map(({ long, short, value, repeat }) => [
    long ?? short ?? '',
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(short === undefined ? {} : { short }),
      ...(repeat ? { multiple: true } : {}),
    },
  ]),
);

function parse(args: string[]) {
  try {
    return parseArgs({ args, allowPositionals: true, options: PARSED });
  } catch (error) {
    throw new BadCommandLine((error as Error).message.split('. ')[0] ?? 'bad command line');
  }
}

const USAGE_WIDTH = 22;
const optionRow = (option: ProgramOption): string => {
  const usage = optionUsage(option);
  return `  ${usage.padEnd(USAGE_WIDTH)} ${option.help}`;
};

/** The text of --help. */
export const helpText = (): string => `tscrash: ask a Linux kernel crash dump what happened

usage: tscrash [options] [vmlinux] [vmcore ...]

Files may come in any order and are told apart by their content; several dump files
are the parts of one split dump. Without a dump the bundled sample is opened. No
debuginfo is needed: symbols and types come out of the dump itself.

${OPTIONS.filter(({ hidden }) => !hidden)
  .map(optionRow)
  .join('\n')}

At the prompt, "help" lists the commands and "help CMD" explains one, as does -h CMD.

Options of crash are taken: --osrelease, --build-id, --log and -t answer and end; --hex,
--dec, --no_scroll, --less, --more, -e, -d and --offline set what "set" sets; others say
why they have no effect.

exit codes: 0 ok, 1 a command of a script failed, 2 usage, 3 the dump cannot be used,
            4 a bug of tscrash, 128+n ended by signal n
`;
