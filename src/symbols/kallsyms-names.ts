import { hex, type VAddr } from '../base/address.ts';
import { CorruptError, ReadError } from '../base/errors.ts';
import { KSYM_NAME_LEN, type TokenTable } from './kallsyms-tokens.ts';
import { LazyBytes } from './lazy-bytes.ts';
import type { Reader } from './types.ts';

/** kallsyms_markers holds the place of every 256th name. */
export const GROUP = 256;
/** Shortest and longest entry: a length byte or two, and one token at least. */
const MIN_ENTRY = 2;
const MAX_ENTRY = KSYM_NAME_LEN + 2;
/** Names, markers and sequences of a kernel with all its drivers built in take 5 MB. */
const MAX_ROOM = 1 << 27;

/** How a group's lengths are written; found out per group by walking it to the next marker. */
const MODE = { unknown: 0, wide: 1, narrow: 2, corrupt: 3 } as const;

/**
 * The compressed names: `kallsyms_names`, one entry a symbol, each a length and that many token numbers.
 * The length is one byte; since 6.1 (73bbb94466fd) a set top bit says that a second byte follows, with the
 * low seven bits first. Which it is, is decided by where a walk arrives, not by version.
 */
export class NameTable {
  readonly count: number;
  readonly tokens: TokenTable;
  readonly #data: LazyBytes;
  /** Place of the first name of each group; the last element is where the names end (at most). */
  readonly #markers: Float64Array;
  readonly #modes: Uint8Array;
  /** The last group's end is exact (the walk made the markers) or followed by padding (they were read). */
  readonly #endSlack: number;
  readonly #codes = new Uint16Array(KSYM_NAME_LEN);

  constructor(
    data: LazyBytes,
    count: number,
    tokens: TokenTable,
    markers: Float64Array,
    endSlack: number,
  ) {
    this.#data = data;
    this.count = count;
    this.tokens = tokens;
    this.#markers = markers;
    this.#endSlack = endSlack;
    this.#modes = new Uint8Array(markers.length - 1);
  }

