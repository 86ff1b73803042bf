import { CorruptError, MissingError } from '../base/errors.ts';
import { decodeBtfType, type TypeSource } from './btf-decode.ts';
import { KIND, TYPE_WORDS } from './btf-format.ts';
import { type BtfTable, scanBtf } from './btf-table.ts';
import { NameIndex } from './name-index.ts';
import { TypeTable } from './type-table.ts';
import type { CType, Types } from './types.ts';

const VOID: CType = { kind: 'void', id: 0, name: 'void' };

/** Kinds that answer to each word of {@link Types.find}, best first. */
const FIND_KINDS = {
  struct: [KIND.STRUCT, KIND.UNION, KIND.FWD],
  union: [KIND.UNION, KIND.FWD],
  enum: [KIND.ENUM, KIND.ENUM64],
  typedef: [KIND.TYPEDEF],
  int: [KIND.INT, KIND.FLOAT],
  var: [KIND.VAR],
  func: [KIND.FUNC],
} as const satisfies Record<Parameters<Types['find']>[0], readonly number[]>;

export interface BtfOptions {
  /**
   * Split BTF only: the number its own types get outside, when it is one of several on the same base.
   * Default: `base.count`, as in the blob itself.
   */
  readonly firstId?: number;
}

/**
 * Opens a BTF blob (Documentation/bpf/btf.rst): a kernel's own, `__start_BTF`..`__stop_BTF`, or with `base` the
 * split BTF of one module (struct btf.data), whose type numbers and string offsets continue the base's.
 * The bytes are used in place and must not change.
 *
 * One pass finds where types begin; types are decoded when asked for, names are indexed at the first look-up.
 * Throws CorruptError when the header makes no sense. A type that makes no sense throws when it is read;
 * types behind a kind that nobody knows are missing and {@link Btf.problem} says so.
 */
export function openBtf(bytes: Uint8Array, base?: Types, options: BtfOptions = {}): Btf {
  if (base !== undefined && !(base instanceof Btf))
    throw new TypeError('the base of split BTF is BTF');
  return new Btf(bytes, base, options);
}

/** The types of one BTF blob. `count` includes `void`, which is type 0: valid numbers are 0 to count - 1. */
export class Btf extends TypeTable implements TypeSource {
  readonly count: number;
  /** Why types are missing, when some are. */
  readonly problem: string | undefined;
  readonly table: BtfTable;
  readonly base: Btf | undefined;
  /** The number of the first type of this blob, inside it and as seen by callers. */
  readonly #firstInside: number;
  readonly #firstId: number;
  readonly #stringStart: number;
  readonly #cache = new Map<number, CType>();
  #names: NameIndex | undefined;
  #functions: { ids: Uint32Array; names: NameIndex } | undefined;
  #enumerators: { owners: Uint32Array; names: NameIndex } | undefined;

  constructor(bytes: Uint8Array, base: Btf | undefined, options: BtfOptions) {
    super();
    this.table = scanBtf(bytes);
    this.base = base;
    this.problem = this.table.problem;
    this.#firstInside = base?.count ?? 1;
    this.#firstId = options.firstId ?? this.#firstInside;
    this.#stringStart = base === undefined ? 0 : base.#stringStart + base.table.strings.length;
    this.count = this.#firstId + this.table.typeCount;
  }

  get(id: number): CType {
    if (id === 0) return VOID;
    const own = id - this.#firstId;
    if (own < 0 && this.base !== undefined && id < this.base.count) return this.base.get(id);
    const known = this.#cache.get(own);
    if (known !== undefined) return known;
    if (!(own >= 0 && own < this.table.typeCount)) throw new MissingError('type', `#${id}`);
    const type = decodeBtfType(this, own, id);
    this.#cache.set(own, type);
    return type;
  }

  find(kind: keyof typeof FIND_KINDS, name: string): CType | undefined {
    if (name === '') return undefined;
    const found =
      kind === 'func' ? this.#findFunction(name) : this.#findNamed(FIND_KINDS[kind], name);
    return found === undefined ? this.base?.find(kind, name) : this.get(found);
  }

