import { va } from '../base/address.ts';
import { CrashError, type Fault } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import { functionAt } from '../kernel/text/disassembly-names.ts';
import {
  hasMember,
  memberLine,
  type RawEnvironment,
  rawMemberLine,
  type StructAt,
} from '../kernel/values/member-text.ts';
import { findNamedType, splitStructWord } from '../kernel/values/structures.ts';
import { valueEnvironment } from '../kernel/values/value-environment.ts';
import { CommandError, error, type Notice } from '../session/command/command.ts';
import type { Session } from '../session/state/session.ts';
import { valueText } from '../types/value.ts';
import { sessionStyle } from './struct-run.ts';
import { structReader } from './struct-views.ts';

/** What `-s` or `-S` wants to see of each entry. */
export interface EntryView {
  readonly name: string;
  /** Empty for the whole structure. */
  readonly members: readonly string[];
  /** -S: numbers and strings without ornaments. */
  readonly raw: boolean;
}

interface World {
  readonly target: Target;
  readonly session: Session;
}

/** Reads a word of -s or -S. Throws CommandError. */
export function parseEntryView(word: string, raw: boolean): EntryView {
  const split = splitStructWord(word);
  if (!split) throw new CommandError(`invalid format: ${word}`, { fault: { kind: 'type', word } });
  return { ...split, raw };
}

/** Refuses a member that is none before anything is printed. Throws CommandError. */
export function checkEntryView({ name, members }: EntryView, { target }: World): void {
  const struct = findNamedType(target.allTypes, name)?.struct;
  for (const member of members) {
    if (struct && hasMember(target.allTypes, struct, member)) continue;
    const fault: Fault = struct
      ? { kind: 'member', word: member, of: name }
      : { kind: 'type', word: name };
    throw new CommandError(`Can't get offset of '${name}.${member}'`, { fault });
  }
}

/** The lines of one entry, and what is wrong with it. Throws CommandError where there is no such structure. */
export function* entryTexts(
  view: EntryView,
  address: bigint,
  radix: 10 | 16,
  { target, session }: World,
): Generator<string | Notice> {
  const struct = findNamedType(target.allTypes, view.name)?.struct;
  if (!struct) {
    const fault: Fault = { kind: 'type', word: view.name };
    throw new CommandError(`invalid structure name: ${view.name}`, { fault });
  }
  const style = sessionStyle(session, radix);
  const environment: RawEnvironment = {
    ...valueEnvironment(target),
    functionAt: (place) => functionAt(target, va(place)),
  };
  const at: StructAt = { struct, address, read: structReader(target, 'kernel', session) };
  if (view.members.length === 0) {
    const bytes = at.read(address, struct.size);
    const text = valueText(environment, struct.id, { bytes, offset: 0, address }, style);
    yield `${struct.kind} ${view.name} ${text}`;
    return;
  }
  for (const member of view.members) {
    const text = (view.raw ? rawMemberLine : memberLine)(environment, at, member, style);
    yield text ??
      error(`invalid data structure member reference: ${member}`, {
        kind: 'member',
        word: member,
        of: view.name,
      });
  }
}

/** As {@link entryTexts}; memory that is not there is reported in its place and the list goes on. */
export function* entryTextsOrErrors(
  view: EntryView,
  address: bigint,
  radix: 10 | 16,
  world: World,
): Generator<string | Notice> {
  try {
    yield* entryTexts(view, address, radix, world);
  } catch (failure) {
    if (!(failure instanceof CrashError) || failure instanceof CommandError) throw failure;
    yield error(failure.message);
  }
}
