/**
 * The C types of a kernel, from BTF (and later DWARF). Types refer to each other by number, as in BTF, so that a cyclic
 * graph needs no objects before its types are read.
 */

/** An integer type; `char` and `bool` are told by flags. */
export interface IntType {
  readonly kind: 'int';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
}
/** A floating-point type. */
export interface FloatType {
  readonly kind: 'float';
  readonly id: number;
  readonly name: string;
  readonly size: number;
}
/** C's `void`. */
export interface VoidType {
  readonly kind: 'void';
  readonly id: 0;
  readonly name: 'void';
}
/** A pointer; `target` is the number of the type that it points to. */
export interface PointerType {
  readonly kind: 'pointer';
  readonly id: number;
  readonly target: number;
}
/** An array; `count` is 0 for one without length. */
export interface ArrayType {
  readonly kind: 'array';
  readonly id: number;
  readonly element: number;
  readonly count: number;
}
/** A structure or union with its members. */
export interface StructType {
  readonly kind: 'struct' | 'union';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly members: readonly Member[];
}
/** An enum with its enumerators. */
export interface EnumType {
  readonly kind: 'enum';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}
/** A typedef. */
export interface TypedefType {
  readonly kind: 'typedef';
  readonly id: number;
  readonly name: string;
  readonly target: number;
}
/** `const`, `volatile` or `restrict` of a type. */
export interface QualifiedType {
  readonly kind: 'const' | 'volatile' | 'restrict' | 'type_tag';
  readonly id: number;
  readonly name: string;
  readonly target: number;
}
/** A declaration without a definition. */
export interface ForwardType {
  readonly kind: 'fwd';
  readonly id: number;
  readonly name: string;
  readonly union: boolean;
}
/** The signature of a function; `...` is a flag, not a parameter. */
export interface FunctionProtoType {
  readonly kind: 'func_proto';
  readonly id: number;
  readonly returns: number;
  readonly parameters: readonly { readonly name: string; readonly type: number }[];
  readonly variadic: boolean;
}
/** A function with its name. */
export interface FunctionType {
  readonly kind: 'func';
  readonly id: number;
  readonly name: string;
  readonly proto: number;
}
/** A variable with its name; BTF has per-CPU ones. */
export interface VariableType {
  readonly kind: 'var';
  readonly id: number;
  readonly name: string;
  readonly type: number;
  /** Declared `static` in C (BTF_VAR_STATIC; else allocated or external global). */
  readonly isStatic?: boolean;
}
/** A section of variables with their offsets. */
export interface DatasecType {
  readonly kind: 'datasec';
  readonly id: number;
  readonly name: string;
  readonly size: number;
  readonly variables: readonly {
    readonly type: number;
    readonly offset: number;
    readonly size: number;
  }[];
}
/** An attribute of a declaration (btf_decl_tag). */
export interface DeclTagType {
  readonly kind: 'decl_tag';
  readonly id: number;
  readonly name: string;
  readonly target: number;
  readonly component: number;
}

/** A type of C, told apart by `kind`. */
export type CType =
  | IntType
  | FloatType
  | VoidType
  | PointerType
  | ArrayType
  | StructType
  | EnumType
  | TypedefType
  | QualifiedType
  | ForwardType
  | FunctionProtoType
  | FunctionType
  | VariableType
  | DatasecType
  | DeclTagType;

/** A member of a struct or union as declared. Anonymous members have the name ''. */
export interface Member {
  readonly name: string;
  readonly type: number;
  /** From the start of the enclosing struct, in bits. */
  readonly bitOffset: number;
  /** 0 when it is not a bit field. */
  readonly bitSize: number;
}

/** A member found by path, through anonymous members and nested ones. */
export interface MemberPath {
  /** Bytes from the start of the outermost struct (of the storage unit's first byte for a bit field: floor(bitOffset / 8)). */
  readonly offset: number;
  readonly bitOffset: number;
  readonly bitSize: number;
  /** Bytes of the member's own type. */
  readonly size: number;
  readonly type: number;
}

/** A type that can be looked up by name. */
export interface NamedType {
  readonly kind: 'struct' | 'union' | 'enum' | 'typedef' | 'int';
  readonly name: string;
}

/** Look-up of types. Nothing is parsed before it is asked for; look-up by name indexes names once. */
export interface Types {
  /** Why types are missing that the kernel has, as far as that was noticed: a name that is not found may be one of them. */
  readonly lost: string | undefined;
  readonly count: number;
  /** Bytes of a pointer. */
  readonly pointerSize: 4 | 8;
  /** Throws MissingError for a number outside the table. */
  get(id: number): CType;
  /** By C tag or typedef name. `struct` finds unions too when no struct has the name; prefers complete types over forwards. */
  find(
    kind: 'struct' | 'union' | 'enum' | 'typedef' | 'int' | 'func' | 'var',
    name: string,
  ): CType | undefined;
  /** Struct or union by tag, or by a typedef that names one. Throws MissingError. */
  struct(name: string): StructType;
  has(structName: string, memberPath?: string): boolean;
  /** Bytes of `struct name` (or typedef). Throws MissingError. */
  sizeof(name: string): number;
  /** Bytes of type `id` after typedefs and qualifiers; pointers are {@link pointerSize}. */
  sizeOf(id: number): number;
  /** `member('task_struct', 'thread.sp')`; `a[3].b` allowed. Undefined when absent. */
  findMember(structName: string, path: string): MemberPath | undefined;
  /** As {@link findMember}; throws MissingError that names struct and member. */
  member(structName: string, path: string): MemberPath;
  /** Strips typedefs and qualifiers. */
  resolve(id: number): CType;
  /** C text of a type: `struct list_head *`, `char [16]`, `void (*)(int)`. */
  nameOf(id: number): string;
  /** Value of an enumerator anywhere in the kernel: `NR_SLAB_RECLAIMABLE_B`. */
  enumerator(name: string): bigint | undefined;
  /** The enum that has an enumerator of that name. */
  enumWith(enumerator: string): EnumType | undefined;
  /** Every complete type with a name, in no order, generated lazily: for completion. */
  names(): Iterable<NamedType>;
  /** The enumerators of `enum name`. */
  enumOf(name: string): EnumType | undefined;
}
