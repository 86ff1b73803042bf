import { hex, type VAddr, va } from '../base/address.ts';
import { CrashError } from '../base/errors.ts';
import type { Target } from '../kernel/core/target.ts';
import {
  hasMember,
  memberLine,
  placeOfMember,
  type StructAt,
} from '../kernel/values/member-text.ts';
import { followedLine, followedStruct } from '../kernel/values/pointer-members.ts';
import { memberValue, shown } from '../kernel/values/shown-value.ts';
import { valueEnvironment } from '../kernel/values/value-environment.ts';
import type { UnitBits } from '../output/mm/memory-lines.ts';
import { CommandError, error, type Notice } from '../session/command/command.ts';
import type { Session } from '../session/state/session.ts';
import { declaration } from '../types/c-name.ts';
import { findMemberPath } from '../types/member-path.ts';
import { memberOnlyDeclaration, typeDeclaration } from '../types/struct-decl.ts';
import { structFacts, type TypeFacts, typeFacts } from '../types/type-facts.ts';
import type { StructType, Types } from '../types/types.ts';
import { type ValueStyle, valueText } from '../types/value.ts';
import { type CValue, valueTree } from '../types/value-tree.ts';
import type { StructRecord } from './struct-records.ts';
import {
  addressesOf,
  type Place,
  readRequest,
  type StructArguments,
  type StructCommand,
  type StructRequest,
  structReader,
} from './struct-views.ts';

interface World {
  readonly target: Target;
  readonly session: Session;
}

/** Format of values in this session. */
export const sessionStyle = ({ settings }: Session, radix: 10 | 16): ValueStyle => ({
  radix,
  limit: settings.print_max,
  prettyArrays: settings.print_array,
});

/** Runs one of the three commands. */
export function* runStruct(
  command: StructCommand,
  args: StructArguments,
  world: World,
): Generator<StructRecord | Notice> {
  const request = yield* readRequest(command, args, world);
  if (!request) return;
  if (!request.places || (args.flags.o && args.flags.f)) {
    yield* declarations(request, args, world);
    return;
  }
  for (const place of request.places) {
    if (place.cpu !== undefined) {
      yield { kind: 'cpu', cpu: place.cpu, address: va(place.address) };
    }
    yield* objects(request, place, args, world);
  }
}

function* declarations(
  { word, named, struct, name, members, radix }: StructRequest,
  { flags }: StructArguments,
  { target }: World,
): Generator<StructRecord | Notice> {
  const types = target.allTypes;
  const [member] = members;
  const whole = (offsets: boolean): StructRecord => ({
    kind: 'declaration',
    name,
    declared: typeFacts(types, named.type.id),
    text: () => typeDeclaration(types, named.type.id, { offsets, radix }),
  });
  if (members.length > 1) {
    const complaint = flags.o
      ? '-o option not valid with multiple member format'
      : 'multiple member format not supported in this syntax';
    yield error(complaint);
    yield whole(true);
    return;
  }
  if (member === undefined) {
    yield whole(flags.o === true);
    return;
  }
  const text =
    memberOnlyDeclaration(types, struct, member, { radix, offsets: true }) ??
    elementDeclaration(struct, member, target) ??
    pathDeclaration(target, struct, member, radix, undefined);
  if (text === undefined) throw noSuchMember(word, name, member);
  const declared = declaredMember(types, struct, member);
  yield { kind: 'declaration', name, declared, member, text: () => text };
}

/** The structure with only the member at a path. */
function declaredMember(types: Types, struct: StructType, path: string): TypeFacts | undefined {
  const found = findMemberPath(types, struct, path);
  return found && structFacts(types, struct, [{ ...found, name: path }]);
}

