import type { VAddr } from '../../base/address.ts';
import { CrashError, type Fault } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import type { Restriction } from '../state/sandbox.ts';
import type { Session } from '../state/session.ts';

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
export type OperandKind = keyof ValueOf;
/**
 * What completion can offer: what the kinds name, the variables of `set`, the words of `foreach`, the topics of `help`,
 * the members of one structure.
 */
export type CompletionKind = OperandKind | 'variable' | 'foreach' | 'topic' | `member:${string}`;

/** What a kind is called where its name is shown: `-n word`. */
export const valueName = (kind: OperandKind): string =>
  ({ decimal: 'number', text: 'word' })[kind as string] ?? kind;

export interface Flag {
  /** One line, no full stop; shown by completion and `CMD -?`. */
  readonly help: string;
  /** The kind of the option's argument; absent for a plain switch. */
  readonly value?: OperandKind;
  /** The value is optional and glued with `=`: `-S=0,1`. Without it the flag is `true`. */
  readonly attached?: true;
  /** May be given several times; the value is then an array. */
  readonly repeat?: true;
  /** What completion offers for a value that the command reads itself; else what the kind names. */
  readonly completion?: readonly CompletionKind[];
  /** Accepted, as crash accepts it, but not advertised. */
  readonly hidden?: true;
  /** Why a replay does not give it. */
  readonly restricted?: Restriction;
  /** These other letters cannot be given with it. The order of the check is the declaration's. */
  readonly excludes?: readonly string[];
}

export interface Operand {
  readonly name: string;
  readonly kind: OperandKind;
  /** `1` exactly one, `?` none or one, `*` any number, `+` at least one (else the usage block is printed). */
  readonly arity: '1' | '?' | '*' | '+';
  readonly help: string;
  /** What completion offers for words that the command reads itself; else what the kind names. */
  readonly completion?: readonly CompletionKind[];
}

/**
 * Several operands, converted one at a time as they are iterated: crash reports a bad third operand after
 * answering the first two, and so do we. Iterating throws CrashError at the bad one.
 */
export interface Operands<T> extends Iterable<T> {
  readonly length: number;
  readonly words: readonly string[];
}

export type Flags = Readonly<Record<string, Flag>>;
export type FlagValue<F extends Flag> = F extends { value: infer K extends OperandKind }
  ? F extends { repeat: true }
    ? readonly ValueOf[K][]
    : F extends { attached: true }
      ? ValueOf[K] | true
      : ValueOf[K]
  : F extends { repeat: true }
    ? number
    : true;
export type FlagValues<F extends Flags> = { readonly [K in keyof F]?: FlagValue<F[K]> };
export type OperandValue<O extends Operand> = O['arity'] extends '1'
  ? ValueOf[O['kind']]
  : O['arity'] extends '?'
    ? ValueOf[O['kind']] | undefined
    : Operands<ValueOf[O['kind']]>;
export type OperandValues<O extends readonly Operand[]> = {
  readonly [P in O[number] as P['name']]: OperandValue<P>;
};

export interface Arguments<F extends Flags, O extends readonly Operand[]> {
  readonly flags: FlagValues<F>;
  readonly operands: OperandValues<O>;
  /** Flags in the order given, for the few commands where the last of several wins. */
  readonly order: readonly string[];
  /** Every word after the command's name, as typed. */
  readonly words: readonly string[];
}

/** What a command sees of the world. */
export interface CommandContext {
  readonly target: Target;
  /** Current context, settings (`radix`, `print_max` ...), aliases, the registry. */
  readonly session: Session;
  /** The command's own name as it was invoked (for `dmesg`, `lsmod`). */
  readonly name: string;
  /** Every command, by name: for `help`, `alias` and `foreach`. */
  readonly commands: ReadonlyMap<string, AnyCommand>;
  /** Adds a command to the session, or replaces the one of that name (`extend`). */
  add(command: AnyCommand): void;
  /** Takes it away again. */
  remove(name: string): void;
  /**
   * Runs another command (`foreach`, `repeat`) and yields what it yields, wrapped so that it prints as
   * that command prints. Its errors become notices: the caller goes on. Depth-limited.
   */
  run(words: readonly string[]): Iterable<Nested>;
}

/** A record or notice of a command that another command ran. */
export interface Nested {
  readonly nested: AnyCommand;
  readonly item: unknown;
  readonly context: CommandContext;
}
export const isNested = (item: unknown): item is Nested =>
  typeof item === 'object' && item !== null && 'nested' in item;

