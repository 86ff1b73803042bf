import type { RedirectRule } from '../line/words.ts';

/** What `set scroll` may name: our own pager, the programs that crash runs, and the user's. */
export type PagerName = 'builtin' | 'less' | 'more' | 'CRASHPAGER';

/** The `set` variables, with crash's names and meanings. */
export interface Settings {
  scroll: boolean;
  /** What pages the output while `scroll` is on. */
  pager: PagerName;
  radix: 10 | 16;
  refresh: boolean;
  /** Elements of an array that are printed. */
  print_max: number;
  print_array: boolean;
  /** The device of the debug console; '' for none. */
  console: string;
  debug: number;
  core: boolean;
  hash: boolean;
  silent: boolean;
  edit: 'vi' | 'emacs';
  /** The file with the kernel's symbols; '' where the dump has them. */
  namelist: string;
  unwind: boolean;
  zero_excluded: boolean;
  'null-stop': boolean;
  gdb: boolean;
  /** The text address whose scope expressions are read in; 0 for none. */
  scope: bigint;
  offline: 'show' | 'hide';
  redzone: boolean;
  /** Destination of errors: `default`, `redirect` or a path. */
  error: string;
  /** Notes after the lines of an answer, at a terminal. */
  annotate: boolean;
  /** A line that says what killed the machine, when it is known, at a terminal. */
  verdict: boolean;
  /** The row that shows the context, at a terminal. */
  context: boolean;
  /** What makes a `>` a redirection: crash's rule, or one by which pasted output is none. */
  redirect: RedirectRule;
  /** Folders whose .tscrashrc may be run. */
  'safe-path': readonly string[];
  /** `bt -O`: the old method of finding frames, until it is given again. */
  'bt-old': boolean;
}

/** The settings that are on or off. */
export type Switch = {
  [K in keyof Settings]: Settings[K] extends boolean ? K : never;
}[keyof Settings];

/** The values at the start of a session. */
export const DEFAULT_SETTINGS: Readonly<Settings> = {
  scroll: false,
  pager: 'builtin',
  radix: 10,
  refresh: true,
  print_max: 256,
  print_array: false,
  console: '',
  debug: 0,
  core: false,
  hash: true,
  silent: false,
  edit: 'vi',
  namelist: '',
  unwind: false,
  zero_excluded: false,
  'null-stop': false,
  gdb: false,
  scope: 0n,
  offline: 'show',
  redzone: true,
  error: 'default',
  annotate: true,
  verdict: true,
  context: true,
  redirect: 'safe',
  'safe-path': [],
  'bt-old': false,
};
