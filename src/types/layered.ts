import { TypeTable } from './type-table.ts';
import type { CType, EnumType, NamedType, Types } from './types.ts';

/** Numbers that each further table may use, from a multiple of it on. */
export const TABLE_STRIDE = 2 ** 41;

/** A further table of types, and whether its names are to be found now. */
export interface FurtherTypes {
  readonly types: Types;
  readonly isNamed: boolean;
}

/**
 * The types of a dump and, for names that those do not have, further tables: of debugging data given with it. The numbers
 * of table `n` lie in `n * TABLE_STRIDE` and up, above all numbers of the dump's own.
 */
export class LayeredTypes extends TypeTable {
  readonly #base: Types;
  readonly #tables: () => readonly FurtherTypes[];
  /** Numbers from here on belong to the further tables. */
  readonly #first: number;

  constructor(base: Types, first: number, tables: () => readonly FurtherTypes[]) {
    super(base.pointerSize);
    this.#base = base;
    this.#first = first;
    this.#tables = tables;
  }

  get lost(): string | undefined {
    return this.#base.lost;
  }
  get count(): number {
    return this.#base.count;
  }

  get(id: number): CType {
    if (id < this.#first) return this.#base.get(id);
    const table = this.#tables()[Math.floor(id / TABLE_STRIDE)];
    return (table?.types ?? this.#base).get(id);
  }

  /** Functions and variables are found by their address, not here: a name says too little. */
  find(kind: Parameters<Types['find']>[0], name: string): CType | undefined {
    const found = this.#base.find(kind, name);
    if ((found !== undefined && found.kind !== 'fwd') || kind === 'func' || kind === 'var')
      return found;
    for (const { types, isNamed } of this.#tables()) {
      const further = isNamed ? types.find(kind, name) : undefined;
      if (further !== undefined && further.kind !== 'fwd') return further;
    }
    return found;
  }

  enumWith(enumerator: string): EnumType | undefined {
    const found = this.#base.enumWith(enumerator);
    if (found !== undefined) return found;
    for (const { types, isNamed } of this.#tables()) {
      const further = isNamed ? types.enumWith(enumerator) : undefined;
      if (further !== undefined) return further;
    }
    return undefined;
  }

  names(): Iterable<NamedType> {
    return this.#base.names();
  }
}
