import { CorruptError } from '../base/errors.ts';
import { GROUP, type NameGroup, type NameScan } from './kallsyms-lengths.ts';
import { KSYM_NAME_LEN, type TokenTable } from './kallsyms-tokens.ts';

/** A byte that no symbol name holds. */
const SEPARATOR = 10;
/** A kernel with all its drivers built in has some 15 MB of names. */
const MAX_TEXT = 1 << 28;

/**
 * Every name of a table expanded into one stretch of bytes, for work on all names: listing, substring search,
 * completion. 2 to 4 MB; made in some 10 ms at first use.
 */
export class ExpandedNames {
  readonly #bytes: Buffer;
  /** Where entry i (its type letter) starts; each ends with a separator before the next. */
  readonly #starts: Uint32Array;

  constructor(names: NameScan) {
    const writer = new NameWriter(names);
    const starts = new Uint32Array(names.count + 1);
    let next = 0;
    names.scan((group) => {
      // Groups that are missing leave empty names.
      while (next < group.first) starts[next++] = writer.size;
      writer.write(group, starts);
      next = group.first + group.count;
    });
    while (next <= names.count) starts[next++] = writer.size;
    this.#bytes = writer.bytes();
    this.#starts = starts;
  }

  /** Type letter and name; empty for an entry whose group could not be read. */
  at(index: number): string {
    const from = this.#starts[index] as number;
    const to = (this.#starts[index + 1] as number) - 1;
    return to <= from ? '' : this.#bytes.toString('latin1', from, to);
  }

  /** Numbers of the entries that contain `text` (the type letter included), ascending. */
  *containing(text: string): Generator<number> {
    if (text === '' || text.includes('\n')) return;
    const needle = Buffer.from(text, 'latin1');
    let found = this.#bytes.indexOf(needle);
    while (found >= 0) {
      const index = this.#entryAt(found);
      yield index;
      found = this.#bytes.indexOf(needle, this.#starts[index + 1] as number);
    }
  }

  /** Numbers of the entries whose name begins with `prefix`, ascending. */
  *startingWith(prefix: string): Generator<number> {
    if (prefix === '') {
      for (let index = 0; index < this.#starts.length - 1; index++) yield index;
      return;
    }
    for (const index of this.containing(prefix)) {
      if (this.at(index).startsWith(prefix, 1)) yield index;
    }
  }

  #entryAt(place: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] as number) <= place) low = middle;
      else high = middle;
    }
    return low;
  }
}

/** Appends names to a buffer that grows. */
class NameWriter {
  size = 0;
  readonly #tokens: TokenTable;
  #buffer: Buffer<ArrayBuffer>;

  constructor(names: NameScan) {
    this.#tokens = names.tokens;
    this.#buffer = Buffer.allocUnsafe(names.count * 32 + GROUP * (KSYM_NAME_LEN + 1));
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.size);
  }

  write(group: NameGroup, starts: Uint32Array): void {
    if (this.size + GROUP * (KSYM_NAME_LEN + 1) > this.#buffer.length) this.#grow();
    const { start, length: sizes, bytes: source } = this.#tokens;
    const { bytes, at, length } = group;
    const target = this.#buffer;
    let size = this.size;
    for (let i = 0; i < group.count; i++) {
      starts[group.first + i] = size;
      const limit = size + KSYM_NAME_LEN;
      for (let place = at[i] as number, end = place + (length[i] as number); place < end; place++) {
        const token = bytes[place] as number;
        const from = start[token] as number;
        const to = from + (sizes[token] as number);
        for (let j = from; j < to && size < limit; j++) target[size++] = source[j] as number;
      }
      target[size++] = SEPARATOR;
    }
    this.size = size;
  }

  #grow(): void {
    if (this.#buffer.length > MAX_TEXT) {
      throw new CorruptError('kallsyms names are longer than those of any kernel');
    }
    const larger = Buffer.allocUnsafe(this.#buffer.length * 2);
    larger.set(this.#buffer);
    this.#buffer = larger;
  }
}
