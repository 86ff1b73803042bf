/** What a refused word of a command line should have been. */
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

/** The word of a command line that an error is about: where a caret goes, and what is suggested. */
export interface Fault {
  readonly kind: FaultKind;
  /** As typed; also a part of a word, or several words with a blank between. */
  readonly word: string;
  /** What of the word is wrong, in characters; all of it when absent. */
  readonly at?: number;
  readonly length?: number;
  /** Its place among the words behind the command's name, where the reader of the words knows it. */
  readonly index?: number;
  /** The structure whose member it should have been; the words of which it should have been one. */
  readonly of?: string | readonly string[];
  /** What is wrong, where the error's own words do not say it. */
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

/** Says which word an error is about. What is known already, from closer to the trouble, stays. */
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

/** The dump's kernel has not what a reader looked for: a symbol, a type, a member. */
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

/** A structure in the dump contradicts itself: a loop, a wild pointer, an impossible count. */
export class CorruptError extends CrashError {
  override name = 'CorruptError';
  readonly address: bigint | undefined;
  constructor(message: string, address?: bigint) {
    super(message);
    this.address = address;
  }
}

/** Which space an address of a {@link ReadError} belongs to. */
export type Space = 'kernel' | 'user' | 'physical' | 'file';

/**
 * Why bytes could not be had. These are different answers and stay different:
 * `not-mapped` the page tables end (at `level`); `swapped` the page is in swap; `excluded` the dump's filter
 * left the page out; `not-ram` no such RAM, or beyond the dump's last frame; `truncated` the file ends
 * before the page; `damaged` the page's bytes do not decompress; `io` the file cannot be read.
 */
export type ReadReason =
  | 'not-mapped'
  | 'swapped'
  | 'excluded'
  | 'not-ram'
  | 'truncated'
  | 'damaged'
  | 'io';

/** Memory that is not there. Never answered with zeros. */
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
/** crash's words where it has them (`seek error`, `page excluded`); ours where it does not distinguish. */
const REASON_TEXT: Record<ReadReason, string> = {
  'not-mapped': 'not mapped',
  swapped: 'page swapped out',
  excluded: 'page excluded',
  'not-ram': 'seek error',
  truncated: 'read error',
  damaged: 'page damaged',
  io: 'read error',
};
