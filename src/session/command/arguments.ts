import { type VAddr, va } from '../../base/address.ts';
import {
  blame,
  CorruptError,
  CrashError,
  type Fault,
  type FaultKind,
  MissingError,
  ReadError,
} from '../../base/errors.ts';
import { contextRegister } from '../../kernel/stacktrace/context-register.ts';
import { cpuCount } from '../../kernel/task/tasks.ts';
import { evaluate } from '../line/expression.ts';
import { parseCount, parseCpus, parseDecimal, parseHex, parseHexAddress } from '../line/numbers.ts';
import { type PastedNames, plainAddresses } from '../line/pasted.ts';
import type { Session } from '../state/session.ts';
import { parseTask } from '../state/task-words.ts';
import type { AnyCommand } from './command.ts';
import { CommandError, UsageOnly } from './command.ts';
import type { Arguments, Flag, Flags, Operand, OperandKind, Operands } from './declaration.ts';
import { type GivenFlag, type ParsedWords, parseOptions } from './getopt.ts';

/** getopt's refusal: its lines are printed first, then the usage block. */
export class OptionErrors extends CrashError {
  override name = 'OptionErrors';
  readonly complaints: readonly string[];
  /** The letter of each complaint. */
  readonly faults: readonly Fault[];
  constructor(complaints: readonly string[], faults: readonly Fault[] = []) {
    super(complaints.join('\n'));
    this.complaints = complaints;
    this.faults = faults;
  }
}

type Convert = (word: string, session: Session) => unknown;

/** The expected kind of word, for faults; a kind that takes any text has none. */
const FAULT_KIND: Partial<Record<OperandKind, FaultKind>> = {
  address: 'address',
  count: 'number',
  decimal: 'number',
  cpus: 'cpus',
  task: 'task',
};

/** Converts a word as its declaration says. An error that is not the dump's names the word. */
function convert(kind: OperandKind, word: string, session: Session, index: number): unknown {
  try {
    return CONVERT[kind](word, session);
  } catch (failure) {
    throw isRefusal(failure)
      ? blame(failure, { kind: FAULT_KIND[kind] ?? 'text', word, index })
      : failure;
  }
}

/** Whether the word is at fault, and not the dump. */
const isRefusal = (failure: unknown): failure is CrashError =>
  failure instanceof CrashError &&
  !(
    failure instanceof ReadError ||
    failure instanceof MissingError ||
    failure instanceof CorruptError
  );

const text: Convert = (word) => word;
const CONVERT: Record<OperandKind, Convert> = {
  address: (word, session) => parseAddress(word, session),
  count: parseCount,
  decimal: parseDecimal,
  cpus: (word, session) => parseCpus(word, cpuCount(session.target)),
  task: (word, session) => parseTask(session.target, word),
  symbol: text,
  type: text,
  member: text,
  module: text,
  slab: text,
  command: text,
  file: text,
  expression: text,
  text,
};

/**
 * An address operand: hexadecimal first, as crash reads it; then forms that crash refuses: a symbol, `symbol+offset`,
 * an expression in parentheses. Every other word is refused in crash's words.
 */
export function parseAddress(word: string, session: Session): VAddr {
  try {
    return parseHexAddress(word);
  } catch (refusal) {
    const value = readExpression(word, session);
    if (value === undefined) {
      // For a word that is no number the place of its first wrong letter means nothing.
      if (refusal instanceof CrashError) refusal.fault = { kind: 'address', word };
      throw refusal;
    }
    return va(value);
  }
}

/**
 * A physical address or the contents of an entry: hexadecimal, or an expression in parentheses. A symbol is a virtual
 * address, which would give a wrong answer: refused in crash's words.
 */
export const parsePhysical = (word: string, session: Session): bigint =>
  word.startsWith('(') ? parseAddress(word, session) : parseHex(word);

