/** One option of the program: the source of --help, the README's table, the completion scripts and the parser. */
export interface ProgramOption {
  readonly long?: string;
  readonly short?: string;
  /** The value's placeholder in --help. */
  readonly value?: 'FILE' | 'LINE' | 'NAME' | 'WHEN' | 'SHELL';
  /** The value may be left out. */
  readonly optional?: true;
  readonly repeat?: true;
  /** The only valid values. */
  readonly words?: readonly string[];
  /** One line, no full stop. */
  readonly help: string;
  /** Accepted and not advertised. */
  readonly hidden?: true;
}

/** Shells with a completion script. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** Values of --color. */
export const WHEN = ['auto', 'always', 'never'] as const;

/** The program's options, in the order of --help. */
export const OPTIONS: readonly ProgramOption[] = [
  { short: 's', help: 'no banner, no echo: for scripts' },
  {
    short: 'i',
    value: 'FILE',
    repeat: true,
    help: 'run a file of commands first; may be repeated',
  },
  {
    long: 'command',
    short: 'c',
    value: 'LINE',
    repeat: true,
    help: 'run one command line and exit; may be repeated',
  },
  { long: 'echo', help: 'print each command line as "crash> LINE" before its output' },
  { long: 'json', help: 'print records as JSON, one a line' },
  {
    long: 'sample',
    value: 'NAME',
    optional: true,
    help: 'open a bundled dump; without a name, list them',
  },
  { long: 'color', value: 'WHEN', words: WHEN, help: 'auto, always or never; NO_COLOR is obeyed' },
  { long: 'simple', help: 'a plain line editor: no menus, no live rows' },
  { long: 'rc', value: 'FILE', help: 'read FILE in place of ~/.tscrashrc' },
  { long: 'no-crashrc', help: 'do not read ~/.tscrashrc and ./.tscrashrc' },
  { long: 'no_crashrc', help: 'the same, as crash writes it', hidden: true },
  { long: 'no-cache', help: 'keep no index of a vmlinux between sessions' },
  {
    long: 'completion',
    value: 'SHELL',
    words: SHELLS,
    help: 'print a completion script for bash, zsh or fish',
  },
  { long: 'help', short: 'h', help: 'say how to use it' },
  { long: 'version', short: 'v', help: 'say which version it is' },
];

/** `-c, --command LINE`; indented like that where there is no short form. */
export function optionUsage({ short, long, value, optional }: ProgramOption): string {
  const names = [short && `-${short}`, long && `--${long}`].filter(Boolean).join(', ');
  const word = value && optional ? ` [${value}]` : value ? ` ${value}` : '';
  return `${short === undefined ? '    ' : ''}${names}${word}`;
}
