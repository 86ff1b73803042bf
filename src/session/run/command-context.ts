import { blame, CrashError } from '../../base/errors.ts';
import { parseArguments } from '../command/arguments.ts';
import { type AnyCommand, type CommandContext, isNested, type Nested } from '../command/command.ts';
import type { Session } from '../state/session.ts';
import { noticesOf } from './failure.ts';

/** `repeat foreach ...` and its like may nest this deep. */
const MAX_DEPTH = 8;

/** What commands run with: one session, and the commands that it knows. */
export interface Registry {
  readonly session: Session;
  /** The session's own: `extend` adds to it. */
  readonly commands: Map<string, AnyCommand>;
}

/** What a command sees, invoked as `name`; `depth` counts the commands that ran it. */
export function commandContext(
  registry: Registry,
  command: AnyCommand,
  name: string,
  depth = 0,
): CommandContext {
  const { session, commands } = registry;
  return {
    target: session.target,
    session,
    name: name === '' ? command.name : name,
    commands,
    add: (added) => void commands.set(added.name, added),
    remove: (removed) => void commands.delete(removed),
    run: (words) => nestedItems(registry, words, depth + 1),
  };
}

/** Another command's items, wrapped; its errors become notices, a bug stays a bug. */
export function* nestedItems(
  registry: Registry,
  words: readonly string[],
  depth: number,
): Generator<Nested, void> {
  const [name = '', ...rest] = words;
  const command = registry.commands.get(name);
  if (!command) {
    const error = new CrashError(`command not found: ${name}`);
    throw blame(error, { kind: 'command', word: name });
  }
  if (depth > MAX_DEPTH) throw new CrashError(`commands nested too deep: ${words.join(' ')}`);
  const context = commandContext(registry, command, name, depth);
  try {
    if (command.restricted) registry.session.sandbox?.check(command.restricted);
    const args = parseArguments(command, rest, registry.session);
    for (const item of command.run(args, context)) {
      yield isNested(item) ? item : { nested: command, item, context };
    }
  } catch (failure) {
    const notices = noticesOf(failure, command);
    if (!notices) throw failure;
    for (const item of notices) yield { nested: command, item, context };
  }
}
