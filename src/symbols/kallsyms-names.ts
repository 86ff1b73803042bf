import { hex, plus, type VAddr } from '../base/address.ts';
import { CorruptError, ReadError } from '../base/errors.ts';
import { ExpandedNames } from './expanded-names.ts';
import { arrives, GROUP, measure, type NameGroup, type NameScan } from './kallsyms-lengths.ts';
import { KSYM_NAME_LEN, type TokenTable } from './kallsyms-tokens.ts';
import type { LazyBytes } from './lazy-bytes.ts';

/** Form of a group's lengths; found per group by walking it to the next marker. */
const MODE = { unknown: 0, wide: 1, narrow: 2, corrupt: 3 } as const;

/** Where the groups of names start, in bytes from the first name. */
export interface Markers {
  /** One a group, and the end of the last group, which may be `padding` bytes too far. */
  readonly places: Float64Array;
  readonly padding: number;
  /** The kernel's own table: its offset, and the offset of what follows it (before any alignment). */
  readonly at?: number;
  readonly end?: number;
}

/**
 * The compressed names: `kallsyms_names`, one entry a symbol, each a length and that many token numbers. The length is
 * one byte; since 6.1 (73bbb94466fd, kallsyms: support "big" kernel symbols) a set top bit says that a second byte
 * follows, with the low seven bits first. The form is decided by where a walk arrives, not by version.
 */
export class NameTable implements NameScan {
  readonly count: number;
  readonly tokens: TokenTable;
  readonly #data: LazyBytes;
  /** Place of the first name of each group; the last element is an upper bound of the names' end. */
  readonly #markers: Float64Array;
  readonly #modes: Uint8Array;
  readonly #endSlack: number;
  #expanded: ExpandedNames | undefined;
  #lost: string | undefined;
  /** Address of kallsyms_markers, and of what follows it; when they were found. */
  readonly markersAt: VAddr | undefined;
  readonly behindMarkers: VAddr | undefined;
  readonly #codes = new Uint16Array(KSYM_NAME_LEN);

  constructor(data: LazyBytes, count: number, tokens: TokenTable, markers: Markers) {
    this.#data = data;
    this.count = count;
    this.tokens = tokens;
    this.#markers = markers.places;
    this.#endSlack = markers.padding;
    this.#modes = new Uint8Array(markers.places.length - 1);
    const { at, end } = markers;
    this.markersAt = at === undefined ? undefined : plus(data.start, at);
    this.behindMarkers = end === undefined ? undefined : plus(data.start, end);
  }

  /** For work on all names: {@link expand} is quicker afterwards. */
  expandAll(): ExpandedNames {
    this.#expanded ??= new ExpandedNames(this);
    return this.#expanded;
  }

  /** Why the first group that could not be read is not there; undefined while all can be. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Type letter and name of symbol `index`, expanded. Throws CorruptError or ReadError. */
  expand(index: number): string {
    this.#data.checkpoint();
    const known = this.#expanded?.at(index);
    if (known) return known;
    const group = index >>> 8;
    const wide = this.#mode(group) === MODE.wide;
    const { bytes } = this.#data;
    let at = this.#markers[group] as number;
    for (let skip = index & 0xff; skip > 0; skip--) {
      const length = bytes[at] as number;
      at +=
        wide && length >= 0x80
          ? 2 + (length & 0x7f) + ((bytes[at + 1] as number) << 7)
          : 1 + length;
    }
    let length = bytes[at++] as number;
    if (wide && length >= 0x80) length = (length & 0x7f) | ((bytes[at++] as number) << 7);
    return this.#text(at, length);
  }

  #text(at: number, length: number): string {
    const { bytes } = this.#data;
    const { start, length: sizes, bytes: source } = this.tokens;
    const codes = this.#codes;
    let size = 0;
    for (let end = at + length; at < end; at++) {
      const token = bytes[at] as number;
      const from = start[token] as number;
      for (let i = 0, n = sizes[token] as number; i < n && size < KSYM_NAME_LEN; i++) {
        codes[size++] = source[from + i] as number;
      }
    }
    return String.fromCharCode.apply(null, codes.subarray(0, size) as unknown as number[]);
  }

  /**
   * Calls `visit` for every readable group of names in order. Groups that are corrupt or missing are left out; returns
   * the number of their names.
   */
  scan(visit: (group: NameGroup) => void): number {
    let skipped = 0;
    const { bytes } = this.#data;
    const group = {
      first: 0,
      count: 0,
      bytes,
      at: new Uint32Array(GROUP),
      length: new Uint16Array(GROUP),
    };
    for (let number = 0; number < this.#modes.length; number++) {
      this.#data.checkpoint();
      group.first = number * GROUP;
      group.count = Math.min(GROUP, this.count - group.first);
      try {
        const wide = this.#mode(number) === MODE.wide;
        measure(group, this.#markers[number] as number, wide);
        visit(group);
      } catch (error) {
        if (!(error instanceof ReadError || error instanceof CorruptError)) throw error;
        skipped += group.count;
      }
    }
    return skipped;
  }

  #mode(group: number): number {
    try {
      return this.#readMode(group);
    } catch (error) {
      if (error instanceof ReadError || error instanceof CorruptError) this.#lost ??= error.message;
      throw error;
    }
  }

  #readMode(group: number): number {
    let mode = this.#modes[group] as number;
    if (mode === MODE.unknown) {
      const from = this.#markers[group] as number;
      const to = this.#markers[group + 1] as number;
      this.#data.ensure(from, to);
      const last = group === this.#modes.length - 1;
      const slack = last ? this.#endSlack : 0;
      const size = last ? this.count - group * GROUP : GROUP;
      const fits = (wide: boolean) => arrives(this.#data.bytes, from, to, size, wide, slack);
      mode = fits(true) ? MODE.wide : fits(false) ? MODE.narrow : MODE.corrupt;
      this.#modes[group] = mode;
    }
    if (mode === MODE.corrupt) {
      const at = this.#data.start + BigInt(this.#markers[group] as number);
      throw new CorruptError(
        `kallsyms_names at ${hex(at)}: the lengths do not lead to the next marker`,
        at,
      );
    }
    return mode;
  }
}
