/**
 * tscrash as a library: `import { open } from 'tscrash'`. What is exported here is the public surface, and all that
 * is kept from release to release.
 */
import { commands } from '../commands/index.ts';
import { type VAddr, va } from './base/address.ts';
import { CrashError } from './base/errors.ts';
import { openDump } from './dump/open.ts';
import type { KernelObject } from './kernel/core/object.ts';
import type { Target } from './kernel/core/target.ts';
import { openTarget } from './kernel/open/open.ts';
import { backtrace, type Trace } from './kernel/stacktrace/backtrace.ts';
import { type Task, taskTable } from './kernel/task/tasks.ts';
import { parseArguments } from './session/command/arguments.ts';
import {
  type AnyCommand,
  isNested,
  isNotice,
  isPause,
  type Notice,
  UsageOnly,
} from './session/command/command.ts';
import { splitWords } from './session/line/words.ts';
import { commandContext } from './session/run/command-context.ts';
import { commandMap } from './session/run/find-command.ts';
import { implicitCommand } from './session/run/implicit-command.ts';
import { Shell } from './session/run/shell.ts';
import { MemorySink } from './session/sinks/sinks.ts';
import { createSession, type Session } from './session/state/session.ts';
import { findTasks } from './session/state/task-words.ts';
import type { KernelSymbol, SymbolOffset } from './symbols/types.ts';

export type { VAddr } from './base/address.ts';
export {
  CorruptError,
  CrashError,
  DumpError,
  MissingError,
  ReadError,
  type ReadReason,
} from './base/errors.ts';
export type { KernelObject } from './kernel/core/object.ts';
export type { Target } from './kernel/core/target.ts';
export type { Trace } from './kernel/stacktrace/backtrace.ts';
export type { Frame } from './kernel/stacktrace/listing.ts';
export type { Task } from './kernel/task/tasks.ts';
export { type AnyCommand, defineCommand, type Notice } from './session/command/command.ts';
export type { KernelSymbol, SymbolOffset } from './symbols/types.ts';

/** The version of this interface. It is raised by what is taken away or changes its meaning, not by what is added. */
export const LIBRARY_VERSION = 1;

/** How a command line is run. */
export interface RunOptions {
  /**
   * Called with what a command reports besides its records: warnings, notes, and errors after which it continues.
   * Without it the first of the errors is thrown after the last record.
   */
  readonly onNotice?: (notice: Notice) => void;
  /** Ends the command: at the next record, and within work that reads memory. */
  readonly signal?: AbortSignal;
}

/**
 * Opens a dump: one file, or the parts of a split one. Reads little; symbols, types and tables open at first use, and
 * throw then when the dump lacks them. Throws DumpError when the file is no dump that can be used.
 */
export function open(...paths: readonly string[]): CrashDump {
  return new CrashDump(openTarget(openDump(paths)));
}

/** An opened dump. All reads are synchronous; addresses are bigint, unsigned 64 bits. */
export class CrashDump {
  /** Memory, symbols, types and typed objects. */
  readonly target: Target;
  readonly #session: Session;
  readonly #commands: Map<string, AnyCommand>;

  /** Use {@link open}. */
  constructor(target: Target) {
    this.target = target;
    this.#session = createSession(target, { silent: true });
    this.#commands = commandMap(commands);
  }

  /** Every task, idle ones first, then by pid. Throws ReadError, MissingError or CorruptError. */
  tasks(): readonly Task[] {
    return taskTable(this.target).tasks;
  }

  /** The task of a pid or at an address; the panic task without either. Undefined when there is none. */
  task(): Task;
  task(pid: number | bigint): Task | undefined;
  task(pid?: number | bigint): Task | undefined {
    if (pid === undefined) return this.#session.task;
    return findTasks(this.target, pid.toString(typeof pid === 'bigint' ? 16 : 10))[0];
  }

  /** A task's call chain, innermost first; undefined when its stack is unknown. */
  backtrace(task: Task): Trace | undefined {
    return backtrace(this.target, task);
  }

  /** `object('task_struct', address).num('pid')`: a structure by type and address. Nothing is read yet. */
  object(type: string, address: bigint): KernelObject {
    return this.target.object(type, va(address));
  }

  /** The kernel's or a module's symbol of that name; undefined when there is none. */
  symbol(name: string): KernelSymbol | undefined {
    return this.target.symbols.named(name);
  }

  /** The symbol that contains an address, and the offset in it. */
  symbolAt(address: bigint): SymbolOffset | undefined {
    const at: VAddr = va(address);
    const found = this.target.symbols.inRange(at) ? this.target.symbols.at(at) : undefined;
    // Below the image crash names the last per-CPU variable, whose value is an offset: no address belongs to it.
    return found && found.symbol.address + BigInt(found.offset) === at ? found : undefined;
  }

  /** Kernel memory: exactly `length` bytes, or throws ReadError with the address and the reason. */
  read(address: bigint, length: number): Uint8Array {
    return this.target.kernel.read(va(address), length);
  }

  /**
   * The records of a command line, as they are found: `run('bt -a')`. They are those of `tscrash --json`, with
   * addresses as bigint. No pipes and no redirection. Throws CrashError for a command that fails; see {@link
   * RunOptions.onNotice} for one that continues after an error.
   */
  *run(line: string, options: RunOptions = {}): Generator<unknown, void> {
    const [name = '', ...words] = this.#words(line);
    const command = this.#commands.get(name);
    if (!command) throw new CrashError(`command not found: ${name}`);
    const session = this.#session;
    const context = commandContext({ session, commands: this.#commands }, command, name);
    let failure: CrashError | undefined;
    try {
      const records = command.run(parseArguments(command, words, session), context);
      const iterator = records[Symbol.iterator]();
      const next = () => session.interruptible(() => iterator.next());
      for (let { value: found, done } = next(); !done; { value: found, done } = next()) {
        options.signal?.throwIfAborted();
        const item = isNested(found) ? found.item : found;
        if (isPause(item) || (isNested(found) && found.isEnd)) continue;
        if (!isNotice(item)) yield item;
        else if (options.onNotice) options.onNotice(item);
        else if (item.notice === 'error') failure ??= new CrashError(`${name}: ${item.text}`);
      }
    } catch (error) {
      if (!(error instanceof UsageOnly)) throw error;
      throw new CrashError(`usage: ${name} ${command.synopsis}`);
    }
    if (failure) throw failure;
  }

  /**
   * The text of a command line, errors included, to the byte. Pipes and redirection work. Timers and other work of the
   * program run meanwhile. Throws the signal's reason when that ends it.
   */
  async text(line: string, { signal }: Pick<RunOptions, 'signal'> = {}): Promise<string> {
    signal?.throwIfAborted();
    const sink = new MemorySink();
    const shell = new Shell({
      session: this.#session,
      commands: this.#commands,
      console: sink,
      place: { inherit: false, write: (text) => sink.write(text) },
      sugar: implicitCommand,
    });
    const stop = () => shell.interrupt();
    signal?.addEventListener('abort', stop);
    try {
      await shell.execute(line);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
    signal?.throwIfAborted();
    return sink.text;
  }

  /** Adds a command (see `defineCommand`), or replaces the one of its name. */
  add(command: AnyCommand): void {
    this.#commands.set(command.name, command);
  }

  #words(line: string): readonly string[] {
    const words = splitWords(this.#session.aliases.expand(line.trim()));
    if (this.#commands.has(words[0] ?? '')) return words;
    return implicitCommand(words, this.#session) ?? words;
  }
}
