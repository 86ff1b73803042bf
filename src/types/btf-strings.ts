import { CorruptError } from '../base/errors.ts';
import type { BtfBlob } from './btf-blob.ts';

/**
 * Bytes searched, and read from the dump, at a time: a power of two, as the blob's own chunks. Common names are near
 * the front.
 */
const WINDOW = 1 << 16;
/** Bytes searched in all before an index of all strings is made. */
const MANY_BYTES = 64 << 20;

/**
 * The string section of a blob: NUL-terminated names, each stored once. A look-up searches the bytes, which the runtime
 * does at gigabytes a second; hashing all names of a kernel costs more than a command's look-ups.
 */
export class BtfStrings {
  readonly #blob: BtfBlob;
  readonly #start: number;
  readonly #end: number;
  readonly length: number;
  #searched = 0;
  #index: ReadonlyMap<string, number> | undefined;
  readonly #found = new Map<string, number | undefined>();

  constructor(blob: BtfBlob, start: number, length: number) {
    this.#blob = blob;
    this.#start = start;
    this.#end = start + length;
    this.length = length;
  }

  /** Whether a page of the strings is missing: then a string that is not found may be on it. */
  get hasGaps(): boolean {
    return this.#blob.gapIn(this.#start, this.#end) !== undefined;
  }

  /** The string at `offset` of the section. Throws CorruptError when that is outside. */
  at(offset: number): string {
    this.#blob.checkpoint();
    if (offset === 0) return '';
    const { bytes } = this.#blob;
    const from = this.#start + offset;
    if (!(offset > 0 && from < this.#end)) {
      throw new CorruptError(`BTF: string offset ${offset} is out of range`);
    }
    let end = from;
    do {
      this.#blob.need(end, end + 1);
      const stop = Math.min(this.#end, (end | 0xffff) + 1);
      while (end < stop && bytes[end] !== 0) end++;
      if (end < stop) break;
    } while (end < this.#end);
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, end - from).toString('utf8');
  }

  /**
   * Offset of `name` in the section. One is enough: every encoder stores a name once (pahole's string table,
   * btf__dedup).
   */
  offsetOf(name: string): number | undefined {
    if (this.#found.has(name)) return this.#found.get(name);
    const offset = this.#index ? this.#index.get(name) : this.#search(name);
    this.#found.set(name, offset);
    return offset;
  }

  /** Every string with its offset, for thousands of look-ups. */
  #indexed(): Map<string, number> {
    const { bytes } = this.#blob;
    this.#blob.gapIn(this.#start, this.#end);
    const index = new Map<string, number>();
    for (let from = this.#start; from < this.#end; ) {
      this.#blob.checkpoint();
      const end = bytes.indexOf(0, from);
      const to = end < 0 || end > this.#end ? this.#end : end;
      const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('utf8');
      if (text !== '' && !index.has(text)) index.set(text, from - this.#start);
      from = to + 1;
    }
    return index;
  }

  #search(name: string): number | undefined {
    if (name === '' || name.includes('\0')) return undefined;
    if (this.#searched > MANY_BYTES) {
      this.#index = this.#indexed();
      return this.#index.get(name);
    }
    const needle = Buffer.from(`\0${name}\0`, 'utf8');
    const { bytes } = this.#blob;
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let from = this.#start; from < this.#end; ) {
      const to = Math.min(this.#end, (from | (WINDOW - 1)) + 1);
      // Names in a page that is missing are not found.
      this.#blob.gapIn(from, to);
      this.#blob.checkpoint();
      this.#searched += to - from;
      // A name may begin in the window before, whose last bytes are searched again.
      const back = Math.max(this.#start, from - needle.length + 1);
      const hit = all.subarray(back, to).indexOf(needle);
      if (hit >= 0) return back - this.#start + hit + 1;
      from = to;
    }
    return undefined;
  }
}
