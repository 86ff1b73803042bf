import { ReadError } from '../base/errors.ts';

/** Bytes read on demand. `read` returns exactly `length` bytes or throws (ReadError). */
export interface BtfSource {
  readonly length: number;
  read(offset: number, length: number): Uint8Array;
  /** For long loops over what was read; throws Interrupted. Absent where work cannot be ended early. */
  checkpoint?(): void;
}

const CHUNK = 1 << 16;
/** What is read at a time where a chunk is not whole. */
const PAGE_BITS = 12;

/**
 * A blob filled from its source in chunks of 64 KiB. The four megabytes of a kernel's BTF are compressed pages of a
 * dump; most commands need a tenth of them.
 */
export class BtfBlob {
  /** As long as the blob; only ranges passed to {@link need} are valid. */
  readonly bytes: Uint8Array;
  readonly #source: BtfSource | undefined;
  readonly #present: Uint8Array;
  /** Pages of the blob that are missing, with the reason. */
  readonly #gaps = new Map<number, ReadError>();

  constructor(content: Uint8Array | BtfSource) {
    if (content instanceof Uint8Array) {
      this.bytes = content;
      this.#present = new Uint8Array(0);
    } else {
      this.bytes = new Uint8Array(content.length);
      this.#source = content;
      this.#present = new Uint8Array(Math.ceil(content.length / CHUNK));
    }
  }

  /** For long loops over the bytes. */
  checkpoint(): void {
    this.#source?.checkpoint?.();
  }

  /** The first byte of [from, to) that the source does not have; undefined when it has them all. Reads them. */
  gapIn(from: number, to: number): number | undefined {
    try {
      this.need(from, to);
      return undefined;
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      for (let page = Math.max(0, from) >>> PAGE_BITS; page << PAGE_BITS < to; page++) {
        if (this.#gaps.has(page)) return Math.max(from, page << PAGE_BITS);
      }
      throw error;
    }
  }

  /** Whether any page that was asked for so far is missing. */
  get hasGaps(): boolean {
    return this.#gaps.size > 0;
  }

  /** Makes bytes [from, to) present, as far as the blob goes. Throws ReadError for a page of them that is missing. */
  need(from: number, to: number): void {
    if (this.#source === undefined) return;
    const last = Math.min(to, this.bytes.length) - 1;
    for (let chunk = Math.max(0, from) >>> 16; chunk <= last >>> 16 && last >= 0; chunk++) {
      if (this.#present[chunk] === 0) this.#fill(this.#source, chunk);
    }
    if (this.#gaps.size === 0) return;
    for (
      let page = Math.max(0, from) >>> PAGE_BITS;
      page <= last >>> PAGE_BITS && last >= 0;
      page++
    ) {
      const failure = this.#gaps.get(page);
      if (failure) throw failure;
    }
  }

  /** Reads a chunk, page by page where it is not whole. Pages that are missing stay zeros, and are remembered. */
  #fill(source: BtfSource, chunk: number): void {
    this.#present[chunk] = 1;
    const start = chunk * CHUNK;
    const end = Math.min(start + CHUNK, this.bytes.length);
    try {
      this.bytes.set(source.read(start, end - start), start);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      for (let at = start; at < end; at += 1 << PAGE_BITS) {
        const length = Math.min(1 << PAGE_BITS, end - at);
        try {
          this.bytes.set(source.read(at, length), at);
        } catch (failure) {
          if (!(failure instanceof ReadError)) throw failure;
          this.#gaps.set(at >>> PAGE_BITS, failure);
        }
      }
    }
  }
}
