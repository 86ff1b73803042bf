import type { ByteSource } from './source.ts';

/** Bytes of one block. Compressed pages are 100 to 4,096 bytes, and neighbouring ones are asked for together. */
const BLOCK = 1 << 16;
/** Blocks that are kept: 4 MiB of the file. */
const BLOCKS = 64;

/** What a cache has done so far, for `TSCRASH_DEBUG=cache`. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
}

/**
 * Keeps blocks of a source that were read last, so that a format can read a few bytes at a time. Blocks stand in slots
 * by their number: a hit costs one look-up in a typed array. Reads of a block or more are not kept.
 */
export class BlockCache implements ByteSource {
  readonly path: string;
  readonly #source: ByteSource;
  readonly #blocks: (Uint8Array | undefined)[] = new Array(BLOCKS);
  readonly #tags = new Float64Array(BLOCKS).fill(-1);
  #hits = 0;
  #misses = 0;

  constructor(source: ByteSource) {
    this.#source = source;
    this.path = source.path;
  }

  get size(): number {
    return this.#source.size;
  }

  get counts(): CacheCounts {
    return { hits: this.#hits, misses: this.#misses };
  }

  /** As {@link ByteSource.read}. A block that could not be read is not kept: the next read tries again. */
  read(offset: number, target: Uint8Array): number {
    if (target.length >= BLOCK || offset < 0) return this.#source.read(offset, target);
    let done = 0;
    while (done < target.length) {
      const at = offset + done;
      const block = this.#block(Math.floor(at / BLOCK));
      const from = at % BLOCK;
      if (from >= block.length) break;
      const length = Math.min(target.length - done, block.length - from);
      target.set(block.subarray(from, from + length), done);
      done += length;
    }
    return done;
  }

  close(): void {
    this.#tags.fill(-1);
    this.#source.close();
  }

  /** The bytes of a block, fewer than {@link BLOCK} at the end of the source. */
  #block(number: number): Uint8Array {
    const slot = number % BLOCKS;
    const known = this.#blocks[slot];
    if (known !== undefined && this.#tags[slot] === number) {
      this.#hits++;
      return known;
    }
    this.#misses++;
    this.#tags[slot] = -1;
    const room =
      known?.buffer instanceof ArrayBuffer && known.buffer.byteLength === BLOCK
        ? new Uint8Array(known.buffer)
        : new Uint8Array(BLOCK);
    const block = room.subarray(0, this.#source.read(number * BLOCK, room));
    this.#blocks[slot] = block;
    this.#tags[slot] = number;
    return block;
  }
}
