import { CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import {
  hasStateCode,
  isGroupLeader,
  isKernelThread,
  STATE_CODES,
} from '../../kernel/task/state.ts';
import { isActive, type Task, taskTable } from '../../kernel/task/tasks.ts';
import { isNumber } from '../line/numbers.ts';
import { isQuoted } from '../line/pattern.ts';
import { findTasks } from '../state/task-words.ts';
import { commTest } from './select-tasks.ts';

/** The commands that foreach runs. */
export const FOREACH_COMMANDS = [
  'bt',
  'vm',
  'task',
  'files',
  'net',
  'set',
  'ps',
  'sig',
  'vtop',
] as const;
/** The name of such a command. */
export type ForeachCommand = (typeof FOREACH_COMMANDS)[number];

/** The words of foreach, parsed: tasks, commands, and the commands' arguments. */
export interface ForeachPlan {
  readonly commands: readonly ForeachCommand[];
  readonly args: readonly string[];
  /** Unknown words; crash names them and continues with the others. */
  readonly unknown: readonly string[];
  readonly selects: (task: Task) => boolean;
}

const isCommand = (word: string): word is ForeachCommand =>
  (FOREACH_COMMANDS as readonly string[]).includes(word);
type Test = (task: Task) => boolean;

/** Parses selectors up to the first command's name; the words after the commands are their arguments. */
class ForeachReader {
  readonly commands: ForeachCommand[] = [];
  readonly args: string[] = [];
  readonly unknown: string[] = [];
  /** Tests of which one must hold; without any, all tasks are chosen unless a selector was wrong. */
  readonly chosen: Test[] = [];
  /** Tests that must all hold. */
  readonly limits = new Map<string, Test>();
  readonly #target: Target;
  #state: string | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  read(words: readonly string[]): ForeachPlan {
    for (const word of words) {
      if (this.commands.length > 0) this.#afterCommand(word);
      else this.#selector(word);
    }
    const { chosen, limits, commands, args, unknown } = this;
    const all = chosen.length === 0 && unknown.length === 0;
    const selects = (task: Task): boolean =>
      (all || chosen.some((test) => test(task))) &&
      [...limits.values()].every((test) => test(task));
    return { commands, args, unknown, selects };
  }

  #afterCommand(word: string): void {
    if (isCommand(word) && this.args.length === 0) this.commands.push(word);
    else this.args.push(word);
  }

  #selector(word: string): void {
    if (isCommand(word)) this.commands.push(word);
    else if (!(this.#numbered(word) || this.#limited(word) || this.#named(word)))
      this.unknown.push(word);
  }

  #numbered(word: string): boolean {
    if (!isNumber(word)) return false;
    const found = new Set(findTasks(this.#target, word).map(({ address }) => address));
    if (found.size > 0) this.chosen.push(({ address }) => found.has(address));
    return found.size > 0;
  }

  #limited(word: string): boolean {
    const limit = LIMITS[word];
    if (limit) {
      for (const other of limit.not) {
        if (this.limits.has(other)) throw new CrashError(limit.refusal);
      }
      this.limits.set(word === 'gleader' ? 'user' : word, (task) => limit.test(task, this.#target));
      return true;
    }
    const code = word.replace(/^\\(?=DE$)/, '');
    if (!(STATE_CODES as readonly string[]).includes(code)) return false;
    if (this.#state !== undefined) throw new CrashError('only one task state allowed');
    this.#state = code;
    this.limits.set('state', (task) => hasStateCode(task, code));
    return true;
  }

  #named(word: string): boolean {
    const test = commTest(word);
    if (!isQuoted(word) && !taskTable(this.#target).tasks.some(test)) return false;
    this.chosen.push(test);
    return true;
  }
}

interface Limit {
  readonly test: (task: Task, target: Target) => boolean;
  readonly not: readonly string[];
  readonly refusal: string;
}
const LIMITS: Record<string, Limit> = {
  kernel: {
    test: isKernelThread,
    not: ['user'],
    refusal: 'user and kernel are mutually exclusive!',
  },
  user: {
    test: (task) => !isKernelThread(task),
    not: ['kernel'],
    refusal: 'user and kernel are mutually exclusive!',
  },
  gleader: {
    test: (task) => !isKernelThread(task) && isGroupLeader(task),
    not: ['kernel'],
    refusal: 'gleader and kernel are mutually exclusive!',
  },
  active: { test: (task, target) => isActive(target, task), not: [], refusal: '' },
};

/** Every word that may stand before the commands' arguments, pids and names aside. */
export const FOREACH_WORDS: readonly string[] = [
  ...FOREACH_COMMANDS,
  ...Object.keys(LIMITS),
  ...STATE_CODES,
];

/**
 * Parses foreach's words after its options. Throws CrashError in crash's words for selectors that exclude each other.
 */
export const readForeach = (target: Target, words: readonly string[]): ForeachPlan =>
  new ForeachReader(target).read(words);

/** `-x` and the like: which letters were given. */
export type GivenLetters = ReadonlySet<string>;

interface Rule {
  readonly command: ForeachCommand;
  readonly broken: (given: GivenLetters, args: readonly string[]) => boolean;
  readonly text: string;
}
const both =
  (a: string, b: string) =>
  (given: GivenLetters): boolean =>
    given.has(a) && given.has(b);
const any =
  (...letters: readonly string[]) =>
  (given: GivenLetters): boolean =>
    letters.some((letter) => given.has(letter));
const several =
  (...letters: readonly string[]) =>
  (given: GivenLetters): boolean =>
    letters.filter((letter) => given.has(letter)).length > 1;

/** Combinations that foreach refuses, in the order of its checks. */
const RULES: readonly Rule[] = [
  { command: 'net', broken: both('x', 'd'), text: 'net: -x and -d options are mutually exclusive' },
  {
    command: 'vtop',
    broken: (_, args) => args.length === 0,
    text: 'foreach command requires address argument',
  },
  { command: 'vtop', broken: any('R'), text: 'vtop command does not support -R option' },
  {
    command: 'vtop',
    broken: both('u', 'k'),
    text: 'vtop: -u and -k options are mutually exclusive',
  },
  { command: 'vm', broken: both('x', 'd'), text: 'vm: -x and -d options are mutually exclusive' },
  {
    command: 'vm',
    broken: several('p', 'm', 'v'),
    text: 'vm command accepts only one of -p, -m or -v flags',
  },
  { command: 'vm', broken: both('R', 'm'), text: 'vm: -m is not applicable to the -R option' },
  { command: 'vm', broken: both('R', 'v'), text: 'vm: -v is not applicable to the -R option' },
  { command: 'bt', broken: both('x', 'd'), text: 'bt: -x and -d options are mutually exclusive' },
  {
    command: 'bt',
    broken: any('g'),
    text: 'bt -g option is not supported when issued from foreach',
  },
  {
    command: 'task',
    broken: both('x', 'd'),
    text: 'task: -x and -d options are mutually exclusive',
  },
  { command: 'set', broken: any('R'), text: 'set command does not support -R option' },
  { command: 'sig', broken: any('l', 's'), text: 'sig: -l and -s options are not applicable' },
  { command: 'files', broken: any('p'), text: 'files command does not support -p option' },
];

/** Throws CrashError for options that the commands do not take from foreach. */
export function checkForeach(plan: ForeachPlan, given: GivenLetters): void {
  for (const command of plan.commands) {
    const rule = RULES.find((each) => each.command === command && each.broken(given, plan.args));
    if (rule) throw new CrashError(rule.text);
  }
}
