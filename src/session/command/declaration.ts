import type { VAddr } from '../../base/address.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import type { Reach } from '../state/confinement.ts';

/**
 * What a word of a command line means, and so how it is read, completed and explained.
 *
 * - `address`  hex always, `0x` optional; also a symbol or a `(expression)` where crash would refuse one
 * - `count`    decimal when all digits, else hex
 * - `decimal`  strictly decimal (cpu and irq numbers)
 * - `cpus`     `a`, `all`, `1`, `1-3`, `1,3,5-7`
 * - `task`     a pid or a task_struct address, by crash's order of trials
 * - the rest are words that the command reads itself; the kind tells completion what to offer
 */
export interface ValueOf {
  address: VAddr;
  count: number;
  decimal: number;
  cpus: readonly number[];
  task: Task;
  symbol: string;
  type: string;
  member: string;
  module: string;
  slab: string;
  command: string;
  file: string;
  expression: string;
  text: string;
}
/** The kinds of words. */
export type OperandKind = keyof ValueOf;
/**
 * What completion can offer: the operand kinds, the variables of `set`, the words of `foreach`, the topics of `help`,
 * the members of one structure.
 */
export type CompletionKind = OperandKind | 'variable' | 'foreach' | 'topic' | `member:${string}`;

/** The placeholder of a kind in help: `-n word`. */
export const valueName = (kind: OperandKind): string =>
  ({ decimal: 'number', text: 'word' })[kind as string] ?? kind;

/** An option as it is typed: `-v`, `-16`, `--seen`. */
export const flagText = (key: string): string =>
  key.length === 1 || /^\d/.test(key) ? `-${key}` : `--${key}`;

/** One option of a command. */
export interface Flag {
  /** One line, no full stop; shown by completion and `CMD -?`. */
  readonly help: string;
  /** The kind of the option's argument; absent for a plain switch. */
  readonly value?: OperandKind;
  /** The value is optional and glued with `=`: `-S=0,1`. Without it the flag is `true`. */
  readonly attached?: true;
  /** May be given several times; the value is then an array. */
  readonly repeat?: true;
  /** What completion offers for a value that the command converts itself; else that of the kind. */
  readonly completion?: readonly CompletionKind[];
  /** Accepted, as crash accepts it, but not advertised. */
  readonly hidden?: true;
  /** Why a replay refuses it. */
  readonly reach?: Reach;
  /** These other letters cannot be given with it. The order of the check is the declaration's. */
  readonly excludes?: readonly string[];
}

/** The operands of a command. */
export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
  /** `1` exactly one, `?` none or one, `*` any number, `+` at least one (else the usage block is printed). */
  readonly arity: '1' | '?' | '*' | '+';
  readonly help: string;
  /** What completion offers for words that the command converts itself; else that of the kind. */
  readonly completion?: readonly CompletionKind[];
}

/**
 * Several operands, converted one at a time as they are iterated: crash reports a bad third operand after answering the
 * first two, and so does this. Iterating throws CrashError at the bad one.
 */
export interface Operands<T> extends Iterable<T> {
  readonly length: number;
  readonly words: readonly string[];
}

/** The options of a command by letter. */
export type Flags = Readonly<Record<string, Flag>>;
/** The converted value of an option. */
export type FlagValue<F extends Flag> = F extends { value: infer K extends OperandKind }
  ? F extends { repeat: true }
    ? readonly ValueOf[K][]
    : F extends { attached: true }
      ? ValueOf[K] | true
      : ValueOf[K]
  : F extends { repeat: true }
    ? number
    : true;
/** The given options' values by letter. */
export type FlagValues<F extends Flags> = { readonly [K in keyof F]?: FlagValue<F[K]> };
/** The converted value of an operand. */
export type OperandValue<O extends Operand> = O['arity'] extends '1'
  ? ValueOf[O['kind']]
  : O['arity'] extends '?'
    ? ValueOf[O['kind']] | undefined
    : Operands<ValueOf[O['kind']]>;
/** The converted operands by name. */
export type OperandValues<O extends readonly Operand[]> = {
  readonly [P in O[number] as P['name']]: OperandValue<P>;
};

/** The parsed arguments of a command line. */
export interface Arguments<F extends Flags, O extends readonly Operand[]> {
  readonly flags: FlagValues<F>;
  readonly operands: OperandValues<O>;
  /** Flags in the order given, for the few commands where the last of several wins. */
  readonly order: readonly string[];
  /** Every word after the command's name, as typed. */
  readonly words: readonly string[];
}
