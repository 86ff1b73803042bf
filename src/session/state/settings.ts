import { closeSync, fstatSync } from 'node:fs';
import { hex, va } from '../../base/address.ts';
import { blame, CrashError } from '../../base/errors.ts';
import { openForWriting } from '../../base/files.ts';
import { isNumber, parseCount, parseHex } from '../line/numbers.ts';
import { OWNERS_OWN, WRITES_FILE } from './confinement.ts';
import { pagerPath } from './external-pager.ts';
import type { Session } from './session.ts';
import type { PagerName, Switch } from './setting-values.ts';

/** One `set` variable: its name, value and text. */
interface Variable {
  readonly name: string;
  /** The text of `set -v` after `name: `. */
  show(session: Session): string;
  /** Sets a value; false when it is not valid. Throws CrashError where crash has words of its own. */
  change(session: Session, word: string): boolean;
  /** The line that `set name` prints, where it differs from `set -v`. */
  echo?(session: Session): string;
}

/** Whether the word names an installed pager. */
const isPager = (word: string): boolean =>
  word === 'builtin' ||
  (['less', 'more', 'CRASHPAGER'].includes(word) && pagerPath(word as PagerName) !== undefined);

/** The value of an on/off variable; undefined when the word is neither, nor a number. */
function readSwitch(word: string): boolean | undefined {
  if (word === 'on') return true;
  if (word === 'off') return false;
  return isNumber(word) ? parseCount(word) !== 0 : undefined;
}

const onOff = (value: boolean): string => (value ? 'on' : 'off');

function changeSwitch(name: Switch) {
  return ({ settings }: Session, word: string): boolean => {
    const value = readSwitch(word);
    if (value !== undefined) settings[name] = value;
    return value !== undefined;
  };
}

const flag = (name: Switch, echo?: Variable['echo']): Variable => ({
  name,
  show: ({ settings }) => onOff(settings[name]),
  change: changeSwitch(name),
  ...(echo ? { echo } : {}),
});

const readonly = (name: string, show: (session: Session) => string): Variable => ({
  name,
  show,
  change: () => true,
});

const RADIX = { 10: 'decimal', 16: 'hexadecimal' } as const;

/** In the order of `set -v`. */
const VARIABLES: readonly Variable[] = [
  {
    name: 'scroll',
    show: ({ settings: { scroll, pager } }) =>
      scroll ? `on (${pagerPath(pager) ?? 'built-in'})` : 'off (none)',
    change(session, word) {
      // Without a terminal there is no scrolling: any word is accepted without effect.
      if (!session.interactive) return true;
      const { settings } = session;
      if (word === 'off' || readSwitch(word) === false) settings.scroll = false;
      else {
        const pager = readSwitch(word) ? session.pager : word;
        if (!isPager(pager)) return false;
        Object.assign(settings, { scroll: true, pager });
      }
      return true;
    },
  },
  {
    name: 'radix',
    show: ({ settings }) => `${settings.radix} (${RADIX[settings.radix]})`,
    change({ settings }, word) {
      if (word === '10' || /^(dec|ten)/.test(word)) settings.radix = 10;
      else if (word === '16' || /^(hex|six)/.test(word)) settings.radix = 16;
      else return false;
      return true;
    },
    echo: ({ settings }) =>
      `output radix: ${settings.radix} (${settings.radix === 16 ? 'hex' : 'decimal'})`,
  },
  flag('refresh'),
  {
    name: 'print_max',
    show: ({ settings }) => String(settings.print_max),
    change({ settings }, word) {
      if (word !== 'default' && !isNumber(word)) return false;
      settings.print_max = word === 'default' ? 256 : parseCount(word);
      return true;
    },
  },
  flag('print_array'),
  {
    name: 'console',
    show: ({ settings }) => settings.console || '(not assigned)',
    change({ settings }, word) {
      settings.console = word;
      return true;
    },
    echo: ({ settings }) => `console: ${settings.console || 'not set'}`,
  },
  {
    name: 'debug',
    show: ({ settings }) => String(settings.debug),
    change({ settings }, word) {
      const value = word === 'on' ? 1 : word === 'off' ? 0 : isNumber(word) ? parseCount(word) : -1;
      if (value >= 0) settings.debug = value;
      return value >= 0;
    },
  },
  flag(
    'core',
    ({ settings }) =>
      `core: ${settings.core ? 'on (drop core' : 'off (do NOT drop core'} on error message)`,
  ),
  flag('hash'),
  flag('silent'),
  {
    name: 'edit',
    show: ({ settings }) => settings.edit,
    change({ settings, interactive }, word) {
      // crash accepts it in an rc file only; where keys are read it may change from one prompt to the next.
      if (!interactive) throw new CrashError('cannot change editing mode during runtime');
      if (word !== 'vi' && word !== 'emacs') return false;
      settings.edit = word;
      return true;
    },
  },
  readonly('namelist', ({ settings }) => settings.namelist || '(none: symbols are in the dump)'),
  readonly('dumpfile', ({ target }) => target.memory.paths.join(' ')),
  flag('unwind'),
  flag('zero_excluded'),
  flag('null-stop'),
  flag('gdb'),
  { name: 'scope', show: showScope, change: changeScope },
  {
    name: 'offline',
    show: ({ settings }) => settings.offline,
    change({ settings }, word) {
      if (word !== 'show' && word !== 'hide') return false;
      settings.offline = word;
      return true;
    },
    echo: ({ settings }) => `      offline: ${settings.offline}`,
  },
  flag('redzone'),
  {
    name: 'error',
    show: ({ settings }) => settings.error,
    change(session, word) {
      const { settings } = session;
      const isPath = word !== 'default' && word !== 'redirect';
      if (isPath) session.confinement?.check(WRITES_FILE);
      if (isPath && !isWritable(word)) {
        throw blame(new CrashError(`invalid path: ${word}`), { kind: 'file', word });
      }
      settings.error = word;
      return true;
    },
  },
];

