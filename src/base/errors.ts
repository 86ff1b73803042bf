/** What kind of word was expected in place of a refused one. */
export type FaultKind =
  | 'address'
  | 'command'
  | 'cpus'
  | 'expression'
  | 'file'
  | 'flag'
  | 'help'
  | 'history'
  | 'keyword'
  | 'member'
  | 'module'
  | 'number'
  | 'slab'
  | 'symbol'
  | 'task'
  | 'text'
  | 'type'
  | 'variable';

/** The word of a command line that an error is about: the caret points at it, and corrections are suggested for it. */
export interface Fault {
  readonly kind: FaultKind;
  /** As typed; may be a part of a word, or several words with a blank between. */
  readonly word: string;
  /** Offset and length of the wrong part, in characters; all of the word when absent. */
  readonly at?: number;
  readonly length?: number;
  /** Index among the words after the command's name, where the reader of the words knows it. */
  readonly index?: number;
  /** The structure whose member was expected, or the words of which one was expected. */
  readonly of?: string | readonly string[];
  /** What is wrong, where the error's own message does not say it. */
  readonly note?: string;
}

/**
 * Every fault that a user can cause or a dump can contain is one of these classes; anything else that
 * is thrown is a bug of tscrash. The message is ready to print after `CMD: `.
 */
export class CrashError extends Error {
  override name = 'CrashError';
  /** The word that was refused, when it was a word. */
  fault: Fault | undefined;
}

/** Attaches the word that an error is about. An earlier attachment, made closer to the fault, is kept. */
export function blame<E extends CrashError>(error: E, fault: Fault): E {
  error.fault = { ...fault, ...error.fault };
  return error;
}

/** A command line that cannot be understood. The driver prints the usage block after it when asked. */
export class UsageError extends CrashError {
  override name = 'UsageError';
}

/** A file that is not a dump tscrash can use. `hint` is the next thing to try. */
export class DumpError extends CrashError {
  override name = 'DumpError';
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Something that a reader looked for and the dump's kernel does not have: a symbol, a type, a member. */
export class MissingError extends CrashError {
  override name = 'MissingError';
  readonly kind: 'symbol' | 'type' | 'member' | 'note' | 'table';
  readonly what: string;
  constructor(kind: MissingError['kind'], what: string, message?: string) {
    super(message ?? `this kernel has no ${kind} "${what}"`);
    this.kind = kind;
    this.what = what;
  }
}

/**
 * That something was not found, while a part of the table that would have it cannot be read: the dump's kernel may well have it.
 */
export class LostError extends MissingError {
  override name = 'LostError';
}

/** A structure in the dump contradicts itself: a loop, a wild pointer, an impossible count. */
export class CorruptError extends CrashError {
  override name = 'CorruptError';
  readonly address: bigint | undefined;
  constructor(message: string, address?: bigint) {
    super(message);
    this.address = address;
  }
}

/** The address space of a {@link ReadError}'s address. */
export type Space = 'kernel' | 'user' | 'physical' | 'file';

/**
 * Why bytes could not be read. Each is a separate answer: `not-mapped` the page tables end (at `level`); `swapped` the
 * page is in swap; `excluded` the dump's filter left the page out; `not-ram` no such RAM, or beyond the dump's last
 * frame; `truncated` the file ends before the page; `damaged` the page's bytes do not decompress; `io` the file cannot
 * be read.
 */
export type ReadReason =
  /** A page table that leads there is not in the dump. */
  'no-table' | 'not-mapped' | 'swapped' | 'excluded' | 'not-ram' | 'truncated' | 'damaged' | 'io';

/** Memory that cannot be read. Never answered with zeros. */
export class ReadError extends CrashError {
  override name = 'ReadError';
  readonly space: Space;
  readonly address: bigint;
  readonly reason: ReadReason;
  readonly detail: string | undefined;
  constructor(space: Space, address: bigint, reason: ReadReason, detail?: string) {
    super(`${REASON_TEXT[reason]}: ${SPACE_TEXT[space]} address: ${address.toString(16)}`);
    this.space = space;
    this.address = address;
    this.reason = reason;
    this.detail = detail;
  }
}

const SPACE_TEXT: Record<Space, string> = {
  kernel: 'kernel virtual',
  user: 'user virtual',
  physical: 'physical',
  file: 'dumpfile',
};
/** crash's words where it has them (`seek error`, `page excluded`); our own where crash does not distinguish. */
const REASON_TEXT: Record<ReadReason, string> = {
  'not-mapped': 'not mapped',
  'no-table': 'page table missing',
  swapped: 'page swapped out',
  excluded: 'page excluded',
  'not-ram': 'seek error',
  truncated: 'page beyond the end of the file',
  damaged: 'page damaged',
  io: 'read error',
};