  enumerator(name: string): bigint | undefined {
    this.#enumerators ??= this.#indexEnumerators();
    for (const entry of this.#enumerators.names.find(name)) {
      const type = this.get(this.#enumerators.owners[entry]! + this.#firstId);
      if (type.kind !== 'enum') continue;
      const value = type.values.find((candidate) => candidate.name === name);
      if (value !== undefined) return value.value;
    }
    return this.base?.enumerator(name);
  }

  /** The string at `offset` of the (base's and own) string sections. Throws CorruptError beyond them. */
  string(offset: number): string {
    if (offset < this.#stringStart && this.base !== undefined) return this.base.string(offset);
    const { strings } = this.table;
    const start = offset - this.#stringStart;
    if (start === 0 && strings.length === 0) return '';
    if (!(start < strings.length))
      throw new CorruptError(`BTF: string offset ${offset} is out of range`);
    let end = start;
    while (end < strings.length && strings[end] !== 0) end++;
    return Buffer.from(strings.buffer, strings.byteOffset + start, end - start).toString('utf8');
  }

  /** A type number as the blob has it, as callers know it. */
  outside(id: number): number {
    return id < this.#firstInside ? id : id - this.#firstInside + this.#firstId;
  }

  /** Types of the blob (numbers from 0), other than functions, with that name and one of those kinds, best first. */
  #findNamed(kinds: readonly number[], name: string): number | undefined {
    this.#names ??= this.#indexTypes(this.table.named);
    const { words, starts, named } = this.table;
    let best: number | undefined;
    let bestRank = kinds.length;
    for (const entry of this.#names.find(name)) {
      const own = named[entry]!;
      const info = words[starts[own]! + 1]!;
      const rank = kinds.indexOf((info >>> 24) & 0x7f);
      if (rank < 0 || rank >= bestRank) continue;
      best = own;
      bestRank = rank;
    }
    return best === undefined ? undefined : best + this.#firstId;
  }

  #findFunction(name: string): number | undefined {
    if (this.#functions === undefined) {
      const { words, starts, typeCount } = this.table;
      const all: number[] = [];
      for (let own = 0; own < typeCount; own++) {
        if (((words[starts[own]! + 1]! >>> 24) & 0x7f) === KIND.FUNC) all.push(own);
      }
      const ids = Uint32Array.from(all);
      this.#functions = { ids, names: this.#indexTypes(ids) };
    }
    const [entry] = this.#functions.names.find(name);
    return entry === undefined ? undefined : this.#functions.ids[entry]! + this.#firstId;
  }

  #indexTypes(owns: Uint32Array): NameIndex {
    const { words, starts } = this.table;
    return this.#indexNames(owns.map((own) => words[starts[own]!]!));
  }

  #indexEnumerators(): { owners: Uint32Array; names: NameIndex } {
    const { words, starts, typeCount } = this.table;
    const owners: number[] = [];
    const offsets: number[] = [];
    for (let own = 0; own < typeCount; own++) {
      const start = starts[own]!;
      const kind = (words[start + 1]! >>> 24) & 0x7f;
      if (kind !== KIND.ENUM && kind !== KIND.ENUM64) continue;
      const step = kind === KIND.ENUM ? 2 : 3;
      const end = starts[own + 1]!;
      for (let at = start + TYPE_WORDS; at < end; at += step) {
        owners.push(own);
        offsets.push(words[at]!);
      }
    }
    return { owners: Uint32Array.from(owners), names: this.#indexNames(Uint32Array.from(offsets)) };
  }

  #indexNames(offsets: Uint32Array): NameIndex {
    return new NameIndex((offset) => this.#place(offset), offsets);
  }

  /** The section that holds a string, and where it begins there. */
  #place(offset: number): { bytes: Uint8Array; start: number } {
    if (offset < this.#stringStart && this.base !== undefined) return this.base.#place(offset);
    return { bytes: this.table.strings, start: offset - this.#stringStart };
  }
}
