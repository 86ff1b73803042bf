import { CorruptError, MissingError } from '../../base/errors.ts';
import { TypeTable } from '../../types/type-table.ts';
import type { CType, EnumType, NamedType, Types } from '../../types/types.ts';
import { NAME_KIND, type NameIndex } from '../names/name-index.ts';
import type { Dwarf } from '../units/dwarf.ts';
import { AT, TAG } from '../units/dwarf-format.ts';
import type { Die } from '../units/unit.ts';
import { arrayCounts, enumOf, intOf, membersOf, parametersOf } from './dwarf-shapes.ts';

/** The number of a DWARF type is this and the offset of its entry: above every number of BTF and of expressions. */
export const FIRST_DWARF_ID = 2 ** 32;
/** Numbers of types that have no entry of their own: inner dimensions of arrays, prototypes of functions. */
const FIRST_VIRTUAL_ID = 2 ** 40;
const MAX_CACHED = 1 << 18;

const VOID: CType = { kind: 'void', id: 0, name: 'void' };

type FindKind = Parameters<Types['find']>[0];
const KINDS: Readonly<Record<FindKind, readonly number[]>> = {
  struct: [NAME_KIND.struct, NAME_KIND.union],
  union: [NAME_KIND.union],
  enum: [NAME_KIND.enum],
  typedef: [NAME_KIND.typedef],
  int: [NAME_KIND.base],
  func: [NAME_KIND.func],
  var: [NAME_KIND.var],
};
const NAMED: Readonly<Record<number, NamedType['kind']>> = {
  [NAME_KIND.struct]: 'struct',
  [NAME_KIND.union]: 'union',
  [NAME_KIND.enum]: 'enum',
  [NAME_KIND.typedef]: 'typedef',
  [NAME_KIND.base]: 'int',
};

/** What the types of one file need besides it. */
export interface DwarfTypesParts {
  /** Built or loaded at the first question by name. */
  readonly names: () => NameIndex;
  /** The full type of a struct or union that a unit only declares, where another source has it. */
  readonly definitionOf?: (kind: 'struct' | 'union', name: string) => CType | undefined;
  /** First number of the types; {@link FIRST_DWARF_ID} by default. */
  readonly firstId?: number;
}

/** The types of a file with DWARF as one graph. Each is read when it is asked for by number; names by an index. */
export class DwarfTypes extends TypeTable {
  readonly #dwarf: Dwarf;
  readonly #parts: DwarfTypesParts;
  readonly #firstId: number;
  readonly #cache = new Map<number, CType>();
  readonly #virtual: (() => CType)[] = [];
  readonly lost = undefined;

  constructor(dwarf: Dwarf, parts: DwarfTypesParts) {
    super(dwarf.elf.addressSize);
    this.#dwarf = dwarf;
    this.#parts = parts;
    this.#firstId = parts.firstId ?? FIRST_DWARF_ID;
  }

  /** One above the highest number: numbers are sparse. */
  get count(): number {
    return this.#firstId + (this.#dwarf.info?.size ?? 0);
  }

