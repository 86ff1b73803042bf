/** Bytes of a file from an offset on. */
export interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file of which most may be zeros: its pieces in order of their offsets, holes between and behind them. */
export interface SparseFile {
  readonly size: number;
  readonly pieces: readonly Piece[];
}

/** All bytes of the file, those of the holes too. */
export function wholeFile({ size, pieces }: SparseFile): Buffer {
  const bytes = Buffer.alloc(size);
  for (const piece of pieces) bytes.set(piece.bytes, piece.at);
  return bytes;
}

/** How large a part of a bitmap is written or left out. */
const CHUNK_BYTES = 4096;
const CHUNK_BITS = CHUNK_BYTES * 8;

/**
 * A bitmap that is written where it has bits, least significant bit first: a machine's RAM is some islands in a wide
 * sea.
 */
export class BitmapWriter {
  readonly #chunks = new Map<number, Uint8Array>();

  /** Sets the bits from `start` to before `end`. */
  set(start: number, end: number): void {
    for (let bit = start; bit < end; ) {
      const index = Math.floor(bit / CHUNK_BITS);
      const base = index * CHUNK_BITS;
      const stop = Math.min(end - base, CHUNK_BITS);
      const chunk = this.#chunk(index);
      for (let at = bit - base; at < stop; at++)
        chunk[at >> 3] = (chunk[at >> 3] as number) | (1 << (at & 7));
      bit = base + stop;
    }
  }

  #chunk(index: number): Uint8Array {
    let chunk = this.#chunks.get(index);
    if (!chunk) {
      chunk = new Uint8Array(CHUNK_BYTES);
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }

  /** The bitmap as pieces of a file, `at` from its start, `size` bytes at most. */
  pieces(at: number, size: number): Piece[] {
    return [...this.#chunks]
      .sort(([a], [b]) => a - b)
      .map(([index, bytes]) => {
        const start = index * CHUNK_BYTES;
        return { at: at + start, bytes: bytes.subarray(0, Math.max(0, size - start)) };
      });
  }
}