/** The driver waits for it before it asks for more. */
export interface Waiting {
  readonly waiting: Promise<unknown>;
}
export const isWaiting = (item: unknown): item is Waiting =>
  typeof item === 'object' && item !== null && 'waiting' in item;

/** The driver waits this long before it asks for more (`repeat -5`); Ctrl-C is heard meanwhile. */
export interface Pause {
  readonly pause: number;
}
export const pause = (milliseconds: number): Pause => ({ pause: milliseconds });
export const isPause = (item: unknown): item is Pause =>
  typeof item === 'object' && item !== null && 'pause' in item;

/** A message between records: printed where it happens, in crash's form, and the command goes on. */
export interface Notice {
  readonly notice: 'error' | 'warning' | 'note' | 'plain' | 'progress' | 'hint';
  readonly text: string;
  /** An error for the console alone, also when the output goes elsewhere: what getopt writes to stderr. */
  readonly consoleOnly?: true;
  /** The word that it is about: at a terminal it is shown, with what may have been meant. */
  readonly fault?: Fault;
}
const notice =
  (kind: Notice['notice']) =>
  (text: string): Notice => ({ notice: kind, text });
/** `CMD: text`; the command goes on and counts as failed. */
export const error = (text: string, fault?: Fault): Notice => ({
  notice: 'error',
  text,
  ...(fault ? { fault } : {}),
});
/** `WARNING: text`. */
export const warning = notice('warning');
/** `NOTE: text`. */
export const note = notice('note');
/** The text as it is. */
export const plain = notice('plain');
/** Nothing but what a terminal says of a word that crash passes over in silence. */
export const hint = (fault: Fault): Notice => ({ notice: 'hint', text: '', fault });
/** Shown only in the live rows of a terminal, and only after half a second. */
export const progress = notice('progress');

export const isNotice = (item: unknown): item is Notice =>
  typeof item === 'object' && item !== null && 'notice' in item;

/** Ends the command with `CMD: text` (crash's FATAL). What was yielded stays printed. */
export class CommandError extends CrashError {
  override name = 'CommandError';
  /** Print the usage block after the message. */
  readonly usage: boolean;
  constructor(text: string, options: { usage?: boolean; fault?: Fault } = {}) {
    super(text);
    this.usage = options.usage ?? false;
    this.fault = options.fault;
  }
}
/** Ends the command with its usage block alone. */
export class UsageOnly extends CrashError {
  override name = 'UsageOnly';
}

/** Where a command's text goes: one call a line, no trailing newline; `write` for partial lines. */
export interface Out {
  line(text?: string): void;
  write(text: string): void;
}

export interface Example {
  readonly run: string;
  /** A bundled dump's name. */
  readonly on: string;
  readonly shows: string;
}

export interface CommandSpec<F extends Flags, O extends readonly Operand[], R> {
  readonly name: string;
  readonly group: 'task' | 'memory' | 'symbol' | 'kernel' | 'system' | 'session';
  /** One line, as crash's help screen has it: `virtual to physical`. */
  readonly summary: string;
  /** crash's usage line after the name: `[-c [pid | taskp]] [-u|-k] address ...`. */
  readonly synopsis: string;
  readonly flags: F;
  readonly operands: O;
  /** Long help, own words, plain text of at most 78 columns (it is shown indented). */
  readonly help?: string;
  readonly examples?: readonly Example[];
  /** Words are not options and not operands: the command reads `words` itself (`eval -1`, `btop -z`). */
  readonly raw?: true;
  /** As `raw`, and the rest of the line is one word as it was typed: no quotes, pipes or redirection (`js`). */
  readonly verbatim?: true;
  /** Why a replay leaves the command out: it does more than ask the dump. */
  readonly restricted?: Restriction;
  /** Yields records (typed plain data, addresses as bigint) and notices, as they are found. */
  run(
    args: Arguments<F, O>,
    context: CommandContext,
  ): Iterable<R | Notice | Nested | Pause | Waiting>;
  /** Text of one record, byte for byte as crash prints it. */
  print(record: R, out: Out, context: CommandContext): void;
}

/** A command whose types have been forgotten, as the registry keeps it. */
export type AnyCommand = CommandSpec<Flags, readonly Operand[], unknown>;

/** Declares a command; the types of `run`'s arguments follow from `flags` and `operands`. */
export function defineCommand<const F extends Flags, const O extends readonly Operand[], R>(
  spec: CommandSpec<F, O, R>,
): CommandSpec<F, O, R> {
  return spec;
}