  get(id: number): CType {
    if (id === 0) return VOID;
    const known = this.#cache.get(id);
    if (known !== undefined) return known;
    const virtual = id - this.#firstId - FIRST_VIRTUAL_ID;
    const type = virtual >= 0 ? this.#virtual[virtual]?.() : this.#read(id);
    if (type === undefined) throw new MissingError('type', `#${id}`);
    if (this.#cache.size > MAX_CACHED) this.#cache.clear();
    this.#cache.set(id, type);
    return type;
  }

  /** The number of the type of an entry. */
  idOf(offset: number): number {
    return this.#firstId + offset;
  }

  /** The number of the type that an entry refers to (DW_AT_type); 0, `void`, when it has none. */
  typeOf(die: Die): number {
    const offset = die.referenceOffset(AT.type);
    return offset === undefined ? 0 : this.idOf(offset);
  }

  find(kind: FindKind, name: string): CType | undefined {
    for (const each of KINDS[kind]) {
      const offset = this.#parts.names().find(each, name);
      if (offset !== undefined) return this.get(this.idOf(offset));
    }
    return undefined;
  }

  *names(): Generator<NamedType> {
    for (const { kind, name } of this.#parts.names().all()) {
      const word = NAMED[kind];
      if (word !== undefined) yield { kind: word, name };
    }
  }

  enumWith(enumerator: string): EnumType | undefined {
    const offset = this.#parts.names().find(NAME_KIND.enumerator, enumerator);
    const type = offset === undefined ? undefined : this.get(this.idOf(offset));
    return type?.kind === 'enum' ? type : undefined;
  }

  /** A variable's entry as a type of its own. */
  variable(die: Die): CType {
    return this.#decode(die, this.idOf(die.offset));
  }

  /** The number of the prototype of a function's entry. */
  prototypeOf(die: Die): number {
    return this.#add((id) => {
      const { parameters, variadic } = parametersOf(die, (each) => this.typeOf(each));
      return { kind: 'func_proto', id, returns: this.typeOf(originOf(die)), parameters, variadic };
    });
  }

  #read(id: number): CType {
    return this.#decode(this.#dwarf.dieAt(id - this.#firstId), id);
  }

  #decode(die: Die, id: number): CType {
    const name = die.name ?? '';
    switch (die.tag) {
      case TAG.base_type:
        return intOf(die, id, name);
      case TAG.pointer_type:
      case TAG.reference_type:
      case TAG.rvalue_reference_type:
        return { kind: 'pointer', id, target: this.typeOf(die) };
      case TAG.const_type:
        return { kind: 'const', id, name: '', target: this.typeOf(die) };
      case TAG.volatile_type:
      case TAG.atomic_type:
        return { kind: 'volatile', id, name: '', target: this.typeOf(die) };
      case TAG.restrict_type:
        return { kind: 'restrict', id, name: '', target: this.typeOf(die) };
      case TAG.typedef:
        return { kind: 'typedef', id, name, target: this.typeOf(die) };
      case TAG.unspecified_type:
        return { kind: 'typedef', id, name, target: 0 };
      case TAG.structure_type:
      case TAG.class_type:
      case TAG.union_type:
        return this.#struct(die, id, name);
      case TAG.enumeration_type:
        return enumOf(die, id, name);
      case TAG.array_type:
        return this.#array(die, id);
      case TAG.subroutine_type: {
        const { parameters, variadic } = parametersOf(die, (each) => this.typeOf(each));
        return { kind: 'func_proto', id, returns: this.typeOf(die), parameters, variadic };
      }
      case TAG.subprogram:
        return { kind: 'func', id, name: originOf(die).name ?? '', proto: this.prototypeOf(die) };
      case TAG.variable: {
        const origin = originOf(die);
        const isStatic = !origin.flag(AT.external) && !die.flag(AT.external);
        // A definition has its own type where its declaration lacks the length of an array.
        const type = this.typeOf(die.has(AT.type) ? die : origin);
        return { kind: 'var', id, name: origin.name ?? '', type, isStatic };
      }
      default:
        throw new CorruptError(
          `.debug_info+0x${die.offset.toString(16)}: an entry of tag 0x${die.tag.toString(16)} is no type`,
        );
    }
  }

  #struct(die: Die, id: number, name: string): CType {
    const kind = die.tag === TAG.union_type ? 'union' : 'struct';
    if (die.flag(AT.declaration)) {
      const full = name === '' ? undefined : this.#definition(kind, name);
      return full ?? { kind: 'fwd', id, name, union: kind === 'union' };
    }
    const members = membersOf(die, (each) => this.typeOf(each));
    return { kind, id, name, size: die.number(AT.byte_size) ?? 0, members };
  }

  /** What a unit only declares is defined in another: in another source of types, or by the index. */
  #definition(kind: 'struct' | 'union', name: string): CType | undefined {
    const elsewhere = this.#parts.definitionOf?.(kind, name);
    if (elsewhere !== undefined && elsewhere.kind !== 'fwd') return elsewhere;
    const offset = this.#parts.names().find(NAME_KIND[kind], name);
    return offset === undefined ? undefined : this.get(this.idOf(offset));
  }

  /** Several dimensions are arrays of arrays. */
  #array(die: Die, id: number): CType {
    const [first = 0, ...inner] = arrayCounts(die);
    let element = this.typeOf(die);
    for (const count of inner.reverse()) {
      const of = element;
      element = this.#add((own) => ({ kind: 'array', id: own, element: of, count }));
    }
    return { kind: 'array', id, element, count: first };
  }

  #add(make: (id: number) => CType): number {
    const id = this.#firstId + FIRST_VIRTUAL_ID + this.#virtual.length;
    this.#virtual.push(() => make(id));
    return id;
  }
}

/** The entry that has the name and the type of another one: its abstract instance, or its declaration. */
export function originOf(die: Die): Die {
  let origin = die;
  for (let depth = 0; depth < 8; depth++) {
    const next = origin.reference(AT.abstract_origin) ?? origin.reference(AT.specification);
    if (next === undefined) return origin;
    origin = next;
  }
  throw new CorruptError(`.debug_info+0x${die.offset.toString(16)}: its origin refers to itself`);
}
