import { CorruptError } from '../../base/errors.ts';
import { countBefore } from '../../base/sorted.ts';

/** What a name is of. The numbers are stored in the cache of indexes. */
export const NAME_KIND = {
  struct: 0,
  union: 1,
  enum: 2,
  typedef: 3,
  base: 4,
  func: 5,
  var: 6,
  /** Of an enumeration, which the entry is. */
  enumerator: 7,
} as const;

/** Names of a file by their hash: parallel arrays, sorted by hash. */
export interface NameArrays {
  readonly hashes: Uint32Array;
  /** Offsets of entries in .debug_info. */
  readonly entries: Uint32Array;
  readonly kinds: Uint8Array;
  /** Addresses of top-level variables as linked, sorted; and in parallel the offsets of their entries. */
  readonly addresses: BigUint64Array;
  readonly variables: Uint32Array;
}

/** Reads the name of an entry; of an enumeration also whether it has an enumerator of a name. */
export interface EntryNames {
  nameOf(entry: number): string | undefined;
  hasEnumerator(entry: number, name: string): boolean;
}

/** FNV-1a over the bytes of a name. */
export function hashOf(name: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) {
    hash = Math.imul(hash ^ (name[at] as number), 0x01000193);
  }
  return hash >>> 0;
}

/** The definitions of a file by name: the first of each name and kind. */
export class NameIndex {
  readonly arrays: NameArrays;
  readonly #names: EntryNames;

  constructor(arrays: NameArrays, names: EntryNames) {
    this.arrays = arrays;
    this.#names = names;
  }

  /** Offset of the first definition of a name; undefined when there is none. */
  find(kind: number, name: string): number | undefined {
    const bytes = Buffer.from(name, 'latin1');
    const wanted = hashOf(bytes, 0, bytes.length);
    const { hashes, entries, kinds } = this.arrays;
    const passed = countBefore(hashes.length, (i) => (hashes[i] as number) < wanted);
    for (let i = passed; i < hashes.length && hashes[i] === wanted; i++) {
      const entry = entries[i] as number;
      if (kinds[i] === kind && this.#isNamed(kind, entry, name)) return entry;
    }
    return undefined;
  }

  /** The entries of the top-level variables at an address: a weak one has several. */
  variablesAt(address: bigint): number[] {
    const { addresses, variables } = this.arrays;
    const passed = countBefore(addresses.length, (i) => (addresses[i] as bigint) < address);
    const found: number[] = [];
    for (let i = passed; addresses[i] === address; i++) found.push(variables[i] as number);
    return found;
  }

  /** Every name of a type, function or variable, in no order. */
  *all(): Generator<{ readonly kind: number; readonly name: string; readonly entry: number }> {
    const { entries, kinds } = this.arrays;
    for (let i = 0; i < entries.length; i++) {
      const kind = kinds[i] as number;
      if (kind === NAME_KIND.enumerator) continue;
      const entry = entries[i] as number;
      const name = this.#names.nameOf(entry);
      if (name !== undefined) yield { kind, name, entry };
    }
  }

  #isNamed(kind: number, entry: number, name: string): boolean {
    try {
      return kind === NAME_KIND.enumerator
        ? this.#names.hasEnumerator(entry, name)
        : this.#names.nameOf(entry) === name;
    } catch (error) {
      // An entry that cannot be read has no name; others may.
      if (error instanceof CorruptError) return false;
      throw error;
    }
  }
}
