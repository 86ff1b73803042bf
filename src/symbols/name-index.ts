import type { NameTable } from './kallsyms-names.ts';
import { KSYM_NAME_LEN, type TokenTable } from './kallsyms-tokens.ts';

/** Any odd multiplier mixes; the hash is the polynomial over a name's bytes, modulo 2^32. */
const BASE = 0x01000193;
const DOT = 46;

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

/**
 * Symbol numbers by name: an open-addressing table of hashes, made in one pass over the compressed names
 * without expanding any (a token's share of the hash is computed once a token). A bucket's candidates come in
 * ascending order, and the caller compares names.
 */
export class NameIndex {
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;
  readonly #mask: number;

  constructor(names: NameTable) {
    let size = 1024;
    while (size < names.count * 2) size *= 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size).fill(-1);
    this.#hashes = new Int32Array(size);
    const hasher = new TokenHasher(names.tokens);
    names.scan((index, at, length, bytes) => {
      this.#insert(
        index,
        hasher.hash(bytes, at, length) ??
          hashName(withoutCloneSuffix(names.expand(index).slice(1))),
      );
    });
  }

  /** Numbers of the symbols whose name (clone suffix cut) may be `name`, ascending. */
  *candidates(name: string): Generator<number> {
    const hash = hashName(name);
    for (let slot = spread(hash) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot] as number;
      if (index < 0) return;
      if (this.#hashes[slot] === hash) yield index;
    }
  }

  #insert(index: number, hash: number): void {
    let slot = spread(hash) & this.#mask;
    while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = index;
    this.#hashes[slot] = hash;
  }
}

/** The polynomial's low bits are weak; fold the high ones in. */
const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 7;

/** Token by token: appending a token of n bytes multiplies the hash by BASE^n and adds the token's own hash. */
class TokenHasher {
  readonly #hash = new Int32Array(256);
  readonly #power = new Int32Array(256);
  /** The same of a name's first token, without the type letter it begins with. */
  readonly #firstHash = new Int32Array(256);
  readonly #dotted = new Uint8Array(256);

  constructor(tokens: TokenTable) {
    for (let token = 0; token < 256; token++) {
      const text = tokens.text[token] as string;
      this.#hash[token] = hashName(text);
      this.#firstHash[token] = hashName(text.slice(1));
      let power = 1;
      for (let i = 0; i < text.length && i < KSYM_NAME_LEN; i++) power = Math.imul(power, BASE);
      this.#power[token] = power;
      this.#dotted[token] = text.charCodeAt(0) === DOT || text.includes('.') ? 1 : 0;
    }
  }

  /** Undefined for a name with a dot in it, which may have a suffix to cut. */
  hash(bytes: Uint8Array, at: number, length: number): number | undefined {
    const first = bytes[at] as number;
    if (this.#dotted[first] === 1) return undefined;
    let hash = this.#firstHash[first] as number;
    for (let i = at + 1, end = at + length; i < end; i++) {
      const token = bytes[i] as number;
      if (this.#dotted[token] === 1) return undefined;
      hash = (Math.imul(hash, this.#power[token] as number) + (this.#hash[token] as number)) | 0;
    }
    return hash;
  }
}
