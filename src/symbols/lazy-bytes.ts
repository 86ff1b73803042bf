import { plus, type VAddr } from '../base/address.ts';
import { ReadError } from '../base/errors.ts';
import { SMALLEST_PAGE } from '../base/pages.ts';
import type { Reader } from './types.ts';

const CHUNK = SMALLEST_PAGE;

/**
 * A long stretch of kernel memory, read a page at a time at first use. Missing pages are remembered, so that a bulk
 * pass asks for each only once.
 */
export class LazyBytes {
  readonly start: VAddr;
  readonly length: number;
  /** Bytes by offset from `start`; zeros where {@link ensure} has not been called or has thrown. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #reader: Reader;
  /** Offset of `start` in its page: chunks are the memory's own pages. */
  readonly #skew: number;
  readonly #loaded: Uint8Array;
  readonly #failures = new Map<number, ReadError>();

  constructor(reader: Reader, start: VAddr, length: number) {
    this.start = start;
    this.length = length;
    this.bytes = new Uint8Array(length);
    this.view = new DataView(this.bytes.buffer);
    this.#reader = reader;
    this.#skew = Number(start & BigInt(CHUNK - 1));
    this.#loaded = new Uint8Array(Math.ceil((this.#skew + length) / CHUNK));
  }

  /** For long loops over the bytes. */
  checkpoint(): void {
    this.#reader.checkpoint?.();
  }

  /** Makes bytes [from, to) valid, clipped to the stretch. Throws ReadError when one of their pages cannot be read. */
  ensure(from: number, to: number): void {
    const last = this.#chunk(Math.min(to, this.length) - 1);
    for (let chunk = this.#chunk(Math.max(from, 0)); chunk <= last; chunk++) {
      if (this.#loaded[chunk] === 0) this.#load(chunk);
    }
  }

  /** As {@link ensure}, but answers false instead of throwing. */
  has(from: number, to: number): boolean {
    try {
      this.ensure(from, to);
      return true;
    } catch (error) {
      if (error instanceof ReadError) return false;
      throw error;
    }
  }

  /** The bytes that lie on the same page of memory as the byte at `offset`: [from, to). */
  pageAround(offset: number): readonly [from: number, to: number] {
    const chunk = this.#chunk(offset);
    const from = Math.max(chunk * CHUNK - this.#skew, 0);
    return [from, Math.min((chunk + 1) * CHUNK - this.#skew, this.length)];
  }

  /** The number of the page of memory that the byte at `offset` lies on, from 0. */
  pageOf(offset: number): number {
    return this.#chunk(offset);
  }

  #chunk(offset: number): number {
    return Math.floor((offset + this.#skew) / CHUNK);
  }

  #load(chunk: number): void {
    const known = this.#failures.get(chunk);
    if (known !== undefined) throw known;
    const [from, to] = this.pageAround(chunk * CHUNK);
    try {
      this.bytes.set(this.#reader.read(plus(this.start, from), to - from), from);
    } catch (error) {
      if (error instanceof ReadError) this.#failures.set(chunk, error);
      throw error;
    }
    this.#loaded[chunk] = 1;
  }
}
