/** Patterns of a search: numbers of one width, or strings. */
export type Patterns =
  | {
      readonly width: 2 | 4 | 8;
      readonly values: readonly bigint[];
      /** Bits that are not compared. */
      readonly mask: bigint;
    }
  | { readonly width: 1; readonly strings: readonly Uint8Array[] };

/** A match: its offset in the bytes, and the index of its pattern. */
export interface PatternMatch {
  readonly offset: number;
  readonly which: number;
}

/**
 * Finds patterns in the bytes from `from` to `to` (multiples of the width) of a page. The inner loop of `search`:
 * halves of words as numbers, no bigint, and one plain comparison for a word that does not match.
 */
export type PageScanner = (page: Uint8Array, from: number, to: number) => readonly PatternMatch[];

const NOTHING: readonly PatternMatch[] = [];

/** A scanner for the patterns. */
export function pageScanner(patterns: Patterns): PageScanner {
  if (patterns.width === 1) return stringScanner(patterns.strings);
  const { width, mask } = patterns;
  const keep = BigInt.asUintN(64, ~mask);
  const values = patterns.values.map((value) => value & keep);
  if (width === 8) return longScanner(values, keep);
  return width === 4 ? intScanner(values, keep) : shortScanner(values, keep);
}

const low = (value: bigint): number => Number(value & 0xffffffffn);
const high = (value: bigint): number => Number((value >> 32n) & 0xffffffffn);

function longScanner(values: readonly bigint[], keep: bigint): PageScanner {
  const lows = Uint32Array.from(values, low);
  const highs = Uint32Array.from(values, high);
  const keepLow = low(keep) | 0;
  const keepHigh = high(keep) | 0;
  const [lowest] = lows;
  const [highest] = highs;
  const isPlain = keepLow === -1 && keepHigh === -1;
  if (isPlain && values.length === 1) {
    return (page, from, to) => {
      const words = new Uint32Array(page.buffer, page.byteOffset, page.length >> 2);
      let found: PatternMatch[] | undefined;
      for (let at = from >> 2, end = to >> 2; at < end; at += 2) {
        if (words[at] !== lowest || words[at + 1] !== highest) continue;
        found ??= [];
        found.push({ offset: at << 2, which: 0 });
      }
      return found ?? NOTHING;
    };
  }
  return (page, from, to) => {
    const words = new Uint32Array(page.buffer, page.byteOffset, page.length >> 2);
    let found: PatternMatch[] | undefined;
    for (let at = from >> 2, end = to >> 2; at < end; at += 2) {
      const wordLow = (words[at]! & keepLow) >>> 0;
      const wordHigh = (words[at + 1]! & keepHigh) >>> 0;
      for (let which = 0; which < lows.length; which++) {
        if (lows[which] !== wordLow || highs[which] !== wordHigh) continue;
        found ??= [];
        found.push({ offset: at << 2, which });
      }
    }
    return found ?? NOTHING;
  };
}

function intScanner(values: readonly bigint[], keep: bigint): PageScanner {
  const wanted = Uint32Array.from(values, low);
  const keepLow = low(keep) | 0;
  return (page, from, to) => {
    const words = new Uint32Array(page.buffer, page.byteOffset, page.length >> 2);
    return scanSmall(words, wanted, keepLow, from >> 2, to >> 2, 2);
  };
}

function shortScanner(values: readonly bigint[], keep: bigint): PageScanner {
  const wanted = Uint32Array.from(values, low);
  const keepLow = low(keep) & 0xffff;
  return (page, from, to) => {
    const words = new Uint16Array(page.buffer, page.byteOffset, page.length >> 1);
    return scanSmall(words, wanted, keepLow, from >> 1, to >> 1, 1);
  };
}

function scanSmall(
  words: Uint32Array | Uint16Array,
  wanted: Uint32Array,
  keep: number,
  from: number,
  to: number,
  shift: number,
): readonly PatternMatch[] {
  let found: PatternMatch[] | undefined;
  for (let at = from; at < to; at++) {
    const word = (words[at]! & keep) >>> 0;
    for (let which = 0; which < wanted.length; which++) {
      if (wanted[which] !== word) continue;
      found ??= [];
      found.push({ offset: at << shift, which });
    }
  }
  return found ?? NOTHING;
}

function stringScanner(strings: readonly Uint8Array[]): PageScanner {
  return (page, from, to) => {
    const bytes = Buffer.from(page.buffer, page.byteOffset, to);
    const found: PatternMatch[] = [];
    for (const [which, text] of strings.entries()) {
      // An empty string matches at every offset: skip it.
      if (text.length === 0) continue;
      for (let at = bytes.indexOf(text, from); at >= 0; at = bytes.indexOf(text, at + 1)) {
        found.push({ offset: at, which });
      }
    }
    return found.length > 1
      ? found.sort((a, b) => a.offset - b.offset || a.which - b.which)
      : found;
  };
}
