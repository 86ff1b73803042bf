import { KSYM_NAME_LEN, type TokenTable } from './kallsyms-tokens.ts';

/** kallsyms_markers holds the place of every 256th name. */
export const GROUP = 256;

/**
 * Up to 256 names: tokens `bytes[at[i]]` and the `length[i] - 1` after it are symbol `first + i`. Reused for the next
 * group.
 */
export interface NameGroup {
  readonly first: number;
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly at: Uint32Array;
  readonly length: Uint16Array;
}

/** Compressed names that can be visited group by group. */
export interface NameScan {
  readonly count: number;
  readonly tokens: TokenTable;
  scan(visit: (group: NameGroup) => void): number;
}

/** Finds where each name of a group starts and how many tokens it has. */
export function measure(group: NameGroup, from: number, wide: boolean): void {
  const { bytes, at, length } = group;
  let place = from;
  for (let i = 0; i < group.count; i++) {
    let size = bytes[place++] as number;
    if (wide && size >= 0x80) size = (size & 0x7f) | ((bytes[place++] as number) << 7);
    at[i] = place;
    length[i] = size;
    place += size;
  }
}

/** Whether `count` entries from `from` end at `to`, or within `slack` bytes of padding before it. */
export function arrives(
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
export function walkNames(
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
