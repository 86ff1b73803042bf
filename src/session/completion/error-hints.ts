import { CrashError, type Fault, type FaultKind } from '../../base/errors.ts';
import { slabCaches } from '../../kernel/mm/slab/caches.ts';
import { moduleList } from '../../kernel/modules.ts';
import { cpuCount, taskTable } from '../../kernel/task/tasks.ts';
import { displayBytes, escapeText } from '../../output/text/escape.ts';
import type { AnyCommand } from '../command/command.ts';
import { TOPICS } from '../help/help.ts';
import { faultLines, placeOfFault, type ShownLine } from '../line/fault-place.ts';
import { isNumber } from '../line/numbers.ts';
import type { Session } from '../state/session.ts';
import { settingNames } from '../state/settings.ts';
import { dumpNames } from './dump-names.ts';
import { memberNames } from './members.ts';
import { closestNames } from './spelling.ts';

/** The hints for a refused word. */
interface Hint {
  /** Similar names, the best first. */
  readonly near?: readonly string[];
  /** What to try when none of them was meant. */
  readonly next?: string;
  /** The part of the word that is wrong, where the hint is more precise than the fault. */
  readonly part?: { readonly at: number; readonly length: number };
}

interface HintContext {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  /** The command that refused the word; undefined when the line has none. */
  readonly command: AnyCommand | undefined;
}

type Teach = (fault: Fault, world: HintContext) => Hint;

const NOTHING: Teach = () => ({});

const HINTS: Record<FaultKind, Teach> = {
  address: ({ word }, world) => {
    if (isNumber(word)) return { next: 'not an address of the kernel' };
    const [name = ''] = /^[A-Za-z_.][\w.]*/.exec(word) ?? [];
    return {
      near: name === '' ? [] : symbolsNear(name, world),
      next: 'an address is hexadecimal, a symbol, symbol+offset or an (expression)',
    };
  },
  command: commandLesson,
  cpus: (_, { session }) => {
    const count = cpuCount(session.target);
    return { next: count === 1 ? 'there is one cpu: 0' : `cpus are 0 to ${count - 1}, or a` };
  },
  expression: (fault, world) => ({
    near: /^[A-Za-z_]\w+$/.test(wrongPart(fault)) ? symbolsNear(wrongPart(fault), world) : [],
    next: fault.note ?? 'two numbers or symbols with + - * / % & | ^ << >> or # between',
  }),
  file: NOTHING,
  flag: flagLesson,
  help: ({ word }, { commands, session }) => ({
    near: closestNames(word, [
      ...commands.keys(),
      ...session.aliases.list().map(({ name }) => name),
      ...Object.keys(TOPICS),
    ]),
    next: commands.has('apropos') ? `"apropos ${word}" looks in their help` : '',
  }),
  history: () => ({ next: '"h" lists the lines' }),
  keyword: ({ word, of = [] }) => ({
    near: closestNames(word, typeof of === 'string' ? [of] : of),
    next: `one of ${[...of].join(' ')}`,
  }),
  member: memberLesson,
  module: ({ word }, { session }) => ({
    near: closestNames(
      word,
      moduleList(session.target).modules.map(({ name }) => name),
    ),
    next: '"mod" lists the modules',
  }),
  number: () => ({ next: 'a number is decimal, or hexadecimal with or without 0x' }),
  slab: ({ word }, { session }) => ({
    near: closestNames(
      word,
      [...slabCaches(session.target).caches].map(({ name }) => name),
    ),
    next: 'no slab cache has that name: "kmem -s list" lists them',
  }),
  symbol: (fault, world) => ({ near: symbolsNear(wrongPart(fault), world) }),
  task: taskLesson,
  text: NOTHING,
  type: (fault, { session }) => ({
    near: dumpNames(session).typesNear(wrongPart(fault)),
    next: fault.note ?? 'no type has that name',
  }),
  variable: (fault, world) => {
    const near = closestNames(fault.word, settingNames());
    return near.length > 0 ? { near } : taskLesson(fault, world);
  },
};

/** The wrong name: the word, or the part of it that the error marks. */
const wrongPart = ({ word, at, length = 1 }: Fault): string =>
  at === undefined ? word : word.slice(at, at + length);

const symbolsNear = (word: string, { session }: HintContext): string[] =>
  dumpNames(session).symbolsNear(word);

