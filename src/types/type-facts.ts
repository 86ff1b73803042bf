import type { Member, StructType, Types } from './types.ts';

/** A type as data, for programs that read records. */
export interface TypeFacts {
  /** As C writes it: `struct list_head`, `pid_t`. */
  readonly type: string;
  readonly kind: 'struct' | 'union' | 'enum' | 'typedef' | 'int' | 'other';
  /** Bytes; absent for a type that is declared and never defined. */
  readonly size?: number;
  /** The type that a typedef names. */
  readonly target?: string;
  /** Of a structure or union, also through a typedef; members without a name included. */
  readonly members?: readonly MemberFacts[];
  /** Of an enum. */
  readonly enumerators?: readonly { readonly name: string; readonly value: bigint }[];
}

/** A member of a structure as data. */
export interface MemberFacts {
  /** Empty for a structure or union without a name, whose members are the structure's own. */
  readonly name: string;
  readonly type: string;
  /** Bytes from the start; for a bit field, of its first bit. */
  readonly offset: number;
  /** Of a bit field: its offset and width in bits. */
  readonly bits?: { readonly offset: number; readonly size: number };
}

/** A type as data. Throws MissingError for a number outside the table. */
export function typeFacts(types: Types, id: number): TypeFacts {
  const type = types.get(id);
  const resolved = types.resolve(id);
  const kind = isKind(type.kind) ? type.kind : 'other';
  return {
    type: types.nameOf(id),
    kind,
    ...sizeOf(types, id),
    ...(type.kind === 'typedef' ? { target: types.nameOf(type.target) } : {}),
    ...(resolved.kind === 'struct' || resolved.kind === 'union'
      ? { members: resolved.members.map((member) => memberFacts(types, member)) }
      : {}),
    ...(resolved.kind === 'enum' ? { enumerators: resolved.values } : {}),
  };
}

const KINDS = ['struct', 'union', 'enum', 'typedef', 'int'] as const;
const isKind = (kind: string): kind is (typeof KINDS)[number] =>
  (KINDS as readonly string[]).includes(kind);

function sizeOf(types: Types, id: number): { readonly size?: number } {
  const { kind } = types.resolve(id);
  return ['fwd', 'void', 'func', 'func_proto'].includes(kind) ? {} : { size: types.sizeOf(id) };
}

/** One member of a structure. */
export const memberFacts = (types: Types, member: Member): MemberFacts => ({
  name: member.name,
  type: types.nameOf(member.type),
  offset: Math.floor(member.bitOffset / 8),
  ...(member.bitSize > 0 ? { bits: { offset: member.bitOffset, size: member.bitSize } } : {}),
});

/** A structure with only some of its members. */
export const structFacts = (
  types: Types,
  struct: StructType,
  members: readonly Member[],
): TypeFacts => ({
  type: types.nameOf(struct.id),
  kind: struct.kind,
  size: struct.size,
  members: members.map((member) => memberFacts(types, member)),
});
