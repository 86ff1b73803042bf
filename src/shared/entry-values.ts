import { type VAddr, va } from '../base/address.ts';
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
import { type ShownValue, shown } from '../kernel/values/shown-value.ts';
import { findNamedType, splitStructWord } from '../kernel/values/structures.ts';
import { valueEnvironment } from '../kernel/values/value-environment.ts';
import { CommandError, error, errorOf, type Notice } from '../session/command/command.ts';
import type { Session } from '../session/state/session.ts';
import { valueText } from '../types/value.ts';
import { valueTree } from '../types/value-tree.ts';
import { sessionStyle, shownMember } from './struct-run.ts';
import { structReader } from './struct-views.ts';

/** The part of each entry that `-s` or `-S` shows. */
export interface EntryView {
  readonly name: string;
  /** Empty for the whole structure. */
  readonly members: readonly string[];
  /** -S: numbers and strings without decoration. */
  readonly raw: boolean;
}

interface World {
  readonly target: Target;
  readonly session: Session;
}

/** Parses a word of -s or -S. Throws CommandError. */
export function parseEntryView(word: string, raw: boolean): EntryView {
  const split = splitStructWord(word);
  if (!split) throw new CommandError(`invalid format: ${word}`, { fault: { kind: 'type', word } });
  return { ...split, raw };
}

/** Refuses an unknown member before anything is printed. Throws CommandError. */
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

/** The shown part of an entry: the whole structure, or one member of it. */
export interface EntryValue extends ShownValue {
  /** The structure. */
  readonly name: string;
  readonly member?: string;
}

/** The values of one entry, and errors about them. Throws CommandError where there is no such structure. */
export function* entryValues(
  view: EntryView,
  address: bigint,
  radix: 10 | 16,
  { target, session }: World,
): Generator<EntryValue | Notice> {
  const { name } = view;
  const struct = findNamedType(target.allTypes, name)?.struct;
  if (!struct) {
    const fault: Fault = { kind: 'type', word: name };
    throw new CommandError(`invalid structure name: ${name}`, { fault });
  }
  const style = sessionStyle(session, radix);
  const environment: RawEnvironment = {
    ...valueEnvironment(target),
    functionAt: (place) => functionAt(target, va(place)),
  };
  const at: StructAt = { struct, address, read: structReader(target, 'kernel', session) };
  if (view.members.length === 0) {
    const place = { bytes: at.read(address, struct.size), offset: 0, address };
    const text = valueText(environment, struct.id, place, style);
    const tree = () => valueTree(environment, struct.id, place, style.limit);
    yield shown(`${struct.kind} ${name} ${text}`, tree, { name });
    return;
  }
  for (const member of view.members) {
    const text = (view.raw ? rawMemberLine : memberLine)(environment, at, member, style);
    if (text === undefined) {
      const fault: Fault = { kind: 'member', word: member, of: name };
      yield error(`invalid data structure member reference: ${member}`, fault);
    } else yield shown(text, () => shownMember(at, member, { target, session }), { name, member });
  }
}

/** As {@link entryValues}; unreadable memory is reported in its place and the list continues. */
export function* entryValuesOrErrors(
  view: EntryView,
  address: bigint,
  radix: 10 | 16,
  world: World,
): Generator<EntryValue | Notice> {
  try {
    yield* entryValues(view, address, radix, world);
  } catch (failure) {
    if (!(failure instanceof CrashError) || failure instanceof CommandError) throw failure;
    yield errorOf(failure);
  }
}

/** The record of a value of an entry. Its tree stays a getter: a spread would compute it. */
export const entryRow = (
  of: VAddr,
  entry: EntryValue,
): { readonly kind: 'value'; readonly of: VAddr } & EntryValue =>
  Object.defineProperties(
    { kind: 'value', of } as const,
    Object.getOwnPropertyDescriptors(entry),
  ) as {
    readonly kind: 'value';
    readonly of: VAddr;
  } & EntryValue;
