import { plus, type VAddr, va } from '../../base/address.ts';
import type { Member, StructType } from '../../types/types.ts';
import { memberText, type ValueStyle } from '../../types/value.ts';
import type { CValue } from '../../types/value-tree.ts';
import type { Target } from '../core/target.ts';
import { memberValue, type ShownValue, shown, shownStruct } from '../values/shown-value.ts';
import { valueEnvironment } from '../values/value-environment.ts';
import type { Task } from './tasks.ts';

type Radix = 10 | 16;

/** A structure of a task, and its address. */
interface Part {
  readonly type: string;
  readonly address: VAddr;
}

/**
 * The task_struct and its thread_info: inside it since 4.9 (c65eacbe290b, sched/core: Allow putting thread_info into
 * task_struct), at the stack's low end before.
 */
function taskParts(target: Target, task: Task): readonly Part[] {
  const inside = target.findMember('task_struct', 'thread_info');
  const parts: Part[] = [{ type: 'task_struct', address: task.address }];
  if (inside || target.types.has('thread_info')) {
    parts.push({ type: 'thread_info', address: inside ? task.address : task.stack });
  }
  return parts;
}

/** Both structures whole, each as `struct NAME {...}`. Throws ReadError when they are not all in the dump. */
export const taskStructs = (target: Target, task: Task, radix: Radix): readonly ShownValue[] =>
  taskParts(target, task).map(({ type, address }) => shownStruct(target, type, address, radix));

/**
 * One member as a line of its structure, ` comm = "init...",`, for each of both structures that has it; a path of names
 * and indices leads to nested ones. Empty when neither has such a member. Throws ReadError.
 */
export function taskMember(
  target: Target,
  task: Task,
  name: string,
  radix: Radix,
): readonly ShownValue[] {
  const values: ShownValue[] = [];
  for (const part of taskParts(target, task)) {
    const text = /[.[]/.test(name)
      ? pathText(target, part, name, radix)
      : namedText(target, part, name, radix);
    if (text === undefined) continue;
    values.push(shown(text, () => partValue(target, part, name)));
    // A path is taken from the first structure that has it, a name from both.
    if (/[.[]/.test(name)) break;
  }
  return values;
}

function partValue(target: Target, { type, address }: Part, name: string): CValue {
  const struct = target.types.struct(type);
  const read = (at: bigint, length: number): Uint8Array => target.kernel.read(va(at), length);
  const value = memberValue(valueEnvironment(target), { struct, address, read }, name);
  return value ?? { type: '', value: null, error: 'incomplete type' };
}

/** A member of the structure itself, or of an anonymous one in it (randomized_struct_fields), which is one level deeper. */
function namedText(target: Target, part: Part, name: string, radix: Radix): string | undefined {
  const found = findNamed(target, target.types.struct(part.type), name, 0, 1);
  if (!found) return undefined;
  const value = textOfMember(target, part, found.member, { radix, level: found.level });
  return `${'  '.repeat(found.level)}${name} = ${value}${found.last ? '' : ','}`;
}

/** The text of a member whose bitOffset counts from the start of the part; only its own bytes are read. */
function textOfMember(target: Target, part: Part, member: Member, style: ValueStyle): string {
  const first = Math.floor(member.bitOffset / 8);
  const bit = member.bitOffset % 8;
  const length =
    member.bitSize > 0 ? Math.ceil((bit + member.bitSize) / 8) : target.types.sizeOf(member.type);
  const address = plus(part.address, first);
  const place = { bytes: target.kernel.read(address, length), offset: 0, address };
  return memberText(valueEnvironment(target), { ...member, bitOffset: bit }, place, style);
}

interface Found {
  /** Its bitOffset counts from the outermost structure. */
  readonly member: Member;
  readonly level: number;
  readonly last: boolean;
}

/** Bound on nested anonymous members. */
const MAX_LEVEL = 4;

function findNamed(
  target: Target,
  struct: StructType,
  name: string,
  bits: number,
  level: number,
): Found | undefined {
  for (const [index, member] of struct.members.entries()) {
    if (member.name !== name) continue;
    const last = index === struct.members.length - 1;
    return { member: { ...member, bitOffset: bits + member.bitOffset }, level, last };
  }
  if (level >= MAX_LEVEL) return undefined;
  for (const member of struct.members) {
    const inner = member.name === '' ? target.types.resolve(member.type) : undefined;
    if (inner?.kind !== 'struct' && inner?.kind !== 'union') continue;
    const found = findNamed(target, inner, name, bits + member.bitOffset, level + 1);
    if (found) return found;
  }
  return undefined;
}

function pathText(target: Target, part: Part, path: string, radix: Radix): string | undefined {
  const found = target.findMember(part.type, path);
  if (!found) return undefined;
  const member: Member = { ...found, name: path };
  return `  ${path} = ${textOfMember(target, part, member, { radix, level: 1 })},`;
}
