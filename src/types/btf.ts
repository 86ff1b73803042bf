import { LostError, MissingError, ReadError } from '../base/errors.ts';
import { BtfBlob, type BtfSource } from './btf-blob.ts';
import { decodeBtfType, type TypeSource } from './btf-decode.ts';
import { KIND, TYPE_WORDS } from './btf-format.ts';
import { parseBtfHeader } from './btf-header.ts';
import { BtfScan } from './btf-scan.ts';
import { BtfStrings } from './btf-strings.ts';
import { TypeTable } from './type-table.ts';
import type { CType, EnumType, NamedType, Types } from './types.ts';

const VOID: CType = { kind: 'void', id: 0, name: 'void' };

type FindKind = Parameters<Types['find']>[0];
/** Kinds by the word of {@link Types.find}: equal kinds in one list, preferred lists first. */
const FIND_KINDS: Record<Exclude<FindKind, 'func'>, readonly (readonly number[])[]> = {
  struct: [[KIND.STRUCT], [KIND.UNION], [KIND.FWD]],
  union: [[KIND.UNION], [KIND.FWD]],
  enum: [[KIND.ENUM, KIND.ENUM64]],
  typedef: [[KIND.TYPEDEF]],
  int: [[KIND.INT, KIND.FLOAT]],
  var: [[KIND.VAR]],
};

/** Kinds that {@link Types.names} lists: not forwards, variables and floats. */
const LISTED = new Map<number, NamedType['kind']>([
  [KIND.STRUCT, 'struct'],
  [KIND.UNION, 'union'],
  [KIND.ENUM, 'enum'],
  [KIND.ENUM64, 'enum'],
  [KIND.TYPEDEF, 'typedef'],
  [KIND.INT, 'int'],
]);

/** How a BTF blob is opened. */
export interface BtfOptions {
  /**
   * Split BTF only: number of its first own type as callers see it, when it is one of several on the same base.
   * Default: `base.count`, as in the blob itself.
   */
  readonly firstId?: number;
}

/**
 * Opens a BTF blob (Documentation/bpf/btf.rst): a kernel's own, `__start_BTF`..`__stop_BTF`, or with `base` the split
 * BTF of one module (struct btf.data), whose type numbers and string offsets continue the base's. BTF does not record
 * the width of a pointer: a number in place of a base gives it. Bytes are used in place and must not change; from a
 * {@link BtfSource} they are read when first needed.
 *
 * Throws CorruptError when the header is impossible. An impossible type throws when it is read; types after one of an
 * unknown kind are missing and {@link Btf.problem} says so.
 */
export function openBtf(
  content: Uint8Array | BtfSource,
  base: 4 | 8 | Types,
  options: BtfOptions = {},
): Btf {
  if (typeof base !== 'number' && !(base instanceof Btf))
    throw new TypeError('the base of split BTF is BTF');
  return new Btf(content, base, options);
}

/** Names of some kind of entry: name offsets, and in parallel the type that has the name. */
interface NameColumn {
  readonly owners: Uint32Array;
  readonly offsets: Uint32Array;
}

/** The types of one BTF blob. */
export class Btf extends TypeTable implements TypeSource {
  readonly base: Btf | undefined;
  readonly scan: BtfScan;
  readonly #strings: BtfStrings;
  /** First string offset of this blob. */
  readonly #stringStart: number;
  /** The number of the first type of this blob, inside it and as callers see it. */
  readonly #firstInside: number;
  readonly #firstId: number;
  readonly #cache = new Map<number, CType>();
  #functions: NameColumn | undefined;
  /** Enumerators of the types scanned so far: owner and name offset in parallel. */
  readonly #enumerators = { owners: [] as number[], offsets: [] as number[], listed: 0 };

