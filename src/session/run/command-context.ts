import { blame, CrashError } from '../../base/errors.ts';
import { physicalDigits } from '../../kernel/mm/nodes.ts';
import { callerWidth } from '../../kernel/printk/log.ts';
import { cpuCount } from '../../kernel/task/tasks.ts';
import { parseArguments } from '../command/arguments.ts';
import {
  type AnyCommand,
  type CommandContext,
  isNested,
  isNotice,
  type Nested,
  type NestedOptions,
  type Printer,
  printerOf,
} from '../command/command.ts';
import type { Session } from '../state/session.ts';
import { noticesOf } from './failure.ts';

/** Bound on nesting (`repeat foreach ...`). */
const MAX_DEPTH = 8;

/** The session and its commands. */
export interface Registry {
  readonly session: Session;
  /** The session's own: `extend` adds to it. */
  readonly commands: Map<string, AnyCommand>;
}

/** The context of a command invoked as `name`; `depth` counts the commands that ran it. */
export function commandContext(
  registry: Registry,
  command: AnyCommand,
  name: string,
  { depth = 0, headed = true }: { readonly depth?: number; readonly headed?: boolean } = {},
): CommandContext {
  const { session, commands } = registry;
  const { target, settings } = session;
  return {
    target,
    session,
    settings,
    widths: {
      get physical() {
        return physicalDigits(target);
      },
      get pointer() {
        return 2 * target.arch.pointerSize;
      },
      get cpus() {
        return cpuCount(target);
      },
      get caller() {
        return callerWidth(target);
      },
    },
    headed,
    name: name === '' ? command.name : name,
    commands,
    add: (added) => void commands.set(added.name, added),
    remove: (removed) => void commands.delete(removed),
    run: (words, options) => nestedItems(registry, words, { ...options, depth: depth + 1 }),
  };
}

/** Another command's items, wrapped; its errors become notices, bugs are thrown on. */
export function* nestedItems(
  registry: Registry,
  words: readonly string[],
  options: NestedOptions & { readonly depth: number },
): Generator<Nested, void> {
  const [name = '', ...rest] = words;
  const command = registry.commands.get(name);
  if (!command) {
    const error = new CrashError(`command not found: ${name}`);
    throw blame(error, { kind: 'command', word: name });
  }
  if (options.depth > MAX_DEPTH)
    throw new CrashError(`commands nested too deep: ${words.join(' ')}`);
  const context = commandContext(registry, command, name, options);
  let print: Printer<unknown> = () => {};
  let hasRecords = false;
  try {
    if (command.reach) registry.session.confinement?.check(command.reach);
    const args = parseArguments(command, rest, registry.session);
    print = printerOf(command, args, context);
    for (const item of command.run(args, context)) {
      yield isNested(item) ? item : { nested: command, item, print };
      hasRecords ||= !isNotice(item);
    }
    hasRecords = false;
    yield* endOf(command, print);
  } catch (failure) {
    const notices = noticesOf(failure, command);
    if (!notices) throw failure;
    if (hasRecords) yield* endOf(command, print);
    for (const item of notices) yield { nested: command, item, print };
  }
}

function* endOf(nested: AnyCommand, { end }: Printer<unknown>): Generator<Nested, void> {
  if (end) yield { nested, item: undefined, print: (_, out) => end(out), isEnd: true };
}