/** A command or alias; or a type or symbol, with which a line may also begin. */
function commandLesson({ word }: Fault, world: HintContext): Hint {
  const { session, commands } = world;
  const aliases = session.aliases.list().map(({ name }) => name);
  const near = closestNames(word, [...commands.keys(), ...aliases]);
  if (near.length > 0) return { near };
  const [tag = ''] = word.split('.');
  const part = { at: 0, length: tag.length };
  const types = tag.length > 3 ? dumpNames(session).typesNear(tag) : [];
  if (types.length > 0) return { near: types, part };
  const symbols = tag.length > 3 ? symbolsNear(tag, world) : [];
  if (symbols.length > 0) return { near: symbols, part };
  const finds = commands.has('apropos') ? `; "apropos ${word}" looks in their help` : '';
  return { next: `"help" lists the commands${finds}` };
}

/** The letter in the other case; the expected kind of argument; for `-17`, the number without the dash. */
function flagLesson({ word, at }: Fault, { command }: HintContext): Hint {
  if (!command) return {};
  const { flags } = command;
  const key = at === undefined ? word.slice(1) : (word[at] ?? '');
  const known = flags[key];
  if (known?.value !== undefined) return { next: `-${key} wants ${known.value}: ${known.help}` };
  const shown = Object.keys(flags).filter((name) => !flags[name]?.hidden);
  const other = shown.filter((name) => name.toLowerCase() === key.toLowerCase());
  const near = other.length > 0 ? other : key.length > 1 ? closestNames(key, shown) : [];
  const [first] = near;
  if (first === undefined) return {};
  return { near: near.map((name) => `-${name}`), next: flags[first]?.help ?? '' };
}

/** The first part of a path that is no member, and similar members of its structure. */
function memberLesson(fault: Fault, { session }: HintContext): Hint {
  if (typeof fault.of !== 'string') return {};
  const of = fault.of.replace(/^(struct|union) /, '');
  const { allTypes: types } = session.target;
  const parts = wrongPart(fault).split('.');
  let at = fault.at ?? 0;
  for (const [index, part] of parts.entries()) {
    const holder = parts.slice(0, index).join('.');
    const names = memberNames(types, of, holder);
    const name = part.replace(/\[.*$/, '');
    if (!names.includes(name)) {
      const shown = holder === '' ? of : `${of}.${holder}`;
      const has = names.length > 0 ? `"struct ${shown}" shows its members` : '';
      return { near: closestNames(name, names), next: has, part: { at, length: part.length } };
    }
    at += part.length + 1;
  }
  return { next: `"struct ${of}" shows its members` };
}

/** A task's name in place of its pid: the pids of that name. */
function taskLesson({ word }: Fault, { session }: HintContext): Hint {
  const next = '"ps" lists the tasks';
  if (isNumber(word) && !/^[a-f]+$/i.test(word)) return { next };
  const { tasks } = taskTable(session.target);
  const named = tasks.filter(({ comm }) => comm === word);
  const [name] =
    named.length > 0 ? [word] : closestNames(word, new Set(tasks.map(({ comm }) => comm)));
  const found = tasks.filter(({ comm }) => comm === name).slice(0, 3);
  if (found.length === 0) return { next: `a task is a pid or an address; ${next}` };
  return {
    near: found.map(({ pid }) => String(pid)),
    next: displayBytes(name ?? ''),
  };
}

/** The outside of the hints. */
export interface ErrorHintParts {
  readonly session: Session;
  readonly commands: ReadonlyMap<string, AnyCommand>;
  columns(): number;
}

/** Lines below an error at a terminal: the word that it is about, similar names, and what to try next. */
export class ErrorHints {
  readonly #parts: ErrorHintParts;

  constructor(parts: ErrorHintParts) {
    this.#parts = parts;
  }

  /** The lines to show below the error; none without a hint. */
  lines(fault: Fault, line: ShownLine, command?: AnyCommand): readonly string[] {
    const { near = [], next = '', part } = this.#lesson(fault, command);
    const { note = '' } = fault;
    // With a similar name the way to find names is left out, unless it explains the name.
    const explains = next !== '' && (fault.kind === 'flag' || fault.kind === 'task');
    const meant =
      near.length === 0 ? '' : `did you mean ${choice(near)}${explains ? ` (${next})` : ''}?`;
    const remarks = [note, meant, note + meant === '' ? next : ''];
    const place = placeOfFault(line, { ...fault, ...part });
    return faultLines(escapeText(line.text), place, remarks.map(escapeText), this.#parts.columns());
  }

  #lesson(fault: Fault, command: AnyCommand | undefined): Hint {
    const { session, commands } = this.#parts;
    try {
      return HINTS[fault.kind](fault, { session, commands, command });
    } catch (error) {
      // Unreadable names are not suggested; the error itself has been printed.
      if (error instanceof CrashError) return {};
      throw error;
    }
  }
}

function choice(names: readonly string[]): string {
  const head = names.slice(0, -1).join(', ');
  return head === '' ? (names[0] ?? '') : `${head} or ${names.at(-1)}`;
}