/** crash shows no declaration for an element of an array, which has no line of its own. */
const elementDeclaration = (
  struct: StructRequest['struct'],
  path: string,
  { allTypes: types }: Target,
): string | undefined =>
  /^\w+\[\d+\]$/.test(path) && placeOfMember(types, struct, path.replace(/\[.*/, ''))
    ? `${types.nameOf(struct.id)} {\n}`
    : undefined;

/** A member of a member by its whole path, with the offset from the outermost structure, or its address. */
function pathDeclaration(
  { allTypes: types }: Target,
  struct: StructRequest['struct'],
  path: string,
  radix: 10 | 16,
  address: bigint | undefined,
): string | undefined {
  const found = findMemberPath(types, struct, path);
  if (!found) return undefined;
  const offset = radix === 16 ? `0x${found.offset.toString(16)}` : String(found.offset);
  const place = address === undefined ? offset : hex(va(address + BigInt(found.offset)));
  const bits = found.bitSize > 0 ? ` : ${found.bitSize}` : '';
  const line = `  [${place}] ${declaration(types, found.type, path)}${bits};`;
  return `${types.nameOf(struct.id)} {\n${line}\n}`;
}

function* objects(
  request: StructRequest,
  place: Place,
  { flags }: StructArguments,
  { target, session }: World,
): Generator<StructRecord | Notice> {
  const { struct, name, members, kind, count } = request;
  if (flags.o && members.length > 1) {
    throw new CommandError('-o option not valid with multiple member format');
  }
  if (flags.r && members.length > 1) {
    throw new CommandError('only one structure member allowed with -r');
  }
  const read = structReader(target, kind, session);
  for (const address of addressesOf(place.address, struct.size, count)) {
    const at: StructAt = { struct, address, read };
    if (flags.o) yield addresses(request, va(address), target);
    else if (flags.r) yield rawMemory(request, address, target, session);
    else if (members.length > 0) {
      for (const member of members) {
        const text = memberText(request, at, member, flags, { target, session });
        if (text === undefined) {
          yield error(`invalid data structure member reference: ${member}`, {
            kind: 'member',
            word: member,
            of: name,
          });
          continue;
        }
        const tree = () => shownMember(at, member, { target, session });
        const fields = { kind: 'value', name, address: va(address), member } as const;
        yield shown(text, tree, fields);
      }
    } else yield* whole(request, at, flags, { target, session });
  }
}

/** The value of a member that has been read. Throws ReadError. */
export function shownMember(at: StructAt, member: string, { target, session }: World): CValue {
  const value = memberValue(valueEnvironment(target), at, member, session.settings.print_max);
  return value ?? { type: '', value: null, error: 'incomplete type' };
}

type Flags = StructArguments['flags'];

const noSuchMember = (word: string, of: string, member: string): CommandError =>
  new CommandError(`invalid data structure reference: ${word}`, {
    fault: { kind: 'member', word: member, of },
  });

function addresses(
  { word, name, named, struct, members, radix }: StructRequest,
  address: VAddr,
  target: Target,
): StructRecord {
  const [member] = members;
  const { allTypes: types } = target;
  if (member === undefined) {
    const text = typeDeclaration(types, named.type.id, { offsets: true, address, radix });
    const declared = typeFacts(types, named.type.id);
    return { kind: 'declaration', name, declared, address, text: () => text };
  }
  const text =
    memberOnlyDeclaration(types, struct, member, { offsets: true, address, radix }) ??
    pathDeclaration(target, struct, member, radix, address);
  if (text === undefined) throw noSuchMember(word, types.nameOf(struct.id), member);
  const declared = declaredMember(types, struct, member);
  return { kind: 'declaration', name, declared, member, address, text: () => text };
}

function memberText(
  { name, radix }: StructRequest,
  at: StructAt,
  member: string,
  flags: Flags,
  { target, session }: World,
): string | undefined {
  const style = sessionStyle(session, radix);
  const environment = valueEnvironment(target);
  const whole = startReader(at);
  const text = flags.p
    ? followedLine({ target, environment, style }, whole, member)
    : memberLine(environment, whole, member, style);
  if (text !== undefined) return text;
  // The array is known, but not the element.
  if (hasMember(target.allTypes, at.struct, member.replace(/\[\d+\]$/, ''))) return undefined;
  throw noSuchMember(`${name}.${member}`, name, member);
}

/** crash reads structures from their start, and so reports the start as missing. */
function startReader(at: StructAt): StructAt {
  return {
    ...at,
    read(address, length) {
      try {
        return at.read(address, length);
      } catch (failure) {
        at.read(at.address, 1);
        throw failure;
      }
    },
  };
}

/** A structure with all its members. Text that crash prints before it reads the memory comes before the error. */
function* whole(
  request: StructRequest,
  at: StructAt,
  flags: Flags,
  { target, session }: World,
): Generator<StructRecord | Notice> {
  const { struct, name, radix } = request;
  const address = va(at.address);
  const style = sessionStyle(session, radix);
  const environment = valueEnvironment(target);
  let text: string;
  try {
    if (flags.p) text = followedStruct({ target, environment, style }, at);
    else {
      const bytes = at.read(at.address, struct.size);
      text = valueText(environment, struct.id, { bytes, offset: 0, address: at.address }, style);
    }
  } catch (failure) {
    if (!(failure instanceof CrashError)) throw failure;
    yield { kind: 'unreadable', name, tag: struct.kind, address };
    throw failure;
  }
  const tree = (): CValue => {
    const place = { bytes: at.read(address, struct.size), offset: 0, address };
    return valueTree(environment, struct.id, place, style.limit);
  };
  const fields = { kind: 'value', name, address } as const;
  yield shown(`${struct.kind} ${name} ${text}`, tree, fields);
}

const UNIT_OF: readonly (readonly [number, UnitBits])[] = [
  [8, 64],
  [4, 32],
  [2, 16],
  [1, 8],
];

/** The memory of a structure or of one member, in the largest units that fit it. */
function rawMemory(
  { word, name, struct, members, kind }: StructRequest,
  address: bigint,
  target: Target,
  session: Session,
): StructRecord {
  const [member] = members;
  const found = member === undefined ? undefined : findMemberPath(target.allTypes, struct, member);
  if (member !== undefined && !found) {
    throw noSuchMember(word, target.allTypes.nameOf(struct.id), member);
  }
  const start = BigInt.asUintN(64, address + BigInt(found?.offset ?? 0));
  const length = found?.size ?? struct.size;
  if (length === 0) throw new CommandError('invalid count request: 0');
  const bits = UNIT_OF.find(([size]) => length % size === 0)?.[1] ?? 8;
  const what = `${bits}-bit ${kind === 'user' ? 'UVADDR' : kind === 'file' ? 'FILEADDR' : 'KVADDR'}`;
  const bytes = structReader(target, kind, session, what)(start, length);
  return { kind: 'memory', name, address: va(start), bytes, unit: bits };
}