  constructor(content: Uint8Array | BtfSource, on: 4 | 8 | Btf, options: BtfOptions) {
    const base = typeof on === 'number' ? undefined : on;
    super(typeof on === 'number' ? on : on.pointerSize);
    const blob = new BtfBlob(content);
    const header = parseBtfHeader(blob);
    this.scan = new BtfScan(blob, header);
    this.#strings = new BtfStrings(blob, header.stringStart, header.stringBytes);
    this.base = base;
    this.#firstInside = base?.count ?? 1;
    this.#firstId = options.firstId ?? this.#firstInside;
    this.#stringStart = base === undefined ? 0 : base.#stringStart + base.#strings.length;
  }

  /** Number of types, `void` (type 0) and the base's included: valid numbers are below it. Scans everything. */
  get count(): number {
    this.scan.finish();
    return this.#firstId + this.scan.scanned;
  }

  /** Why types are missing, when some are. Scans everything. */
  get lost(): string | undefined {
    return this.scan.problem ?? (this.scan.hasGaps ? 'BTF: a page of names is missing' : undefined);
  }

  get problem(): string | undefined {
    this.scan.finish();
    return this.scan.problem;
  }

  get(id: number): CType {
    if (id === 0) return VOID;
    const own = id - this.#firstId;
    if (own < 0 && this.base !== undefined && id < this.#firstInside) return this.base.get(id);
    const known = this.#cache.get(own);
    if (known !== undefined) return known;
    if (!Number.isInteger(own) || !this.scan.reach(own)) {
      const { lost } = this;
      const reason = lost && `type #${id} is not among those that can be read (${lost})`;
      throw new MissingError('type', `#${id}`, reason);
    }
    const type = this.#decode(own, id);
    this.#cache.set(own, type);
    return type;
  }

  /** A part of a type that cannot be read is a gap in what is known of the kernel, and none in the memory that is asked for. */
  #decode(own: number, id: number): CType {
    try {
      return decodeBtfType(this, own, id);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      throw new LostError('type', `#${id}`, `type #${id} cannot be read: ${error.message}`);
    }
  }

  find(kind: FindKind, name: string): CType | undefined {
    const own = this.findOwn(kind, name);
    if (own !== undefined && own.kind !== 'fwd') return own;
    return this.base?.find(kind, name) ?? own;
  }

  /** As {@link find}, without the base's types. */
  /**
   * That a name was not found is an answer only when its string is nowhere among the strings: else the type may be one of
   * those that are lost, and a reader that asks for the shape of a kernel would take the wrong one. Throws MissingError then.
   */
  #mustBeAbsent(name: string): void {
    if (!this.#strings.hasGaps && this.#strings.offsetOf(name) === undefined) return;
    const reason = `type "${name}" is not among those that can be read (${this.lost})`;
    throw new LostError('type', name, reason);
  }

