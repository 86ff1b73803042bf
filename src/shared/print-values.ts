import { plus, type VAddr, va } from '../base/address.ts';
import { CrashError, type Fault, ReadError } from '../base/errors.ts';
import { machineCpus, perCpuOffset } from '../kernel/core/cpus.ts';
import type { Target } from '../kernel/core/target.ts';
import { memoryView, readFailure } from '../kernel/mm/read-memory.ts';
import { addressKind, userSpaceOf } from '../kernel/mm/translate.ts';
import {
  evaluateC,
  treeOfC,
  UnknownTypeError,
  unknownType,
  valueOfC,
  variableValue,
} from '../kernel/values/c-expressions.ts';
import { ScopedNames } from '../kernel/values/scoped-names.ts';
import { type ShownValue, shown } from '../kernel/values/shown-value.ts';
import { expressionTypes, findVariable, type Variable } from '../kernel/values/variables.ts';
import { OptionErrors } from '../session/command/arguments.ts';
import {
  CommandError,
  error,
  type Notice,
  UsageOnly,
  warning,
} from '../session/command/command.ts';
import type { Session } from '../session/state/session.ts';
import { rememberValue, valueHistory } from '../session/state/value-history.ts';
import { declaration } from '../types/c-name.ts';
import { ExpressionError } from '../types/expression/error.ts';
import { answerText } from '../types/expression/result-text.ts';
import type { Value } from '../types/expression/value.ts';
import type { FormatLetter } from '../types/scalar.ts';
import type { ValueStyle } from '../types/value.ts';
import { sessionStyle } from './struct-run.ts';
import { chosenRadix, cpusOf } from './struct-views.ts';

/** One answer of `p`. */
export type PrintRecord =
  | ({
      readonly kind: 'value';
      /** The number of the answer: `$1`. */
      readonly index: number;
      /** The name of the variable; absent for other expressions. */
      readonly name?: string;
    } & ShownValue)
  /** A per-CPU variable without a CPU: the addresses of its copies. */
  | {
      readonly kind: 'per-cpu';
      readonly name: string;
      readonly type: string;
      readonly copies: readonly { readonly cpu: number; readonly address: VAddr }[];
      /** Its declaration. */
      readonly text: () => string;
    };

/** The parsed words of `p`. */
interface PrintRequest {
  readonly expression: string;
  readonly words: readonly string[];
  readonly letter: FormatLetter | undefined;
  readonly radix: 10 | 16;
  readonly isUser: boolean;
}

interface World {
  readonly target: Target;
  readonly session: Session;
}

const LETTERS = 'xduotczafs';

/**
 * Options may stand anywhere, as for getopt, but a later word that merely begins with a minus is part of the
 * expression. Throws UsageOnly, OptionErrors, CommandError.
 */
function readWords(words: readonly string[], session: Session): PrintRequest {
  const order: string[] = [];
  const rest: string[] = [];
  let format: string | undefined;
  for (const word of words) {
    if (/^-[xdhu]+$/.test(word)) order.push(...word.slice(1));
    else if (rest.length === 0 && /^-[^\s]/.test(word) && format === undefined) {
      const fault: Fault = { kind: 'flag', word, at: 1, length: 1 };
      throw new OptionErrors(unknownLetters(word), [fault]);
    } else if (rest.length === 0 && word.startsWith('/')) format = word.slice(1);
    else rest.push(word);
  }
  const radix = chosenRadix(order, session);
  if (rest.length === 0 && format === undefined) throw new UsageOnly('');
  const expression = rest.length === 0 ? '$' : rest.join(' ');
  const shown = format === undefined ? expression : `/${format} ${expression}`;
  // `r` means values without pretty-printers: there are none.
  const letters = (format ?? '').replace('r', '');
  if (letters !== '' && (letters.length > 1 || !LETTERS.includes(letters))) {
    throw failed(shown, {
      kind: 'text',
      word: `/${format}`,
      note: `formats: ${[...LETTERS].join(' ')}`,
    });
  }
  const letter = letters === '' ? undefined : (letters as FormatLetter);
  return { expression, words: rest, letter, radix, isUser: order.includes('u') };
}

/** getopt's complaints about a word of options: one for each unknown letter. */
const unknownLetters = (word: string): string[] =>
  Array.from(word.slice(1).replace(/[xdhu]/g, ''), (letter) => `invalid option -- '${letter}'`);

const failed = (expression: string, fault: Fault): CommandError =>
  new CommandError(`gdb request failed: p ${expression}`, { fault });

/** Evaluates the words of `p` and yields its answers. */
export function* printValues(
  words: readonly string[],
  world: World,
): Generator<PrintRecord | Notice> {
  const { target, session } = world;
  const request = readWords(words, session);
  const { expression } = request;
  const perCpu = /^(\w+):([\w,-]*)$/.exec(expression);
  const [, name = expression, cpus] = perCpu ?? [];
  const variable = /^[A-Za-z_]\w*$/.test(name) ? findVariable(target, name) : undefined;
  try {
    if (!variable || request.letter !== undefined) {
      if (perCpu && !variable) throw failed(expression, { kind: 'symbol', word: name });
      const value = evaluate(request, name, world);
      yield answer(value, leader(request, variable, target), request, world);
    } else if (variable.perCpu && cpus === undefined) yield copiesOf(variable, target);
    else if (variable.perCpu) {
      for (const cpu of cpusOf(cpus ?? '', target, session)) {
        const address = plus(variable.address, perCpuOffset(target, cpu));
        const value = variableValue(target, variable, address);
        yield answer(value, `per_cpu(${name}, ${cpu})`, request, world);
      }
    } else {
      if (cpus !== undefined) yield warning(`${name} is not percpu; cpuspec ignored.`);
      yield answer(variableValue(target, variable), name, request, world);
    }
  } catch (failure) {
    yield* explain(failure, expression, world);
  }
}