function readExpression(word: string, session: Session): bigint | undefined {
  const lookup = (name: string): bigint | undefined =>
    /^[A-Za-z_.][\w.$]*$/.test(name) ? session.findSymbol(name) : undefined;
  const symbol = lookup(word);
  if (symbol !== undefined) return symbol;
  // Only words with the form of a symbol are tried: `12g` is a mistake, not sixteen digits of memory.
  if (!/^\(.*\)$|^[A-Za-z_.][\w.$]*\s*[-+]/.test(word)) return undefined;
  try {
    return evaluate(word, lookup);
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

type Parsed = Arguments<Flags, readonly Operand[]>;

/** Whether pasted addresses have a meaning among the words of a command. */
const readsAddresses = ({ raw, verbatim, operands }: AnyCommand): boolean =>
  !raw &&
  !verbatim &&
  operands.some(
    ({ kind, completion }) =>
      kind === 'address' || kind === 'symbol' || completion?.includes('address') === true,
  );

const namesOf = (session: Session): PastedNames => ({
  symbol: (name) => session.findSymbol(name),
  register: (name) => contextRegister(session.target, session.task, name),
});

/** Parses the words after a command's name by its declaration. Throws errors that the driver prints. */
export function parseArguments(
  command: AnyCommand,
  given: readonly string[],
  session: Session,
): Parsed {
  const words = readsAddresses(command) ? plainAddresses(given, namesOf(session)) : given;
  if (command.raw || command.verbatim) {
    return {
      flags: {},
      operands: rawOperands(command, words, session) as Parsed['operands'],
      order: [],
      words,
    };
  }
  const parsed = parseOptions(words, command.flags);
  const flags = flagValues(parsed.flags, command.flags, session);
  if (parsed.complaints.length > 0) throw new OptionErrors(parsed.complaints, parsed.faults);
  return {
    flags: flags as Parsed['flags'],
    operands: operandValues(command, parsed, session) as Parsed['operands'],
    order: parsed.flags.map(({ key }) => key),
    words,
  };
}

function flagValues(
  given: readonly GivenFlag[],
  flags: Flags,
  session: Session,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { key, value, index } of given) {
    const flag = flags[key];
    if (!flag) continue;
    if (flag.reach) session.confinement?.check(flag.reach);
    const one =
      flag.value === undefined || value === undefined
        ? true
        : convert(flag.value, value, session, index);
    values[key] = flag.repeat ? repeated(values[key], one, flag) : one;
    checkExclusions(flags, values, given);
  }
  return values;
}

function repeated(before: unknown, one: unknown, flag: Flag): unknown {
  if (flag.value === undefined) return (typeof before === 'number' ? before : 0) + 1;
  return [...(Array.isArray(before) ? before : []), one];
}

function checkExclusions(
  flags: Flags,
  values: Record<string, unknown>,
  given: readonly GivenFlag[],
): void {
  for (const [key, flag] of Object.entries(flags)) {
    if (!(key in values)) continue;
    const other = flag.excludes?.find((letter) => letter in values);
    if (other === undefined) continue;
    const text = `-${key} and -${other} are mutually exclusive`;
    const last = given.findLast((flag) => flag.key === key || flag.key === other);
    throw new CommandError(text, { fault: { kind: 'text', word: `-${last?.key ?? key}` } });
  }
}

function operandValues(
  command: AnyCommand,
  { operands: words, places }: ParsedWords,
  session: Session,
): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  let at = 0;
  for (const { name, kind, arity } of command.operands) {
    if (arity === '*' || arity === '+') {
      const rest = words.slice(at);
      if (arity === '+' && rest.length === 0) throw new UsageOnly('');
      values[name] = operands(rest, kind, session, places.slice(at));
      at = words.length;
      continue;
    }
    const word = words[at];
    if (word === undefined && arity === '1') throw new UsageOnly('');
    values[name] = word === undefined ? undefined : convert(kind, word, session, places[at] ?? at);
    at++;
  }
  return values;
}

/** A raw command's list operand, if it declares one, is all its words. */
function rawOperands(
  command: AnyCommand,
  words: readonly string[],
  session: Session,
): Record<string, unknown> {
  const list = command.operands.find(({ arity }) => arity === '+' || arity === '*');
  if (!list) return {};
  if (list.arity === '+' && words.length === 0) throw new UsageOnly('');
  return { [list.name]: operands(words, list.kind, session) };
}

/** Words are converted when they are asked for: a bad third word is reported after two answers. */
function operands(
  words: readonly string[],
  kind: OperandKind,
  session: Session,
  places: readonly number[] = [],
): Operands<unknown> {
  return {
    words,
    length: words.length,
    *[Symbol.iterator]() {
      for (const [at, word] of words.entries()) {
        yield convert(kind, word, session, places[at] ?? at);
      }
    },
  };
}
