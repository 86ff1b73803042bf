import { btfOf, type PerCpuVariable } from './btf.ts';
import { type CNode, type CStruct, Declarations, sizeOf } from './declarations.ts';

/** Where a member lies, by its path. */
export interface Place {
  readonly offset: number;
  readonly type: CNode;
  /** Of a bit field: first bit in the byte at `offset`, and width; 0 for whole members. */
  readonly bit: number;
  readonly bits: number;
}

/**
 * The C types of the kernel that an image shows: read from declarations (declarations.ts), asked for places by the
 * builder, and written into the image as BTF.
 */
export class KernelTypes {
  readonly declarations: Declarations;
  /** Per-CPU variables: the only ones that a kernel's BTF has. */
  readonly variables: PerCpuVariable[] = [];
  /** By type, then by path; null for what is not there. */
  readonly #places = new Map<string, Map<string, Place | null>>();

  constructor(pointerSize: 4 | 8 = 8) {
    this.declarations = new Declarations(pointerSize);
  }

  /** Adds declarations; a struct declared again takes its new form. */
  declare(...texts: readonly string[]): this {
    for (const text of texts) this.declarations.parse(text);
    this.#places.clear();
    return this;
  }

  has(type: string, path?: string): boolean {
    const struct = this.#find(type);
    if (!struct) return false;
    return path === undefined || this.findPlace(type, path) !== undefined;
  }

  struct(name: string): CStruct {
    const found = this.#find(name);
    if (!found) throw new Error(`the image's kernel declares no struct ${name}`);
    return found;
  }

  /** Bytes of a struct, or of a typedef. */
  sizeof(name: string): number {
    const typedef = this.declarations.typedefs.get(name);
    return typedef ? sizeOf(typedef) : this.struct(name).size;
  }

  /** `place('task_struct', 'thread.sp')`. Throws Error when there is no such member. */
  place(type: string, path: string): Place {
    const found = this.findPlace(type, path);
    if (!found) throw new Error(`the image's kernel has no ${type}.${path}`);
    return found;
  }

  findPlace(type: string, path: string): Place | undefined {
    let places = this.#places.get(type);
    if (!places) {
      places = new Map();
      this.#places.set(type, places);
    }
    let place = places.get(path);
    if (place === undefined) {
      place = this.#look(type, path) ?? null;
      places.set(path, place);
    }
    return place ?? undefined;
  }

  #look(type: string, path: string): Place | undefined {
    const struct = this.#find(type);
    let place: Place | undefined = struct && { offset: 0, type: struct, bit: 0, bits: 0 };
    for (const step of path.match(/\w+|\[\d+\]/g) ?? []) {
      place =
        place &&
        (step.startsWith('[') ? element(place, Number(step.slice(1, -1))) : member(place, step));
    }
    return place;
  }

  offset(type: string, path: string): number {
    return this.place(type, path).offset;
  }

  /** The number of an enumerator, wherever it is declared. */
  enumerator(name: string): bigint {
    for (const { values } of this.declarations.enums.values()) {
      const found = values.find((value) => value.name === name);
      if (found) return found.value;
    }
    throw new Error(`the image's kernel has no enumerator ${name}`);
  }

  /** The blob between __start_BTF and __stop_BTF. */
  btf(): Uint8Array {
    return btfOf(this.declarations, this.variables);
  }

  #find(name: string): CStruct | undefined {
    const struct = this.declarations.structs.get(name);
    if (struct?.declared) return struct;
    const typedef = this.declarations.typedefs.get(name);
    const target = typedef && strip(typedef);
    return target?.kind === 'struct' || target?.kind === 'union' ? target : undefined;
  }
}

/** Without typedefs. */
export const strip = (type: CNode): CNode => (type.kind === 'typedef' ? strip(type.target) : type);

function element(place: Place, index: number): Place | undefined {
  const type = strip(place.type);
  if (type.kind !== 'array') return undefined;
  return {
    offset: place.offset + index * sizeOf(type.element),
    type: type.element,
    bit: 0,
    bits: 0,
  };
}

function member(place: Place, name: string): Place | undefined {
  const struct = strip(place.type);
  if (struct.kind !== 'struct' && struct.kind !== 'union') return undefined;
  for (const { name: own, type, offset, bit, bits } of struct.members) {
    const here = { offset: place.offset + offset, type, bit, bits };
    if (own === name) return here;
    const inside = own === '' ? member(here, name) : undefined;
    if (inside) return inside;
  }
  return undefined;
}
