import { CorruptError } from '../base/errors.ts';
import type { BtfBlob } from './btf-blob.ts';

/**
 * How much is searched, and read from the dump, at a time: a power of two, as the blob's own chunks. The names of what
 * everybody asks for are in the front.
 */
const WINDOW = 1 << 16;

/**
 * The string section of a blob: NUL-terminated names, each stored once. Looking a name up searches the bytes,
 * which the runtime does at gigabytes a second; a hash over a kernel's names costs more than a command uses.
 */
export class BtfStrings {
  readonly #blob: BtfBlob;
  readonly #start: number;
  readonly #end: number;
  readonly length: number;
  readonly #found = new Map<string, number | undefined>();

  constructor(blob: BtfBlob, start: number, length: number) {
    this.#blob = blob;
    this.#start = start;
    this.#end = start + length;
    this.length = length;
  }

  /** The string at `offset` of the section. Throws CorruptError when that is outside. */
  at(offset: number): string {
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
   * Where exactly `name` is stored, as an offset in the section. One place is enough: every encoder stores a name
   * once (pahole's string table, btf__dedup).
   */
  offsetOf(name: string): number | undefined {
    if (this.#found.has(name)) return this.#found.get(name);
    const offset = this.#search(name);
    this.#found.set(name, offset);
    return offset;
  }

  #search(name: string): number | undefined {
    if (name === '' || name.includes('\0')) return undefined;
    const needle = Buffer.from(`\0${name}\0`, 'utf8');
    const { bytes } = this.#blob;
    const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let from = this.#start; from < this.#end; ) {
      const to = Math.min(this.#end, (from | (WINDOW - 1)) + 1);
      this.#blob.need(from, to);
      // A name may begin in the window before, of which there is enough.
      const back = Math.max(this.#start, from - needle.length + 1);
      const hit = all.subarray(back, to).indexOf(needle);
      if (hit >= 0) return back - this.#start + hit + 1;
      from = to;
    }
    return undefined;
  }
}
