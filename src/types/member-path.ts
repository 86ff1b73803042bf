import { CorruptError } from '../base/errors.ts';
import type { Member, MemberPath, StructType, Types } from './types.ts';

/** A member and the offset of its bits in the struct that was searched, through anonymous members. */
export interface FoundMember {
  readonly member: Member;
  /** From the start of the searched struct. */
  readonly bitOffset: number;
}

/**
 * The member `name` of `struct`, or of the anonymous structs and unions in it, in the order of declaration.
 * Each anonymous type is searched once, so types that contain themselves end.
 */
export function findMemberNamed(
  types: Types,
  struct: StructType,
  name: string,
): FoundMember | undefined {
  if (name === '') return undefined;
  const seen = new Set<number>();
  const pending: { struct: StructType; bits: number }[] = [{ struct, bits: 0 }];
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    if (seen.has(next.struct.id)) continue;
    seen.add(next.struct.id);
    for (const member of next.struct.members) {
      if (member.name === name) return { member, bitOffset: next.bits + member.bitOffset };
      if (member.name !== '') continue;
      const inner = types.resolve(member.type);
      if (inner.kind === 'struct' || inner.kind === 'union') {
        pending.push({ struct: inner, bits: next.bits + member.bitOffset });
      }
    }
  }
  return undefined;
}

/** Splits `a.b[3].c` into names and indexes; undefined when it is not of that form. */
export function splitMemberPath(path: string): (string | number)[] | undefined {
  if (!/^[^.[\]]+(\[\d+\])*(\.[^.[\]]+(\[\d+\])*)*$/.test(path)) return undefined;
  const steps: (string | number)[] = [];
  for (const [word] of path.matchAll(/[^.[\]]+|\[\d+\]/g)) {
    steps.push(word.startsWith('[') ? Number(word.slice(1, -1)) : word);
  }
  return steps;
}

/** Follows a dotted path (`thread.sp`, `zone[3].name`) from `struct`. Undefined when a step is absent. */
export function findMemberPath(
  types: Types,
  struct: StructType,
  path: string,
): MemberPath | undefined {
  const steps = splitMemberPath(path);
  if (steps === undefined) return undefined;
  let bitOffset = 0;
  let bitSize = 0;
  let type = struct.id;
  for (const step of steps) {
    const holder = types.resolve(type);
    bitSize = 0;
    if (typeof step === 'number') {
      if (holder.kind !== 'array') return undefined;
      type = holder.element;
      bitOffset += step * types.sizeOf(type) * 8;
      continue;
    }
    if (holder.kind !== 'struct' && holder.kind !== 'union') return undefined;
    const found = findMemberNamed(types, holder, step);
    if (found === undefined) return undefined;
    bitOffset += found.bitOffset;
    bitSize = found.member.bitSize;
    type = found.member.type;
  }
  if (!Number.isSafeInteger(bitOffset))
    throw new CorruptError(`member path ${path} is out of range`);
  const offset = Math.floor(bitOffset / 8);
  return { offset, bitOffset, bitSize, size: types.sizeOf(type), type };
}
