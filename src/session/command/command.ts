import type { VAddr } from '../../base/address.ts';
import { CrashError, type Fault } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { Restriction } from '../state/sandbox.ts';
import type { Session } from '../state/session.ts';
import type { Arguments, Flags, Operand } from './declaration.ts';

/** Widths that are facts of the machine: the columns of a table do not depend on its rows. */
export interface Widths {
  /** Hexadecimal digits of the highest physical address. */
  readonly physical: number;
  /** CPUs of the machine. */
  readonly cpus: number;
  /** Columns of who printed a message of the log: a letter and the number of a task or CPU. */
  readonly caller: number;
}

/** What laying out needs beside the record. */
export interface PrintContext {
  /** The command's own name as it was invoked (for `dmesg`, `lsmod`). */
  readonly name: string;
  /** How the session wants to see things: `radix`, `redzone` ... */
  readonly settings: Session['settings'];
  readonly widths: Widths;
  /** False for the part of a task that is named already (`foreach`): the task's header is left out. */
  readonly headed: boolean;
}

/** What a command sees of the world. */
export interface CommandContext extends PrintContext {
  readonly target: Target;
  /** Current context, settings (`radix`, `print_max` ...), aliases, the registry. */
  readonly session: Session;
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
  run(words: readonly string[], options?: NestedOptions): Iterable<Nested>;
}

export interface NestedOptions {
  /** False: the task of the records is named already, see {@link PrintContext.headed}. Default true. */
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
  /** A blank line that ends an answer: who puts answers together (`foreach`) may leave it out. */
  gap(): void;
}

/**
 * Prints one record. Made for one command line: what it remembers of the records before is its own. The type is that
 * of a method, so that the printer of a command whose types are forgotten takes what the command yields.
 */
export type Printer<R> = { print(record: R, out: Out): void }['print'] & {
  /** Called after the last record: also when there was none, for the title of an empty table; not when an error came first. */
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
  /** Why a replay leaves the command out: it does more than ask the dump. */
  readonly restricted?: Restriction;
  /**
   * Yields records and notices, as they are found. A record is a fact, as plain data with addresses as bigint: no
   * headings, no padded text, nothing that depends on the record before it. Where a command has several kinds of
   * records, each says its `kind`.
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
      /** Called once for each command line: titles, styles and what came before are variables of the printer. */
      printer(args: Arguments<F, O>, context: PrintContext): Printer<R>;
      readonly print?: undefined;
    };

export type CommandSpec<F extends Flags, O extends readonly Operand[], R> = CommandBase<F, O, R> &
  Printing<F, O, R>;

/** A command whose types have been forgotten, as the registry keeps it. */
export type AnyCommand = CommandSpec<Flags, readonly Operand[], unknown>;

/** Declares a command; the types of `run`'s arguments follow from `flags` and `operands`. */
export function defineCommand<const F extends Flags, const O extends readonly Operand[], R>(
  spec: CommandSpec<F, O, R>,
): CommandSpec<F, O, R> {
  return spec;
}

/** The printer of one command line. It is made when the first record comes: what is wrong with the line is said first. */
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