  findOwn(kind: FindKind, name: string): CType | undefined {
    if (name === '') return undefined;
    const found =
      kind === 'func' ? this.#findFunction(name) : this.#findNamed(FIND_KINDS[kind], name);
    if (found === undefined && this.lost !== undefined) this.#mustBeAbsent(name);
    return found === undefined ? undefined : this.get(found + this.#firstId);
  }

  enumWith(name: string): EnumType | undefined {
    return this.enumWithOwn(name) ?? this.base?.enumWith(name);
  }

  /** As {@link enumWith}, without the base's types. */
  enumWithOwn(name: string): EnumType | undefined {
    const offsets = this.#offsetsOf(name);
    for (let from = 0; offsets.length > 0; this.scan.more()) {
      const next = this.#listEnumerators();
      for (const offset of offsets) {
        const entry = this.#enumerators.offsets.indexOf(offset, from);
        if (entry < 0) continue;
        const type = this.get(this.#enumerators.owners[entry]! + this.#firstId);
        if (type.kind === 'enum') return type;
      }
      if (this.scan.complete) break;
      from = next;
    }
    if (this.lost !== undefined) this.#mustBeAbsent(name);
    return undefined;
  }

  *names(): Generator<NamedType> {
    if (this.base !== undefined) yield* this.base.names();
    yield* this.ownNames();
  }

  /** As {@link names}, without those of the base. */
  *ownNames(): Generator<NamedType> {
    const { scan } = this;
    for (let i = 0; i < scan.namedCount || !scan.complete; i++) {
      if (i >= scan.namedCount) {
        scan.more();
        i--;
        continue;
      }
      const kind = LISTED.get(this.#kindOf(scan.named[i]!));
      if (kind !== undefined) yield { kind, name: this.string(scan.namedOffsets[i]!) };
    }
  }

  /** The string at `offset` of the base's and the own string section. Throws CorruptError beyond them. */
  string(offset: number): string {
    if (offset < this.#stringStart && this.base !== undefined) return this.base.string(offset);
    return this.#strings.at(offset - this.#stringStart);
  }

  /** The number that callers use for a type number of the blob. */
  outside(id: number): number {
    return id < this.#firstInside ? id : id - this.#firstInside + this.#firstId;
  }

  /** The own type (from 0) of that name and the best kind; the earliest among equals. */
  #findNamed(ranks: readonly (readonly number[])[], name: string): number | undefined {
    const offsets = this.#offsetsOf(name);
    if (offsets.length === 0) return undefined;
    const { scan } = this;
    let best: number | undefined;
    let bestRank = ranks.length;
    for (let from = 0; ; scan.more()) {
      // Later types may be of a better kind: only the best kind ends the search early.
      for (const offset of offsets) {
        const column = scan.namedOffsets.subarray(0, scan.namedCount);
        for (let i = column.indexOf(offset, from); i >= 0; i = column.indexOf(offset, i + 1)) {
          const own = scan.named[i]!;
          const rank = ranks.findIndex((kinds) => kinds.includes(this.#kindOf(own)));
          if (rank < 0 || rank >= bestRank) continue;
          best = own;
          bestRank = rank;
        }
      }
      if (bestRank === 0 || scan.complete) return best;
      from = scan.namedCount;
    }
  }

  #findFunction(name: string): number | undefined {
    for (const offset of this.#offsetsOf(name)) {
      this.#functions ??= this.#listFunctions();
      const entry = this.#functions.offsets.indexOf(offset);
      if (entry >= 0) return this.#functions.owners[entry];
    }
    return undefined;
  }

  /** Offsets, in this blob's numbering, of a name: in the base's strings and in the own. */
  #offsetsOf(name: string): readonly number[] {
    const own = this.#strings.offsetOf(name);
    const offsets = own === undefined ? [] : [own + this.#stringStart];
    return this.base === undefined ? offsets : [...this.base.#offsetsOf(name), ...offsets];
  }

  #kindOf(own: number): number {
    return (this.scan.words[this.scan.starts[own]! + 1]! >>> 24) & 0x7f;
  }

  #listFunctions(): NameColumn {
    this.scan.finish();
    const { words, starts, scanned } = this.scan;
    const owners = new Uint32Array(scanned);
    const offsets = new Uint32Array(scanned);
    let count = 0;
    for (let own = 0; own < scanned; own++) {
      if (this.#kindOf(own) !== KIND.FUNC) continue;
      owners[count] = own;
      offsets[count++] = words[starts[own]!]!;
    }
    return { owners: owners.subarray(0, count), offsets: offsets.subarray(0, count) };
  }

  /** Lists the enumerators of all types scanned so far; returns their number. */
  #listEnumerators(): number {
    const { words, starts, scanned } = this.scan;
    const { owners, offsets } = this.#enumerators;
    for (let own = this.#enumerators.listed; own < scanned; own++) {
      const kind = this.#kindOf(own);
      if (kind !== KIND.ENUM && kind !== KIND.ENUM64) continue;
      const step = kind === KIND.ENUM ? 2 : 3;
      for (let at = starts[own]! + TYPE_WORDS; at < starts[own + 1]!; at += step) {
        owners.push(own);
        offsets.push(words[at]!);
      }
    }
    this.#enumerators.listed = scanned;
    return owners.length;
  }
}
