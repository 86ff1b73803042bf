import { CorruptError, LostError, MissingError } from '../base/errors.ts';
import { typeName } from './c-name.ts';
import { findMemberPath } from './member-path.ts';
import type { CType, EnumType, MemberPath, NamedType, StructType, Types } from './types.ts';

/** Longest chain of typedefs, qualifiers and array dimensions that is followed. Real kernels stay below 20. */
const MAX_CHAIN = 256;

const TRANSPARENT = new Set(['typedef', 'const', 'volatile', 'restrict', 'type_tag']);

/** The common part of all sources of types: all of {@link Types}, on top of reading one type and finding one name. */
export abstract class TypeTable implements Types {
  abstract readonly count: number;
  abstract readonly lost: string | undefined;
  abstract get(id: number): CType;
  abstract find(
    kind: 'struct' | 'union' | 'enum' | 'typedef' | 'int' | 'func' | 'var',
    name: string,
  ): CType | undefined;
  abstract names(): Iterable<NamedType>;
  abstract enumWith(enumerator: string): EnumType | undefined;

  readonly pointerSize: 4 | 8;
  readonly #structs = new Map<string, StructType | undefined>();
  readonly #paths = new Map<string, MemberPath | undefined>();

  constructor(pointerSize: 4 | 8) {
    this.pointerSize = pointerSize;
  }

  struct(name: string): StructType {
    const found = this.#struct(name);
    if (found === undefined) throw this.#missing('type', `struct ${name}`);
    return found;
  }

  has(structName: string, memberPath?: string): boolean {
    if (memberPath === undefined) return this.#struct(structName) !== undefined;
    return this.findMember(structName, memberPath) !== undefined;
  }

  sizeof(name: string): number {
    const struct = this.#struct(name);
    if (struct !== undefined) return struct.size;
    const other = this.find('typedef', name) ?? this.find('int', name) ?? this.find('enum', name);
    if (other === undefined) throw this.#missing('type', name);
    return this.sizeOf(other.id);
  }

  sizeOf(id: number): number {
    let elements = 1;
    let type = this.resolve(id);
    for (let depth = 0; type.kind === 'array'; depth++) {
      if (depth > MAX_CHAIN) throw new CorruptError(`type ${id} has too many array dimensions`);
      elements *= type.count;
      type = this.resolve(type.element);
    }
    const size = elements * (type.kind === 'pointer' ? this.pointerSize : ownSize(type));
    if (!Number.isSafeInteger(size)) throw new CorruptError(`type ${id} is impossibly large`);
    return size;
  }

  findMember(structName: string, path: string): MemberPath | undefined {
    const key = `${structName} ${path}`;
    if (this.#paths.has(key)) return this.#paths.get(key);
    const struct = this.#struct(structName);
    const found = struct && findMemberPath(this, struct, path);
    this.#paths.set(key, found);
    return found;
  }

  member(structName: string, path: string): MemberPath {
    const found = this.findMember(structName, path);
    if (found !== undefined) return found;
    this.struct(structName); // throws the better error, for a missing struct
    throw this.#missing('member', `${structName}.${path}`);
  }

  resolve(id: number): CType {
    let type = this.get(id);
    for (let depth = 0; TRANSPARENT.has(type.kind); depth++) {
      if (depth > MAX_CHAIN) throw new CorruptError(`type ${id} is a typedef of itself`);
      type = this.get((type as { target: number }).target);
    }
    return type;
  }

  /** Forgets failed look-ups, when there are more types than before. */
  protected forgetLookups(): void {
    this.#structs.clear();
    this.#paths.clear();
  }

  nameOf(id: number): string {
    return typeName(this, id);
  }

  enumerator(name: string): bigint | undefined {
    return this.enumWith(name)?.values.find((each) => each.name === name)?.value;
  }

  enumOf(name: string): EnumType | undefined {
    const found = this.find('enum', name);
    return found?.kind === 'enum' ? found : undefined;
  }

  /** That something is not there; where types are lost it may be among them, and that is said instead. */
  #missing(kind: 'type' | 'member', what: string): MissingError {
    if (this.lost === undefined) return new MissingError(kind, what);
    return new LostError(
      kind,
      what,
      `"${what}" is not among the types that can be read (${this.lost})`,
    );
  }

  #struct(name: string): StructType | undefined {
    if (this.#structs.has(name)) return this.#structs.get(name);
    let found = this.find('struct', name);
    if (found === undefined) {
      const alias = this.find('typedef', name);
      if (alias !== undefined) found = this.resolve(alias.id);
    }
    const struct = found?.kind === 'struct' || found?.kind === 'union' ? found : undefined;
    this.#structs.set(name, struct);
    return struct;
  }
}

/** Bytes of a resolved type that is no array. `void` and functions count 1, as in GNU C and gdb. */
function ownSize(type: CType): number {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'struct':
    case 'union':
    case 'enum':
    case 'datasec':
      return type.size;
    case 'void':
    case 'func_proto':
    case 'func':
      return 1;
    default: {
      const name = 'name' in type ? type.name : type.kind;
      throw new MissingError('type', name, `incomplete type: ${name}`);
    }
  }
}