/** crash names the value when the first word of the expression is a symbol by itself. */
function leader(
  { words, letter }: PrintRequest,
  variable: Variable | undefined,
  target: Target,
): string | undefined {
  const [first = ''] = words;
  if (letter !== undefined || !/^[A-Za-z_]\w*$/.test(first)) return undefined;
  return (variable ?? findVariable(target, first))?.name;
}

function evaluate({ isUser }: PrintRequest, expression: string, { target, session }: World): Value {
  // gdb reads a longer word in single quotes as a symbol.
  const scopes = new ScopedNames();
  const plainNames = scopes.replaceIn(expression).replace(/'([A-Za-z_]\w+)'/g, '$1');
  return evaluateC(target, plainNames, {
    scopes,
    history: valueHistory(session),
    ...(isUser ? { read: userReader(target, session) } : {}),
  });
}

/** User addresses are those of the current context; all others are the kernel's. */
function userReader(
  target: Target,
  session: Session,
): (address: bigint, length: number) => Uint8Array {
  const view = memoryView(target, 'user', () => session.task);
  return (address, length) =>
    addressKind(target, va(address)) === 'user'
      ? view.read(address, length, 'gdb_readmem_callback')
      : target.kernel.read(va(address), length);
}

/** A reader like {@link userReader} whose failures are ReadErrors: a missing string does not end the answer. */
function stringReader(
  target: Target,
  session: Session,
): (address: bigint, length: number) => Uint8Array {
  const user = userSpaceOf(target, session.task);
  return (address, length) => {
    const isUser = user !== undefined && addressKind(target, va(address)) === 'user';
    return (isUser ? user : target.kernel).read(va(address), length);
  };
}

function answer(
  value: Value,
  name: string | undefined,
  { letter, radix, isUser }: PrintRequest,
  { target, session }: World,
): PrintRecord {
  const style: ValueStyle = { ...sessionStyle(session, radix), ...(letter ? { letter } : {}) };
  const text = valueOfC(target, value, style, isUser ? stringReader(target, session) : undefined);
  // A function has no bytes to remember.
  const index = value.isFunction
    ? valueHistory(session).push(value)
    : rememberValue(session, value);
  const tree = () =>
    treeOfC(target, value, style, isUser ? stringReader(target, session) : undefined);
  return shown(text, tree, {
    kind: 'value',
    index,
    ...(name === undefined ? {} : { name }),
  } as const);
}

function copiesOf(variable: Variable, target: Target): PrintRecord {
  const { name, type, address } = variable;
  if (type === undefined) throw unknownType(variable);
  const types = expressionTypes(target);
  const text = `${declaration(types, type, name)};`;
  return {
    kind: 'per-cpu',
    name,
    type: types.nameOf(type),
    text: () => text,
    copies: machineCpus(target).map((cpu) => ({
      cpu,
      address: plus(address, perCpuOffset(target, cpu)) as VAddr,
    })),
  };
}

/** An error in crash's words, with the reason and the place. */
export function* explain(
  failure: unknown,
  expression: string,
  { target }: World,
): Generator<Notice> {
  // With a vmlinux crash's own words do: what has no type there has none anywhere.
  const isUntyped = failure instanceof UnknownTypeError;
  if (!(failure instanceof CrashError) || (isUntyped && !target.debug.kernel)) throw failure;
  if (failure instanceof ReadError && addressKind(target, va(failure.address)) === 'kernel') {
    const what = 'gdb_readmem_callback';
    yield error(readFailure(target, failure, 'kernel', failure.address, what));
  } else if (!(failure instanceof ReadError || failure instanceof ExpressionError || isUntyped))
    throw failure;
  yield error(`gdb request failed: p ${expression}`, faultOf(failure, expression));
}

/** The fault of an expression; unreadable memory is no fault of a word. */
function faultOf(failure: CrashError, word: string): Fault {
  if (!(failure instanceof ExpressionError)) return { kind: 'expression', word };
  const { at, message, expression, unknown } = failure;
  const note = message.replace(/\.$/, '');
  // Removed quotes have moved the places.
  if (expression !== word) return { kind: 'expression', word, note };
  if (!unknown) return { kind: 'expression', word, at, length: 1, note };
  // The place of a member's error is its operator.
  const { kind, name, of } = unknown;
  const found = expression.indexOf(name, at);
  const start = found < 0 ? at : found;
  return { kind, word, at: start, length: name.length, note, ...(of === undefined ? {} : { of }) };
}

/** The lines of one answer. */
export function printLines(record: PrintRecord): string[] {
  if (record.kind === 'value') return [answerText(record.index, record.name, record.text())];
  return [
    'PER-CPU DATA TYPE:',
    `  ${record.text()}`,
    'PER-CPU ADDRESSES:',
    ...record.copies.map(({ cpu, address }) => `  [${cpu}]: ${address.toString(16)}`),
  ];
}