  /** Type letter and name of symbol `index`, expanded. Throws CorruptError or ReadError. */
  expand(index: number): string {
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
   * Calls `visit(index, at, length)` for the names of every readable group in order: `length` token bytes
   * at `bytes[at]`. Groups that are corrupt or missing are skipped; returns how many names that were.
   */
  scan(visit: (index: number, at: number, length: number, bytes: Uint8Array) => void): number {
    const { bytes } = this.#data;
    let skipped = 0;
    for (let group = 0; group < this.#modes.length; group++) {
      const first = group * GROUP;
      const size = Math.min(GROUP, this.count - first);
      let wide: boolean;
      try {
        wide = this.#mode(group) === MODE.wide;
      } catch (error) {
        if (!(error instanceof ReadError || error instanceof CorruptError)) throw error;
        skipped += size;
        continue;
      }
      let at = this.#markers[group] as number;
      for (let i = 0; i < size; i++) {
        let length = bytes[at++] as number;
        if (wide && length >= 0x80) length = (length & 0x7f) | ((bytes[at++] as number) << 7);
        visit(first + i, at, length, bytes);
        at += length;
      }
    }
    return skipped;
  }

  #mode(group: number): number {
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

/** Do `count` entries from `from` end at `to`, or within `slack` bytes of padding before it? */
function arrives(
  bytes: Uint8Array,
  from: number,
  to: number,
  count: number,
  wide: boolean,
  slack: number,
): boolean {
  const end = walkNames(bytes, from, to, count, wide);
  return end !== undefined && end <= to && to - end <= slack;
}

/** The place after `count` entries, or undefined when an entry is impossible or runs past `limit`. */
function walkNames(
  bytes: Uint8Array,
  from: number,
  limit: number,
  count: number,
  wide: boolean,
): number | undefined {
  let at = from;
  for (let i = 0; i < count; i++) {
    let length = bytes[at++] as number;
    if (wide && length >= 0x80) {
      const high = bytes[at++] as number;
      // A second continuation bit would mean a length beyond 16383: no kernel writes one.
      if (high >= 0x80) return undefined;
      length = (length & 0x7f) | (high << 7);
    }
    if (length === 0 || length > KSYM_NAME_LEN) return undefined;
    at += length;
    if (at > limit) return undefined;
  }
  return at;
}

/**
 * Opens the names that lie between `start` and `tokenTable`. Behind them stand kallsyms_markers, and in 6.2 and
 * 6.3 kallsyms_seqs_of_names (3 bytes a symbol, 60443c88f3a8), then kallsyms_token_table; so the markers are
 * looked for backwards from there and proved by walking the first group. Markers are u32 since 5.0
 * (80ffbaa5b1bd) and unsigned long before. Without any, the names are walked once to make them.
 */
export function openNames(
  reader: Reader,
  start: VAddr,
  tokenTable: VAddr,
  count: number,
  tokens: TokenTable,
): NameTable {
  const room = Number(tokenTable - start);
  if (room < count * MIN_ENTRY || room > Math.min(count * (MAX_ENTRY + 16) + 4096, MAX_ROOM)) {
    throw new CorruptError(
      `${count} kallsyms names do not fit between ${hex(start)} and ${hex(tokenTable)}`,
      start,
    );
  }
  const data = new LazyBytes(reader, start, room);
  const found = findMarkers(data, count);
  if (found !== undefined) return new NameTable(data, count, tokens, found, 15);
  return new NameTable(data, count, tokens, makeMarkers(data, count), 0);
}

function findMarkers(data: LazyBytes, count: number): Float64Array | undefined {
  const groups = Math.ceil(count / GROUP);
  for (const sequence of [0, count * 3]) {
    for (const width of [4, 8]) {
      for (const alignment of [8, 4]) {
        // The skew of the table's own address counts: all labels are aligned addresses.
        const skew = Number(data.start & 7n);
        const align = (offset: number) =>
          offset - ((((offset + skew) % alignment) + alignment) % alignment);
        let base = data.length;
        if (sequence > 0) base = align(base - sequence);
        base = align(base - groups * width);
        const markers = readMarkers(data, base, groups, width, count);
        if (markers !== undefined) return markers;
      }
    }
  }
  return undefined;
}

function readMarkers(
  data: LazyBytes,
  base: number,
  groups: number,
  width: number,
  count: number,
): Float64Array | undefined {
  if (base < count * MIN_ENTRY || !data.has(base, base + groups * width)) return undefined;
  const markers = new Float64Array(groups + 1);
  for (let group = 0; group < groups; group++) {
    const at = base + group * width;
    if (width === 8 && data.view.getUint32(at + 4, true) !== 0) return undefined;
    markers[group] = data.view.getUint32(at, true);
  }
  markers[groups] = base;
  if (markers[0] !== 0) return undefined;
  for (let group = 0; group < groups; group++) {
    const size = (markers[group + 1] as number) - (markers[group] as number);
    const names = Math.min(GROUP, count - group * GROUP);
    if (size < names * MIN_ENTRY || size > names * MAX_ENTRY + 16) return undefined;
  }
  const end = markers[1] as number;
  if (!data.has(0, end)) return undefined;
  const slack = groups === 1 ? 15 : 0;
  const proof = (wide: boolean) => arrives(data.bytes, 0, end, Math.min(GROUP, count), wide, slack);
  return proof(true) || proof(false) ? markers : undefined;
}

function makeMarkers(data: LazyBytes, count: number): Float64Array {
  data.ensure(0, data.length);
  const groups = Math.ceil(count / GROUP);
  for (const wide of [true, false]) {
    const markers = new Float64Array(groups + 1);
    let at: number | undefined = 0;
    for (let group = 0; group < groups && at !== undefined; group++) {
      at = walkNames(data.bytes, at, data.length, Math.min(GROUP, count - group * GROUP), wide);
      markers[group + 1] = at ?? 0;
    }
    if (at !== undefined) return markers;
  }
  throw new CorruptError(`kallsyms_names at ${hex(data.start)} cannot be walked`, data.start);
}
