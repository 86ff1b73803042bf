import type { VAddr } from '../../base/address.ts';
import { CrashError, type Fault } from '../../base/errors.ts';
import { type Problem, problemOf } from '../../base/problem.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { Reach } from '../state/confinement.ts';
import type { Session } from '../state/session.ts';
import type { Arguments, Flags, Operand } from './declaration.ts';

/** Widths that are facts of the machine: the columns of a table do not depend on its rows. */
export interface Widths {
  /** Hexadecimal digits of the highest physical address. */
  readonly physical: number;
  /** Hexadecimal digits of a pointer. */
  readonly pointer: number;
  /** CPUs of the machine. */
  readonly cpus: number;
  /** Width of a log message's caller: a letter and the number of a task or CPU. */
  readonly caller: number;
}

/** What printing needs besides the record. */
export interface PrintContext {
  /** The command's own name as it was invoked (for `dmesg`, `lsmod`). */
  readonly name: string;
  /** Settings of the session that change the text: `radix`, `redzone` ... */
  readonly settings: Session['settings'];
  readonly widths: Widths;
  /** False when the task is named already (`foreach`): the task's header is left out. */
  readonly headed: boolean;
}

/** What a command may use: the dump, the session, other commands. */
export interface CommandContext extends PrintContext {
  readonly target: Target;
  /** Current context, settings (`radix`, `print_max` ...), aliases, the registry. */
  readonly session: Session;
  /** Every command, by name: for `help`, `alias` and `foreach`. */
  readonly commands: ReadonlyMap<string, AnyCommand>;
  /** Adds a command to the session, or replaces the one of that name (`extend`). */
  add(command: AnyCommand): void;
  /** Removes a command. */
  remove(name: string): void;
  /**
   * Runs another command (`foreach`, `repeat`) and yields its records, wrapped so that they print as that command
   * prints them. Its errors become notices, and the caller continues. Depth-limited.
   */
  run(words: readonly string[], options?: NestedOptions): Iterable<Nested>;
}

export interface NestedOptions {
  /** False when the records' task is named already, see {@link PrintContext.headed}. Default true. */
  readonly headed?: boolean;
}

/** A record or notice of a command that another command ran. */
export interface Nested {
  readonly nested: AnyCommand;
  readonly item: unknown;
  /** Prints the record as the command does. */
  readonly print: Printer<unknown>;
  /** The command has ended; there is no record. */
  readonly isEnd?: true;
  /** The task that the command was run for: records may not name it themselves. */
  readonly task?: { readonly pid: number; readonly address: VAddr };
}
export const isNested = (item: unknown): item is Nested =>
  typeof item === 'object' && item !== null && 'nested' in item;

/** A promise that the driver awaits before it asks for more. */
export interface Waiting {
  readonly waiting: Promise<unknown>;
}
export const isWaiting = (item: unknown): item is Waiting =>
  typeof item === 'object' && item !== null && 'waiting' in item;

/** Milliseconds that the driver waits before it asks for more (`repeat -5`); Ctrl-C ends the wait. */
export interface Pause {
  readonly pause: number;
}
export const pause = (milliseconds: number): Pause => ({ pause: milliseconds });
export const isPause = (item: unknown): item is Pause =>
  typeof item === 'object' && item !== null && 'pause' in item;

/** A message between records: printed at its place, in crash's form, and the command continues. */
export interface Notice {
  readonly notice: 'error' | 'warning' | 'note' | 'plain' | 'progress' | 'hint' | 'failed';
  readonly text: string;
  /** For the console alone, also when the output goes to a file: getopt's lines on stderr, and remarks. */
  readonly consoleOnly?: true;
  /** The word that the message is about: a terminal shows it, with suggestions. */
  readonly fault?: Fault;
  /** What is wrong with the dump, as data. */
  readonly problem?: Problem;
}
const notice =
  (kind: Notice['notice']) =>
  (text: string): Notice => ({ notice: kind, text });
