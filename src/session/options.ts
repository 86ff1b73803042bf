import { parseArgs } from 'node:util';

/** The command line of the program, read; see `tscrash --help`. */
export interface ProgramOptions {
  readonly help: boolean;
  readonly version: boolean;
  readonly silent: boolean;
  readonly inputFiles: readonly string[];
  readonly lines: readonly string[];
  readonly echo: boolean;
  readonly json: boolean;
  /** Undefined when not asked for; '' when no name follows. */
  readonly sample: string | undefined;
  readonly color: 'auto' | 'always' | 'never';
  /** A plain line editor instead of the whole terminal. */
  readonly simple: boolean;
  readonly readRc: boolean;
  readonly completion: string | undefined;
  readonly paths: readonly string[];
}

/** A command line that makes no sense: exit code 2. */
export class BadCommandLine extends Error {
  override name = 'BadCommandLine';
}

/** Reads argv (without node and the script). Throws BadCommandLine. */
export function parseProgramOptions(argv: readonly string[]): ProgramOptions {
  const { values, positionals } = parse(optionalSample(argv));
  const color = values.color ?? 'auto';
  if (color !== 'auto' && color !== 'always' && color !== 'never') {
    throw new BadCommandLine(`--color wants auto, always or never, not ${color}`);
  }
  return {
    help: values.help ?? false,
    version: values.version ?? false,
    silent: values.s ?? false,
    inputFiles: values.i ?? [],
    lines: values.command ?? [],
    echo: values.echo ?? false,
    json: values.json ?? false,
    sample: values.sample,
    color,
    simple: values.simple ?? false,
    readRc: !(values['no-crashrc'] || values.no_crashrc),
    completion: values.completion,
    paths: positionals,
  };
}

/** `--sample` takes a name or stands alone; node's parser wants one or the other. */
function optionalSample(argv: readonly string[]): string[] {
  return argv.map((word, index) => {
    const next = argv[index + 1];
    const alone = next === undefined || next.startsWith('-');
    return word === '--sample' && alone ? '--sample=' : word;
  });
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
        s: { type: 'boolean', short: 's' },
        i: { type: 'string', short: 'i', multiple: true },
        command: { type: 'string', short: 'c', multiple: true },
        echo: { type: 'boolean' },
        json: { type: 'boolean' },
        sample: { type: 'string' },
        color: { type: 'string' },
        simple: { type: 'boolean' },
        'no-crashrc': { type: 'boolean' },
        no_crashrc: { type: 'boolean' },
        completion: { type: 'string' },
      },
    });
  } catch (error) {
    throw new BadCommandLine((error as Error).message.split('. ')[0] ?? 'bad command line');
  }
}

export const HELP = `tscrash: ask a Linux kernel crash dump what happened

usage: tscrash [options] [vmlinux] [vmcore ...]

Files may come in any order and are told apart by their content; several dump files
are the parts of one split dump. Without a dump the bundled sample is opened. No
debuginfo is needed: symbols and types come out of the dump itself.

  -s                  no banner, no echo: for scripts
  -i FILE             run a file of commands first; may be repeated
  -c, --command LINE  run one command line and exit; may be repeated
      --echo          print each command line as "crash> LINE" before its output
      --json          print records as JSON, one a line
      --sample [NAME] open a bundled dump; without a name, list them
      --color WHEN    auto, always or never
      --simple        a plain line editor: no menus, no live rows
      --no-crashrc    do not read ~/.tscrashrc and ./.tscrashrc
      --completion SHELL  print a completion script for bash, zsh or fish
  -h, --help          this text
  -v, --version       the version

At the prompt, "help" lists the commands and "help CMD" explains one.

exit codes: 0 ok, 1 a command of a script failed, 2 usage, 3 the dump cannot be used,
            4 a bug of tscrash, 128+n ended by signal n
`;