/** Variables of the terminal, listed only where there is one. */
const TERMINAL_VARIABLES: readonly Variable[] = [
  {
    name: 'redirect',
    show: ({ settings }) => settings.redirect,
    change({ settings }, word) {
      if (word !== 'safe' && word !== 'crash') return false;
      settings.redirect = word;
      return true;
    },
  },
  {
    // Each `set safe-path` adds a folder: ~/.tscrashrc may name several.
    name: 'safe-path',
    show: ({ settings }) => settings['safe-path'].join(' ') || '(none)',
    change({ settings }, word) {
      if (!word.startsWith('/')) return false;
      settings['safe-path'] = [...settings['safe-path'], word];
      return true;
    },
  },
  flag('annotate'),
  flag('verdict'),
  flag('context'),
];

/** Variables that are the owner's terminal's, or the program's: they change no answer. */
const TERMINALS_OWN: ReadonlySet<string> = new Set([
  ...TERMINAL_VARIABLES.map(({ name }) => name),
  ...['scroll', 'edit', 'console', 'refresh', 'debug', 'core', 'silent'],
]);

const variablesOf = ({ interactive }: Session): readonly Variable[] =>
  interactive ? [...VARIABLES, ...TERMINAL_VARIABLES] : VARIABLES;

function isWritable(path: string): boolean {
  try {
    const { fd } = openForWriting(path, 'append');
    const isFile = fstatSync(fd).isFile();
    closeSync(fd);
    return isFile;
  } catch {
    // Whatever the reason, the file cannot be written.
    return false;
  }
}

function showScope({ settings, target }: Session): string {
  const { scope } = settings;
  if (scope === 0n) return '0 (not set)';
  const found = target.symbols.at(va(scope));
  return `${hex(scope)} (${found ? found.symbol.name : 'unknown'})`;
}

function changeScope(session: Session, word: string): boolean {
  const value = session.findSymbol(word) ?? (isNumber(word) ? parseHex(word) : undefined);
  if (value === undefined) return false;
  const type = value === 0n ? 't' : session.target.symbols.at(va(value))?.symbol.type;
  if (type?.toLowerCase() !== 't') {
    const error = new CrashError(`invalid text address: ${word}`);
    throw blame(error, { kind: 'address', word });
  }
  session.settings.scope = value;
  return true;
}

/** `set hex` and similar: a variable and its value in one word. */
const SHORT: Record<string, readonly [string, string]> = {
  hex: ['radix', '16'],
  dec: ['radix', '10'],
  vi: ['edit', 'vi'],
  emacs: ['edit', 'emacs'],
};

/** Every variable as `set -v` shows it: names to the right of column 14. */
export const settingLines = (session: Session): string[] =>
  variablesOf(session).map(
    (variable) => `${variable.name.padStart(14)}: ${variable.show(session)}`,
  );

/** The names, for completion. */
export const settingNames = (): string[] => [
  ...[...VARIABLES, ...TERMINAL_VARIABLES].map(({ name }) => name),
  ...Object.keys(SHORT),
];

/**
 * `set name [value]`: changes the variable when there is a value, and returns the line to print; undefined when there
 * is no such variable. Throws CrashError for an invalid value.
 */
export function setVariable(session: Session, words: readonly string[]): string | undefined {
  const [first = ''] = words;
  const short = SHORT[first];
  const variable = [...VARIABLES, ...TERMINAL_VARIABLES].find(
    ({ name }) => name === (short?.[0] ?? first),
  );
  if (!variable) return undefined;
  const value = short?.[1] ?? words[1];
  if (value !== undefined && TERMINALS_OWN.has(variable.name))
    session.confinement?.check(OWNERS_OWN);
  if (value !== undefined && !variable.change(session, value)) {
    const error = new CrashError(`invalid command: set ${words.join(' ')} `);
    throw blame(error, {
      kind: 'text',
      word: value,
      note: `"set ${variable.name}" shows what it is`,
    });
  }
  return variable.echo?.(session) ?? `${variable.name}: ${variable.show(session)}`;
}
