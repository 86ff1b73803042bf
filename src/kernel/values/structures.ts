import { findMemberPath } from '../../types/member-path.ts';
import type { CType, StructType, Types } from '../../types/types.ts';

/** The parts of `task_struct.pid,comm`. */
export interface StructWord {
  readonly name: string;
  /** Empty for the whole structure. */
  readonly members: readonly string[];
}

/** Splits `name.member,member.member`; undefined when it ends in a dot or a comma. */
export function splitStructWord(word: string): StructWord | undefined {
  if (/[.,]$/.test(word)) return undefined;
  const dot = word.indexOf('.');
  if (dot < 0) return { name: word, members: [] };
  const members = word
    .slice(dot + 1)
    .split(',')
    .filter((member) => member !== '');
  return { name: word.slice(0, dot), members };
}

/** A type found by its name alone. */
export interface NamedCType {
  /** The type of that name: a typedef itself, not what it names. */
  readonly type: CType;
  /** The structure behind the name; undefined for every other type. */
  readonly struct: StructType | undefined;
}

const KINDS = ['struct', 'union', 'typedef', 'enum', 'int'] as const;

/** Integers by their usual names; BTF has gcc's. */
const COMPILER_NAMES: Readonly<Record<string, string>> = {
  long: 'long int',
  short: 'short int',
  unsigned: 'unsigned int',
};

/** A structure, union, typedef, enum or integer type by name; undefined when the kernel has none. */
export function findNamedType(types: Types, name: string): NamedCType | undefined {
  for (const kind of KINDS) {
    const type = types.find(kind, kind === 'int' ? (COMPILER_NAMES[name] ?? name) : name);
    if (type === undefined || type.kind === 'fwd') continue;
    const base = type.kind === 'typedef' ? types.resolve(type.id) : type;
    const struct = base.kind === 'struct' || base.kind === 'union' ? base : undefined;
    return { type, struct };
  }
  return undefined;
}

/** Bytes from the start of `struct` to `struct.member`, or a plain number: the two ways to give an offset. */
export function offsetOfWord(types: Types, word: string): number | undefined {
  const split = word.includes('.') ? splitStructWord(word) : undefined;
  const [member] = split?.members ?? [];
  const struct = split && findNamedType(types, split.name)?.struct;
  if (!struct || member === undefined) return undefined;
  return findMemberPath(types, struct, member)?.offset;
}
