import { hex, type VAddr } from '../base/address.ts';
import { CorruptError } from '../base/errors.ts';
import { arrives, GROUP, walkNames } from './kallsyms-lengths.ts';
import { type Markers, NameTable } from './kallsyms-names.ts';
import { KSYM_NAME_LEN, type TokenTable } from './kallsyms-tokens.ts';
import { LazyBytes } from './lazy-bytes.ts';
import type { Reader } from './types.ts';

/** Shortest and longest entry: a length byte or two, and one token at least. */
const MIN_ENTRY = 2;
const MAX_ENTRY = KSYM_NAME_LEN + 2;
/** Names, markers and sequences of a kernel with all its drivers built in take 5 MB. */
const MAX_ROOM = 1 << 27;

/**
 * Opens the names that lie between `start` and `tokenTable`. After them come kallsyms_markers, in 6.2 and 6.3
 * kallsyms_seqs_of_names (3 bytes a symbol; 6.2 (60443c88f3a8, kallsyms: Improve the performance of
 * kallsyms_lookup_name())), then kallsyms_token_table; so the markers are looked for backwards from there and proved by
 * walking the first group. Markers are u32 since 4.20 (80ffbaa5b1bd, kallsyms: reduce size a little on 64-bit),
 * unsigned long before. Without markers the names are walked once to make them.
 */
export function openNames(
  reader: Reader,
  start: VAddr,
  tokenTable: VAddr,
  count: number,
  tokens: TokenTable,
): NameTable {
  const room = Number(tokenTable - start);
  if (!isRoomFor(count, room)) {
    throw new CorruptError(
      `${count} kallsyms names do not fit between ${hex(start)} and ${hex(tokenTable)}`,
      start,
    );
  }
  const data = new LazyBytes(reader, start, room);
  const markers = findMarkers(data, count) ?? makeMarkers(data, count);
  return new NameTable(data, count, tokens, markers);
}

/** Whether markers for `count` names follow from `start`, which proves that the names begin there. */
export function hasMarkers(
  reader: Reader,
  start: VAddr,
  tokenTable: VAddr,
  count: number,
): boolean {
  const room = Number(tokenTable - start);
  return (
    isRoomFor(count, room) && findMarkers(new LazyBytes(reader, start, room), count) !== undefined
  );
}

const isRoomFor = (count: number, room: number): boolean =>
  room >= count * MIN_ENTRY && room <= Math.min(count * (MAX_ENTRY + 16) + 4096, MAX_ROOM);

/** Labels are aligned to 8 bytes, or to 4 by some kernels; the padding before one is shorter. */
const MAX_PADDING = 15;

function findMarkers(data: LazyBytes, count: number): Markers | undefined {
  const groups = Math.ceil(count / GROUP);
  for (const sequence of [0, count * 3]) {
    for (const width of [4, 8]) {
      for (const alignment of [8, 4]) {
        // Addresses are aligned, not offsets from the names, which need not start at an aligned address.
        const skew = Number(data.start & 7n);
        const align = (offset: number) =>
          offset - ((((offset + skew) % alignment) + alignment) % alignment);
        const end = align(data.length - sequence);
        const at = align(end - groups * width);
        const places = readMarkers(data, at, groups, width, count);
        if (places !== undefined) return { places, padding: MAX_PADDING, at, end };
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
    if (size < names * MIN_ENTRY || size > names * MAX_ENTRY + MAX_PADDING) return undefined;
  }
  const end = markers[1] as number;
  if (!data.has(0, end)) return undefined;
  const slack = groups === 1 ? MAX_PADDING : 0;
  const proof = (wide: boolean) => arrives(data.bytes, 0, end, Math.min(GROUP, count), wide, slack);
  return proof(true) || proof(false) ? markers : undefined;
}

function makeMarkers(data: LazyBytes, count: number): Markers {
  data.ensure(0, data.length);
  const groups = Math.ceil(count / GROUP);
  for (const wide of [true, false]) {
    const markers = new Float64Array(groups + 1);
    let at: number | undefined = 0;
    for (let group = 0; group < groups && at !== undefined; group++) {
      at = walkNames(data.bytes, at, data.length, Math.min(GROUP, count - group * GROUP), wide);
      markers[group + 1] = at ?? 0;
    }
    if (at !== undefined) return { places: markers, padding: 0 };
  }
  throw new CorruptError(`kallsyms_names at ${hex(data.start)} cannot be walked`, data.start);
}