/** `CMD: text`; the command continues and counts as failed. */
export const error = (text: string, fault?: Fault): Notice => ({
  notice: 'error',
  text,
  ...(fault ? { fault } : {}),
});
/** An error that was caught, in its own words or in others. */
export function errorOf(failure: CrashError, text = failure.message): Notice {
  const problem = problemOf(failure);
  return { ...error(text, failure.fault), ...(problem ? { problem } : {}) };
}
/** `WARNING: text`. */
export const warning = notice('warning');
/** `NOTE: text`. */
export const note = notice('note');
/** `NOTE: text` for the console alone: what a script that reads the answer does not expect there. */
export const aside = (text: string): Notice => ({ notice: 'note', text, consoleOnly: true });
/** The text as it is. */
export const plain = notice('plain');
/** A notice without text: a terminal shows the fault of a word that crash ignores silently. */
export const hint = (fault: Fault): Notice => ({ notice: 'hint', text: '', fault });
/**
 * The command counts as failed, in crash's own words or in none: `fault` is the word that a terminal explains. Nothing is printed.
 */
export const failed = (fault?: Fault): Notice => ({
  notice: 'failed',
  text: '',
  ...(fault ? { fault } : {}),
});
/** Shown only in the live rows of a terminal, and only after half a second. */
export const progress = notice('progress');

export const isNotice = (item: unknown): item is Notice =>
  typeof item === 'object' && item !== null && 'notice' in item;

/** Ends the command with `CMD: text` (crash's FATAL). Records already yielded stay printed. */
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

/** Receiver of a command's text: one call a line, no trailing newline; `write` for partial lines. */
export interface Out {
  line(text?: string): void;
  write(text: string): void;
  /** A blank line that ends an answer; `foreach`, which joins answers, may leave it out. */
  gap(): void;
}

/**
 * Prints one record. Made for one command line, so that its state is that line's own. Declared as a method type, so
 * that the printer of an AnyCommand accepts the command's records.
 */
export type Printer<R> = { print(record: R, out: Out): void }['print'] & {
  /** Called after the last record, also when there was none, for the title of an empty table; not after an error. */
  readonly end?: (out: Out) => void;
};

export interface Example {
  readonly run: string;
  /** A bundled dump's name. */
  readonly on: string;
  readonly shows: string;
}

interface CommandBase<F extends Flags, O extends readonly Operand[], R> {
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
  /** The strings of its records are text; without it they are bytes of the dump, one per character. */
  readonly strings?: 'text';
  /** The command is about people and notes: it is no answer that others would want to see. */
  readonly event?: true;
  /** What the command reaches beyond the dump: a replay or a guest may be refused it. */
  readonly reach?: Reach;
  /**
   * Yields records and notices, as they are found. A record is a fact, as plain data with addresses as bigint: no
   * headings, no padded text, nothing that depends on the record before it. Where a command has several kinds of
   * records, each has its `kind`.
   */
  run(
    args: Arguments<F, O>,
    context: CommandContext,
  ): Iterable<R | Notice | Nested | Pause | Waiting>;
}

/** How records become text, byte for byte as crash prints them. Neither form reads the dump. */
type Printing<F extends Flags, O extends readonly Operand[], R> =
  | {
      /** The simple form: the text of one record by itself. */
      print(record: R, out: Out, context: PrintContext): void;
      readonly printer?: undefined;
    }
  | {
      /**
       * Called once for each command line: titles, styles and the state between records are variables of the printer.
       */
      printer(args: Arguments<F, O>, context: PrintContext): Printer<R>;
      readonly print?: undefined;
    };

export type CommandSpec<F extends Flags, O extends readonly Operand[], R> = CommandBase<F, O, R> &
  Printing<F, O, R>;

/** A command of any types, as the registry keeps it. */
export type AnyCommand = CommandSpec<Flags, readonly Operand[], unknown>;

/** Declares a command; the types of `run`'s arguments follow from `flags` and `operands`. */
export function defineCommand<const F extends Flags, const O extends readonly Operand[], R>(
  spec: CommandSpec<F, O, R>,
): CommandSpec<F, O, R> {
  return spec;
}

/** The printer of one command line. Made at the first record, so that errors of the line come first. */
export function printerOf<F extends Flags, O extends readonly Operand[], R>(
  command: CommandSpec<F, O, R>,
  args: Arguments<F, O>,
  context: PrintContext,
): Printer<R> {
  const { print } = command;
  if (print) return (record, out) => print.call(command, record, out, context);
  let made: Printer<R> | undefined;
  const printer = (): Printer<R> => {
    made ??= command.printer(args, context);
    return made;
  };
  return Object.assign((record: R, out: Out): void => printer()(record, out), {
    end: (out: Out): void => printer().end?.(out),
  });
}
