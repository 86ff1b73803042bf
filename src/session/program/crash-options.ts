import type { ProgramOption } from './option-list.ts';

/** An option of crash(8): taken, so that scripts written for crash run. */
interface CrashOption extends ProgramOption {
  /** The setting that it changes: `set NAME VALUE`. `true` stands for the option's own value. */
  readonly set?: readonly [name: string, value: string | true];
  /** Why it has no effect here. */
  readonly idle?: string;
}

/** What is asked for in place of a session. */
const QUESTIONS = ['osrelease', 'build-id', 'log', 'buildinfo'] as const;
export type Question = (typeof QUESTIONS)[number] | 'timestamp';

const LAZY = 'nothing is read before it is needed';
const FOUND = 'it is found in the dump';
const NO_FILES = 'symbols and types come out of the dump';
const DUMPS = 'only dumps are opened';

const taken = (names: Pick<ProgramOption, 'long' | 'short'>, idle: string): CrashOption => ({
  ...names,
  idle,
  help: `no effect: ${idle}`,
  hidden: true,
});
const plain = (long: string, idle: string) => taken({ long }, idle);
const valued = (long: string, idle: string): CrashOption => ({
  ...plain(long, idle),
  value: 'NAME',
});
const letter = (short: string, idle: string) => taken({ short }, idle);
const sets = (long: string, name: string, value: string | true): CrashOption => ({
  long,
  set: [name, value],
  help: `set ${name} ${value === true ? 'VALUE' : value}`,
  hidden: true,
});

/** Options of crash 8.0.6's manual page that are not among tscrash's own. */
export const CRASH_OPTIONS: readonly CrashOption[] = [
  ...QUESTIONS.map(
    (long): CrashOption => ({ long, help: `print the ${long} of a dump, and end`, hidden: true }),
  ),
  { short: 't', help: 'print when the system crashed, and end', hidden: true },
  sets('no_scroll', 'scroll', 'off'),
  sets('more', 'scroll', 'more'),
  sets('less', 'scroll', 'less'),
  sets('CRASHPAGER', 'scroll', 'CRASHPAGER'),
  sets('hex', 'radix', '16'),
  sets('dec', 'radix', '10'),
  { ...sets('offline', 'offline', true), value: 'WHEN', words: ['show', 'hide'] },
  { short: 'd', value: 'NAME', set: ['debug', true], help: 'set debug NUMBER', hidden: true },
  { short: 'e', value: 'NAME', set: ['edit', true], help: 'set edit vi or emacs', hidden: true },
  plain('minimal', LAZY),
  plain('no_modules', LAZY),
  plain('no_kallsyms', LAZY),
  plain('no_kmem_cache', LAZY),
  plain('kmem_cache_delay', LAZY),
  plain('no_panic', LAZY),
  plain('no_ikconfig', LAZY),
  plain('no_data_debug', LAZY),
  plain('active', 'all tasks are known'),
  plain('no_elf_notes', 'notes are held against memory before they are believed'),
  plain('zero_excluded', 'what is not in the dump is never read as zeros'),
  plain('smp', FOUND),
  valued('cpus', FOUND),
  valued('kaslr', FOUND),
  valued('reloc', FOUND),
  valued('machdep', FOUND),
  { ...letter('m', FOUND), value: 'NAME' },
  { ...letter('p', FOUND), value: 'NAME' },
  valued('xen_phys_start', FOUND),
  valued('p2m_mfn', FOUND),
  valued('hash', 'tables grow as they need'),
  valued('max-malloc-bufs', 'tables grow as they need'),
  valued('mod', NO_FILES),
  valued('src', NO_FILES),
  plain('readnow', NO_FILES),
  plain('no_strip', NO_FILES),
  letter('f', NO_FILES),
  letter('g', NO_FILES),
  letter('k', NO_FILES),
  letter('S', DUMPS),
  letter('L', DUMPS),
  valued('memory_module', DUMPS),
  valued('memory_device', DUMPS),
  plain('hyper', 'hypervisors are not read'),
  letter('x', 'extensions of crash are shared objects; "help extend" tells of others'),
];

/** The values of a parsed command line by the names of the options. */
export type Values = Readonly<Record<string, unknown>>;

const nameOf = ({ long, short }: ProgramOption): string => long ?? short ?? '';
const given = (values: Values) =>
  CRASH_OPTIONS.filter((option) => values[nameOf(option)] !== undefined);

/** What is asked for in place of a session; undefined for a session. */
export function questionOf(values: Values): Question | undefined {
  if (values.t === true) return 'timestamp';
  return QUESTIONS.find((question) => values[question] === true);
}

/** The settings that the given options change, in the words of `set`. */
export const settingsOf = (values: Values): readonly (readonly [string, string])[] =>
  given(values).flatMap((option) => {
    if (!option.set) return [];
    const [name, value] = option.set;
    return [[name, value === true ? String(values[nameOf(option)]) : value] as const];
  });

/** One sentence for each reason why given options have no effect. */
export function idleSentences(values: Values): string[] {
  const names = new Map<string, string[]>();
  for (const option of given(values)) {
    if (option.idle === undefined) continue;
    const name = option.long === undefined ? `-${option.short}` : `--${option.long}`;
    names.set(option.idle, [...(names.get(option.idle) ?? []), name]);
  }
  return [...names].map(([why, list]) => `no effect here: ${list.join(', ')} (${why})`);
}
