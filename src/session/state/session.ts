import { CrashError } from '../../base/errors.ts';
import type { Target } from '../../kernel/core/target.ts';
import { initialContext } from '../../kernel/panic/panic.ts';
import type { Task } from '../../kernel/task/tasks.ts';
import { Aliases } from '../line/aliases.ts';
import { OutputHistory } from '../sinks/output-history.ts';
import { LineRecords } from './line-records.ts';
import type { Sandbox } from './sandbox.ts';
import { sessionState } from './session-state.ts';

/** What `set scroll` may name: our own pager, the programs that crash runs, and the user's. */
export type PagerName = 'builtin' | 'less' | 'more' | 'CRASHPAGER';

/** The `set` variables, with crash's names, defaults and meanings. */
export interface Settings {
  scroll: boolean;
  /** What pages the output while `scroll` is on. */
  pager: PagerName;
  radix: 10 | 16;
  print_max: number;
  print_array: boolean;
  debug: number;
  silent: boolean;
  zero_excluded: boolean;
  [name: string]: unknown;
}

/** The state that lasts from one command to the next. */
export interface Session {
  readonly target: Target;
  readonly settings: Settings;
  /** The current context. Throws CrashError when the dump's tasks cannot be read. */
  readonly task: Task;
  setTask(task: Task): void;
  /** The task that the context was set to; undefined while it is the one that a session begins with. */
  readonly chosenTask: Task | undefined;
  readonly aliases: Aliases;
  /** The lines entered so far, oldest first. */
  readonly history: string[];
  /** What the lines printed, by their number in the history; undefined where nothing is kept. */
  readonly blocks: OutputHistory | undefined;
  /** The lines that were run, with their output. */
  readonly recorder: LineRecords;
  /** What may be done here, where the lines are somebody else's. */
  readonly sandbox: Sandbox | undefined;
  /** Shows what the running line prints a page at a time, also when it is short; does nothing without a screen. */
  page: () => void;
  /** What `set scroll on` means here. */
  readonly pager: PagerName;
  /** The address of a symbol for an operand or an expression; undefined also when there are no symbols. */
  findSymbol(name: string): bigint | undefined;
  /** Ends the session after the running command. */
  leave(): void;
  readonly leaving: boolean;
  /** Set by Ctrl-C: long work between two records may look at it. */
  interrupted: boolean;
  /**
   * Runs work that only a signal can stop (a loop of a script), with Ctrl-C as SIGINT. Set by a terminal program
   * that otherwise has Ctrl-C as a key.
   */
  withSignals?: (<T>(work: () => T) => T) | undefined;
  /** Is a person at the other end? */
  readonly interactive: boolean;
  /** tscrash's own version. */
  readonly version: string;
}

export interface SessionOptions {
  readonly silent?: boolean;
  readonly interactive?: boolean;
  readonly version?: string;
  /** Bytes of output to keep for `out` and `diff`; none when absent. */
  readonly keep?: number;
  /** What pages: our own pager needs a screen. */
  readonly pager?: PagerName;
  /** Whose lines are run: a replay's. */
  readonly sandbox?: Sandbox;
  /** A session in a session is interrupted with it. */
  readonly outer?: Session;
}

export function createSession(target: Target, options: SessionOptions = {}): Session {
  return new LiveSession(target, options);
}

class LiveSession implements Session {
  readonly target: Target;
  readonly settings: Settings;
  readonly aliases = new Aliases();
  readonly history: string[] = [];
  readonly blocks: OutputHistory | undefined;
  readonly recorder: LineRecords;
  readonly sandbox: Sandbox | undefined;
  page = (): void => {};
  readonly pager: PagerName;
  readonly interactive: boolean;
  readonly version: string;
  #interrupted = false;
  readonly #outer: Session | undefined;
  #task: Task | undefined;
  #chosen: Task | undefined;
  #leaving = false;

  constructor(target: Target, options: SessionOptions) {
    this.target = target;
    this.interactive = options.interactive ?? false;
    this.version = options.version ?? '';
    this.blocks = options.keep ? new OutputHistory({ limit: options.keep }) : undefined;
    this.recorder = new LineRecords(this.blocks, () => sessionState(this));
    this.sandbox = options.sandbox;
    this.#outer = options.outer;
    this.settings = { ...DEFAULTS, silent: options.silent ?? false };
    this.pager = options.pager ?? 'builtin';
    this.settings.pager = this.pager;
    // crash turns scrolling off for a silent session and where there is no terminal. A plain line editor is there
    // for programs and for people who listen: neither wants to be kept waiting for a key.
    this.settings.scroll = this.interactive && !this.settings.silent && this.pager === 'builtin';
  }

  get task(): Task {
    this.#task ??= initialContext(this.target);
    return this.#task;
  }
  setTask(task: Task): void {
    this.#task = task;
    this.#chosen = task;
  }
  get chosenTask(): Task | undefined {
    return this.#chosen;
  }
  findSymbol(name: string): bigint | undefined {
    try {
      // What a user names may be a module's; the kernel's own come first.
      return this.target.findSymbol(name) ?? this.target.symbols.named(name)?.address;
    } catch (error) {
      // Symbols that cannot be had are no symbols, to a word that may as well be a number.
      if (error instanceof CrashError) return undefined;
      throw error;
    }
  }
  get interrupted(): boolean {
    return this.#interrupted || (this.#outer?.interrupted ?? false);
  }
  set interrupted(interrupted: boolean) {
    this.#interrupted = interrupted;
  }
  get leaving(): boolean {
    return this.#leaving;
  }
  leave(): void {
    this.#leaving = true;
  }
}

const DEFAULTS: Settings = {
  scroll: false,
  pager: 'builtin',
  radix: 10,
  refresh: true,
  print_max: 256,
  print_array: false,
  console: '',
  debug: 0,
  core: false,
  hash: true,
  silent: false,
  edit: 'vi',
  namelist: '',
  unwind: false,
  zero_excluded: false,
  'null-stop': false,
  gdb: false,
  scope: 0n,
  offline: 'show',
  redzone: true,
  error: 'default',
  annotate: true,
  context: true,
};
