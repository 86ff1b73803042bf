import { CrashError } from '../../base/errors.ts';
import { LossLog } from '../../kernel/core/losses.ts';
import type { Target } from '../../kernel/core/target.ts';
import { initialContext } from '../../kernel/panic/panic.ts';
import { type Task, withActiveTask } from '../../kernel/task/tasks.ts';
import { Aliases } from '../line/aliases.ts';
import { OutputHistory } from '../sinks/output-history.ts';
import type { Confinement } from './confinement.ts';
import { LineRecords } from './line-records.ts';
import { sessionState } from './session-state.ts';
import { DEFAULT_SETTINGS, type PagerName, type Settings } from './setting-values.ts';

/**
 * State that one part of the program keeps in every session: `new Slot((session) => new Names(session))`. It ends with
 * the session.
 */
export class Slot<T> {
  readonly make: (session: Session) => T;
  constructor(make: (session: Session) => T) {
    this.make = make;
  }
}

/** The state that lasts from one command to the next. */
export interface Session {
  readonly target: Target;
  readonly settings: Settings;
  /** The current context. Throws CrashError when the dump's tasks cannot be read. */
  readonly task: Task;
  setTask(task: Task): void;
  /** Counts the task as the running one of its CPU from now on, in this session alone. */
  markActive(task: Task): void;
  /** The task that the context was set to; undefined while it is the initial one. */
  readonly chosenTask: Task | undefined;
  readonly aliases: Aliases;
  /** The lines entered so far, oldest first. */
  readonly history: string[];
  /** Output of the lines, by their number in the history; undefined where none is kept. */
  readonly blocks: OutputHistory | undefined;
  /** The lines that were run, with their output. */
  readonly recorder: LineRecords;
  /** Who asked for the running line; undefined for the owner of the session. */
  by: Person | undefined;
  /** The rules for the running line: of a replay, or of the guest who asked for it; undefined for the owner's own. */
  readonly confinement: Confinement | undefined;
  /** Pages the running line's output, also when it is short; does nothing without a screen. */
  page: () => void;
  /** The pager that `set scroll on` uses. */
  readonly pager: PagerName;
  /** The state of one part of the program in this session; made at the first call. */
  slot<T>(slot: Slot<T>): T;
  /** The address of a symbol for an operand or an expression; undefined also when there are no symbols. */
  findSymbol(name: string): bigint | undefined;
  /** Ends the session after the running command. */
  leave(): void;
  readonly leaving: boolean;
  /** Set by Ctrl-C; long work between two records may check it. */
  interrupted: boolean;
  /** Sets the callback that is asked during work whether to stop it; undefined removes it. */
  watch(asked: (() => boolean) | undefined): void;
  /** Runs work on the dump that may be cut short; the caller is ready for Interrupted. Its losses are collected. */
  interruptible<T>(work: () => T): T;
  /** What was lost since this was asked last. */
  takeLosses(): LossLog;
  /** Runs a part of it that must not be cut short. */
  shielded<T>(work: () => T): T;
  /**
   * Runs work that only a signal can stop (a loop of a script), with Ctrl-C as SIGINT. Set by a terminal program
   * that otherwise has Ctrl-C as a key.
   */
  withSignals?: (<T>(work: () => T) => T) | undefined;
  /** Whether input and output are a terminal. */
  readonly interactive: boolean;
  /** tscrash's own version. */
  readonly version: string;
  /** The folder of the user's own settings and rules; undefined where there is none to read. */
  readonly configFolder: string | undefined;
}

/** Somebody who asks for lines in a session that is not his. */
export interface Person {
  readonly name: string;
  readonly confinement: Confinement;
}

/** How a session is created. */
export interface SessionOptions {
  readonly silent?: boolean;
  readonly interactive?: boolean;
  readonly version?: string;
  readonly configFolder?: string;
  /** Bytes of output to keep for `out` and `diff`; none when absent. */
  readonly keep?: number;
  /** The pager: our own needs a screen. */
  readonly pager?: PagerName;
  /** The rules for all of its lines. */
  readonly confinement?: Confinement;
  /** The session around this one: it is interrupted with it. */
  readonly outer?: Session;
}

/** Creates a session on a target. Nothing is read before the first command. */
export function createSession(target: Target, options: SessionOptions = {}): Session {
  return new LiveSession(target, options);
}

class LiveSession implements Session {
  #target: Target;
  readonly settings: Settings;
  readonly aliases = new Aliases();
  readonly history: string[] = [];
  readonly blocks: OutputHistory | undefined;
  readonly recorder: LineRecords;
  by: Person | undefined;
  readonly #confinement: Confinement | undefined;
  page = (): void => {};
  readonly pager: PagerName;
  readonly interactive: boolean;
  readonly version: string;
  readonly configFolder: string | undefined;
  #interrupted = false;
  #lost = new LossLog();
  readonly #slots = new Map<Slot<unknown>, unknown>();
  #asked: (() => boolean) | undefined;
  readonly #outer: Session | undefined;
  #task: Task | undefined;
  #chosen: Task | undefined;
  #leaving = false;

  constructor(target: Target, options: SessionOptions) {
    this.#target = target;
    this.interactive = options.interactive ?? false;
    this.version = options.version ?? '';
    this.configFolder = options.configFolder;
    this.blocks = options.keep ? new OutputHistory({ limit: options.keep }) : undefined;
    this.recorder = new LineRecords(this.blocks, () => sessionState(this));
    this.#confinement = options.confinement;
    this.#outer = options.outer;
    this.settings = { ...DEFAULT_SETTINGS, silent: options.silent ?? false };
    this.pager = options.pager ?? 'builtin';
    this.settings.pager = this.pager;
    // crash turns scrolling off for a silent session and without a terminal. A plain line editor serves programs and
    // screen readers, which should not have to wait for a key.
    this.settings.scroll = this.interactive && !this.settings.silent && this.pager === 'builtin';
  }

  get confinement(): Confinement | undefined {
    return this.by?.confinement ?? this.#confinement;
  }
  get target(): Target {
    return this.#target;
  }
  markActive(task: Task): void {
    this.#target = withActiveTask(this.#target, task);
  }
  slot<T>(slot: Slot<T>): T {
    if (!this.#slots.has(slot)) this.#slots.set(slot, slot.make(this));
    return this.#slots.get(slot) as T;
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
      // A name may be a module's; the kernel's own come first.
      return this.target.findSymbol(name) ?? this.target.symbols.named(name)?.address;
    } catch (error) {
      // Without symbols a word may still be a number.
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
  watch(asked: (() => boolean) | undefined): void {
    this.#asked = asked;
  }
  interruptible<T>(work: () => T): T {
    if (this.#outer) return this.#outer.interruptible(work);
    return this.target.losses.during(this.#lost, () =>
      this.target.memory.interruption.run(this.#asked && (() => this.#askOnce()), work),
    );
  }
  takeLosses(): LossLog {
    if (this.#outer) return this.#outer.takeLosses();
    const lost = this.#lost;
    this.#lost = new LossLog();
    return lost;
  }
  shielded<T>(work: () => T): T {
    return this.target.memory.interruption.run(undefined, work);
  }
  #askOnce(): boolean {
    if (!this.#asked?.()) return false;
    this.#asked = undefined;
    return true;
  }
  get leaving(): boolean {
    return this.#leaving;
  }
  leave(): void {
    this.#leaving = true;
  }
}
