import type { Task } from '../../kernel/task/tasks.ts';
import { DEFAULT_SETTINGS, type Settings } from './setting-values.ts';

/** The state of a session that changes the answers of its commands. */
export interface SessionState {
  /** The context; undefined for the initial one. */
  readonly task: Task | undefined;
  /** `set` variables with other than their first values: `radix 16, print_max 512`. */
  readonly settings: string;
}

/** The variables that change what commands print. */
const TELLING = [
  'radix',
  'print_max',
  'print_array',
  'offline',
  'redzone',
  'null-stop',
] as const satisfies readonly (keyof Settings)[];

/** The state of a session, as a transcript records it. */
export function sessionState(session: {
  readonly chosenTask: Task | undefined;
  readonly settings: Readonly<Settings>;
}): SessionState {
  const { settings, chosenTask } = session;
  const changed = TELLING.filter((name) => settings[name] !== DEFAULT_SETTINGS[name]);
  return {
    task: chosenTask,
    settings: changed.map((name) => `${name} ${settingText(settings[name])}`).join(', '),
  };
}

const settingText = (value: string | number | boolean): string =>
  value === true ? 'on' : value === false ? 'off' : String(value);

/** The text of settings as words for `set`; unknown variables are left out. */
export const readSettings = (text: string): (readonly [string, string])[] =>
  text
    .split(',')
    .map((part) => part.trim().split(' '))
    .filter(([name, value]) => value !== undefined && TELLING.some((each) => each === name))
    .map(([name = '', value = '']) => [name, value] as const);
