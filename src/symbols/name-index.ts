import { GROUP, type NameGroup } from './kallsyms-lengths.ts';
import type { NameTable } from './kallsyms-names.ts';
import type { TokenTable } from './kallsyms-tokens.ts';

/** Any odd multiplier mixes; the hash is the polynomial over a name's bytes, modulo 2^32. */
const BASE = 0x01000193;

/** Hash of a name given as a string; {@link NameIndex} computes the same from tokens. */
function hashName(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, BASE) + name.charCodeAt(i)) | 0;
  return hash;
}

/**
 * The suffixes that crash cuts from a kernel symbol's name, with all that follows: what a compiler adds
 * to the name of a clone (`.isra.0`, `.part.0`, Clang's `.llvm.123`). `.constprop.0` and `.cold` stay.
 */
const CLONE_SUFFIXES = ['.isra.', '.part.', '.llvm.'];

/** The name as crash shows and finds it. */
export function withoutCloneSuffix(name: string): string {
  if (!name.includes('.')) return name;
  for (const suffix of CLONE_SUFFIXES) {
    const at = name.indexOf(suffix);
    if (at >= 0) return name.slice(0, at);
  }
  return name;
}

/** A slot holds a symbol number in its low 22 bits and ten bits of the name's hash above, or is empty. */
const NUMBER_BITS = 22;
const NUMBER_MASK = (1 << NUMBER_BITS) - 1;
const EMPTY = -1;
/** Bound on the symbols of a table, so that no slot can equal EMPTY. */
export const MAX_INDEXED = NUMBER_MASK - 1;

/**
 * Symbol numbers by name: an open-addressing table of hashes, made in one pass over the compressed names
 * without expanding any (a token's share of the hash is computed once a token). A bucket's candidates come in
 * ascending order, and the caller compares names.
 */
export class NameIndex {
  readonly #slots: Int32Array;
  readonly #mask: number;

  constructor(names: NameTable) {
    let size = 1024;
    while (size < names.count * 2) size *= 2;
    const mask = size - 1;
    const slots = new Int32Array(size).fill(EMPTY);
    this.#mask = mask;
    this.#slots = slots;
    const hasher = new TokenHasher(names.tokens);
    const hashes = new Int32Array(GROUP);
    names.scan((group) => {
      hasher.hashGroup(group, hashes);
      for (let i = 0; i < group.count; i++) {
        let hash = hashes[i] as number;
        if (hasher.suspect[i] === 1) hash = hashName(shownName(names, group.first + i));
        let slot = spread(hash) & mask;
        while (slots[slot] !== EMPTY) slot = (slot + 1) & mask;
        slots[slot] = (hash << NUMBER_BITS) | (group.first + i);
      }
    });
  }

  /** Numbers of the symbols whose name (clone suffix cut) may be `name`, ascending. */
  *candidates(name: string): Generator<number> {
    const hash = hashName(name);
    const tag = hash << NUMBER_BITS;
    for (let slot = spread(hash) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const entry = this.#slots[slot] as number;
      if (entry === EMPTY) return;
      if ((entry & ~NUMBER_MASK) === tag) yield entry & NUMBER_MASK;
    }
  }
}

const shownName = (names: NameTable, index: number): string =>
  withoutCloneSuffix(names.expand(index).slice(1));

/** The polynomial's low bits are weak; fold the high ones in. */
const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7;

/** Token by token: appending a token of n bytes multiplies the hash by BASE^n and adds the token's own hash. */
class TokenHasher {
  readonly #hash = new Int32Array(256);
  readonly #power = new Int32Array(256);
  /** The same of a name's first token, without the type letter it begins with. */
  readonly #firstHash = new Int32Array(256);
  /** 1 for the names of the last group that may have a suffix to cut: the caller has to look at those. */
  readonly suspect = new Uint8Array(GROUP);
  /** Tokens in which a clone suffix may begin. */
  readonly #suspect = new Uint8Array(256);

  constructor(tokens: TokenTable) {
    for (let token = 0; token < 256; token++) {
      const text = tokens.text[token] as string;
      this.#hash[token] = hashName(text);
      this.#firstHash[token] = hashName(text.slice(1));
      let power = 1;
      for (let i = 0; i < text.length; i++) power = Math.imul(power, BASE);
      this.#power[token] = power;
      this.#suspect[token] = /\.(?:[ipl]|$)/.test(text) ? 1 : 0;
    }
  }

  hashGroup(group: NameGroup, hashes: Int32Array): void {
    const { bytes, at, length } = group;
    for (let i = 0; i < group.count; i++) {
      let place = at[i] as number;
      const end = place + (length[i] as number);
      const first = bytes[place++] as number;
      let hash = this.#firstHash[first] as number;
      let suspect = this.#suspect[first] as number;
      for (; place < end; place++) {
        const token = bytes[place] as number;
        suspect |= this.#suspect[token] as number;
        hash = (Math.imul(hash, this.#power[token] as number) + (this.#hash[token] as number)) | 0;
      }
      hashes[i] = hash;
      this.suspect[i] = suspect;
    }
  }
}
