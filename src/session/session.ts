import { CrashError } from '../base/errors.ts';
import { initialContext } from '../kernel/panic.ts';
import type { Target } from '../kernel/target.ts';
import type { Task } from '../kernel/tasks.ts';
import { Aliases } from './aliases.ts';
import { Blocks } from './blocks.ts';

/** The `set` variables, with crash's names, defaults and meanings. */
export interface Settings {
  scroll: boolean;
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
  readonly aliases: Aliases;
  /** The lines entered so far, oldest first. */
  readonly history: string[];
  /** What the lines printed, by their number in the history; undefined where nothing is kept. */
  readonly blocks: Blocks | undefined;
  /** Shows what the running line prints a page at a time, also when it is short; does nothing without a screen. */
  page: () => void;
  /** The address of a symbol for an operand or an expression; undefined also when there are no symbols. */
  findSymbol(name: string): bigint | undefined;
  /** Ends the session after the running command. */
  leave(): void;
  readonly leaving: boolean;
  /** Set by Ctrl-C: long work between two records may look at it. */
  interrupted: boolean;
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
}

export function createSession(target: Target, options: SessionOptions = {}): Session {
  return new LiveSession(target, options);
}

class LiveSession implements Session {
  readonly target: Target;
  readonly settings: Settings;
  readonly aliases = new Aliases();
  readonly history: string[] = [];
  readonly blocks: Blocks | undefined;
  page = (): void => {};
  readonly interactive: boolean;
  readonly version: string;
  interrupted = false;
  #task: Task | undefined;
  #leaving = false;

  constructor(target: Target, options: SessionOptions) {
    this.target = target;
    this.interactive = options.interactive ?? false;
    this.version = options.version ?? '';
    this.blocks = options.keep ? new Blocks({ limit: options.keep }) : undefined;
    this.settings = { ...DEFAULTS, silent: options.silent ?? false };
    // crash turns scrolling off for a silent session and where there is no terminal.
    this.settings.scroll = this.interactive && !this.settings.silent;
  }

  get task(): Task {
    this.#task ??= initialContext(this.target);
    return this.#task;
  }
  setTask(task: Task): void {
    this.#task = task;
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
  get leaving(): boolean {
    return this.#leaving;
  }
  leave(): void {
    this.#leaving = true;
  }
}

const DEFAULTS: Settings = {
  scroll: false,
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
  pager: 'builtin',
  annotate: true,
  context: true,
};
