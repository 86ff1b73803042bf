import type { ByteSource } from './source.ts';

/** A chunk of bitmap: 4 KiB of the file, 32768 bits. */
const CHUNK_BYTES = 4096;
const CHUNK_BITS = CHUNK_BYTES * 8;
const CHUNK_WORDS = CHUNK_BYTES / 4;
/** How many chunks stay in memory: 1024 of 6 KiB cover 128 GiB of 4 KiB pages. */
const CHUNK_LIMIT = 1024;
/** How much is read at once when set bits are counted up to a far chunk. */
const SCAN_BYTES = 1 << 20;

interface Chunk {
  /** Signed, because V8 keeps those as plain machine integers. */
  readonly words: Int32Array;
  /** Set bits of the chunk before each word. */
  readonly ranks: Uint16Array;
  /** How many bits of it the file has; the rest was cut off. */
  readonly bits: number;
}

/**
 * A bitmap of a dump file, one bit a block, least significant bit first, that stays in the file. Chunks are
 * read when asked for; the count of set bits before each chunk is found by one forward scan that goes only
 * as far as needed.
 */
export class Bitmap {
  readonly #source: ByteSource;
  readonly #offset: number;
  /** How many bits the bitmap is meant to have. */
  readonly length: number;
  /** How many of them the file holds. */
  readonly available: number;
  readonly #chunks = new Map<number, Chunk>();
  /** #before[i]: set bits before chunk i, as far as the scan got. */
  readonly #before: number[] = [0];
  #lastIndex = -1;
  #last: Chunk | undefined;

  constructor(source: ByteSource, offset: number, length: number) {
    this.#source = source;
    this.#offset = offset;
    this.length = length;
    this.available = Math.max(0, Math.min(length, (source.size - offset) * 8));
  }

  /** 1 or 0; -1 when the file ends before the bit. A bit beyond the bitmap is 0. */
  get(bit: number): number {
    if (bit >= this.length) return 0;
    const chunk = this.#chunk(Math.floor(bit / CHUNK_BITS));
    const at = bit % CHUNK_BITS;
    if (at >= chunk.bits) return -1;
    return (chunk.words[at >>> 5]! >>> (at & 31)) & 1;
  }

  /** The 32 bits from `bit` on, which must be a multiple of 32; those that are missing are 0. */
  word(bit: number): number {
    if (bit >= this.available) return 0;
    return this.#chunk(Math.floor(bit / CHUNK_BITS)).words[(bit % CHUNK_BITS) >>> 5]!;
  }

  /** How many bits are set before `bit`. */
  rank(bit: number): number {
    const end = Math.min(bit, this.available);
    const index = Math.floor(end / CHUNK_BITS);
    const before = this.#rankOfChunk(index);
    const at = end % CHUNK_BITS;
    if (at === 0) return before;
    const chunk = this.#chunk(index);
    const low = chunk.words[at >>> 5]! & ((1 << (at & 31)) - 1);
    return before + chunk.ranks[at >>> 5]! + popcount(low);
  }

  #rankOfChunk(index: number): number {
    if (index >= this.#before.length) this.#scanTo(index);
    return this.#before[index]!;
  }

  #scanTo(index: number): void {
    const buffer = new Int32Array(SCAN_BYTES / 4);
    const bytes = new Uint8Array(buffer.buffer);
    while (this.#before.length <= index) {
      const first = this.#before.length - 1;
      const wanted = Math.min(SCAN_BYTES, (index - first) * CHUNK_BYTES);
      const got = this.#source.read(this.#offset + first * CHUNK_BYTES, bytes.subarray(0, wanted));
      bytes.fill(0, got, wanted);
      let count = this.#before[first]!;
      for (let word = 0; word < wanted / 4; word += CHUNK_WORDS) {
        count += popcounts(buffer, word, word + CHUNK_WORDS);
        this.#before.push(count);
      }
    }
  }

  #chunk(index: number): Chunk {
    if (index === this.#lastIndex) return this.#last!;
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = this.#load(index);
      if (this.#chunks.size >= CHUNK_LIMIT) {
        const oldest = this.#chunks.keys().next();
        if (!oldest.done) this.#chunks.delete(oldest.value);
      }
      this.#chunks.set(index, chunk);
    }
    this.#lastIndex = index;
    this.#last = chunk;
    return chunk;
  }

  #load(index: number): Chunk {
    const words = new Int32Array(CHUNK_WORDS);
    const wanted = Math.min(CHUNK_BYTES, Math.ceil(this.length / 8) - index * CHUNK_BYTES);
    const bytes = new Uint8Array(words.buffer, 0, wanted);
    const got = this.#source.read(this.#offset + index * CHUNK_BYTES, bytes);
    bytes.fill(0, got);
    const ranks = new Uint16Array(CHUNK_WORDS);
    let count = 0;
    for (let i = 0; i < CHUNK_WORDS; i++) {
      ranks[i] = count;
      count += popcount(words[i]!);
    }
    return { words, ranks, bits: got * 8 };
  }
}

/** Set bits of a 32-bit word, by adding neighbours pairwise. */
export function popcount(word: number): number {
  let n = word - ((word >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/**
 * Set bits of words[from, to), a multiple of four words: the partial sums of four share their last steps.
 * This is what a first look at a far page of a huge dump costs, about 10 ms per TiB of RAM.
 */
function popcounts(words: Int32Array, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i += 4) {
    // Most of a wide bitmap is holes, or memory that a filter left out.
    if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!) === 0) continue;
    const low = nibbles(words[i]!) + nibbles(words[i + 1]!);
    const high = nibbles(words[i + 2]!) + nibbles(words[i + 3]!);
    const bytes =
      (low & 0x0f0f0f0f) +
      ((low >>> 4) & 0x0f0f0f0f) +
      (high & 0x0f0f0f0f) +
      ((high >>> 4) & 0x0f0f0f0f);
    count += Math.imul(bytes, 0x01010101) >>> 24;
  }
  return count;
}

/** The number of set bits of each nibble, in place: at most four, so that two of them add up in place. */
function nibbles(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  return (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
}
