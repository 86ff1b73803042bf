import { plus, type VAddr, va } from '../base/address.ts';
import { ReadError } from '../base/errors.ts';
import { LazyBytes } from './lazy-bytes.ts';
import type { Reader } from './types.ts';

/**
 * How a kernel writes its symbols' addresses; scripts/kallsyms.c and kallsyms_sym_address() in kernel/kallsyms.c.
 * - `place-relative`: s32, relative to the word itself. Since 7.0 (a081b5789255, kallsyms: Get rid of kallsyms relative
 *   base).
 * - `base-relative`: u32 added to kallsyms_relative_base. Since 4.6 (2213e9a66bb8, kallsyms: add support for relative
 *   offsets in kallsyms address table); x86_64 since 6.15.
 * - `absolute-percpu`: s32; 0 and above is an address itself (per-CPU symbols), below 0 is
 *   relative_base - 1 - value. 4.6 to 6.14, CONFIG_KALLSYMS_ABSOLUTE_PERCPU (x86_64 SMP).
 * - `absolute`: unsigned long kallsyms_addresses, where base-relative was not chosen. Before 6.11 (64e166099b69,
 *   kallsyms: get rid of code for absolute kallsyms).
 */
export type KallsymsEncoding = 'place-relative' | 'base-relative' | 'absolute-percpu' | 'absolute';

/** Symbols at one address in a row: more of them are a page that was filled. The starts of empty sections are dozens. */
const MOST_EQUALS = 512;

/** Addresses of all symbols, in ascending order, read on demand. */
export class AddressTable {
  readonly encoding: KallsymsEncoding;
  readonly count: number;
  readonly #data: LazyBytes;
  readonly #base: bigint;
  readonly #decode: (index: number) => bigint;
  #order: Uint8Array | undefined;
  /** Bytes of a word. */
  readonly #width: number;

  /**
   * `data` holds `count` words of 4 bytes (`long` ones for `absolute`); `base` is kallsyms_relative_base, where there
   * is one.
   */
  constructor(
    encoding: KallsymsEncoding,
    data: LazyBytes,
    count: number,
    base: bigint,
    long: 4 | 8 = 8,
  ) {
    this.#width = encoding === 'absolute' ? long : 4;
    this.encoding = encoding;
    this.count = count;
    this.#data = data;
    this.#base = encoding === 'place-relative' ? data.start : base;
    this.#decode = this.#decoder();
  }

  /** The run-time address of symbol `index`. Throws ReadError when that part of the table cannot be read. */
  at(index: number): VAddr {
    const width = this.#width;
    this.#data.ensure(index * width, (index + 1) * width);
    if (this.#order !== undefined) this.#checkOrder(index * width, this.#order);
    return this.#decode(index) as VAddr;
  }

  /**
   * From now on a page of the table whose addresses do not rise reads as damaged: a page of zeros would name all that
   * lies behind it by a symbol that it is not.
   */
  guardOrder(): void {
    this.#order ??= new Uint8Array(this.#data.pageOf(this.#data.length) + 1);
  }

  /** `order` has 0 for a page that was not looked at, 1 for one in order, 2 for another. */
  #checkOrder(offset: number, order: Uint8Array): void {
    const page = this.#data.pageOf(offset);
    if (order[page] === 0) order[page] = this.#isRising(offset) ? 1 : 2;
    if (order[page] === 2) {
      const detail = 'the addresses of symbols do not rise there';
      throw new ReadError('kernel', plus(this.#data.start, offset), 'damaged', detail);
    }
  }

  #isRising(offset: number): boolean {
    const [from, to] = this.#data.pageAround(offset);
    const first = Math.ceil(from / this.#width);
    const end = Math.floor(to / this.#width);
    let last = first < end ? this.#decode(first) : 0n;
    const lowest = last;
    for (let index = first + 1; index < end; index++) {
      const address = this.#decode(index);
      if (address < last) return false;
      last = address;
    }
    return last > lowest || end - first < MOST_EQUALS;
  }

  /**
   * The first index whose address is at or above `address`; `count` when there is none. A page of the table that cannot
   * be read is stepped over; throws ReadError when the index lies on it.
   */
  lowerBound(address: bigint): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const found = this.tryAt(middle);
      if (found !== undefined) {
        if (found < address) low = middle + 1;
        else high = middle;
        continue;
      }
      const [first, end] = this.pageAround(middle);
      const behind = end < high ? this.tryAt(end) : undefined;
      const before = first > low ? this.tryAt(first - 1) : undefined;
      if (behind !== undefined && behind < address) low = end + 1;
      else if (before !== undefined && before >= address) high = first - 1;
      else this.at(middle);
    }
    return low;
  }

  /** As {@link at}, and undefined where that part of the table cannot be read. */
  tryAt(index: number): VAddr | undefined {
    try {
      return this.at(index);
    } catch (error) {
      if (error instanceof ReadError) return undefined;
      throw error;
    }
  }

  /** The indices whose words lie, in whole or in part, on the page of one: [first, end). */
  pageAround(index: number): readonly [first: number, end: number] {
    const [from, to] = this.#data.pageAround(index * this.#width);
    return [Math.floor(from / this.#width), Math.min(this.count, Math.ceil(to / this.#width))];
  }

  #decoder(): (index: number) => bigint {
    const { view } = this.#data;
    const base = this.#base;
    switch (this.encoding) {
      case 'absolute':
        return this.#width === 8
          ? (index) => view.getBigUint64(index * 8, true)
          : (index) => BigInt(view.getUint32(index * 4, true));
      case 'place-relative':
        return (index) => va(base + BigInt(index * 4 + view.getInt32(index * 4, true)));
      case 'base-relative':
        return (index) => va(base + BigInt(view.getUint32(index * 4, true)));
      case 'absolute-percpu':
        return (index) => {
          const value = view.getInt32(index * 4, true);
          return value >= 0 ? BigInt(value) : va(base - BigInt(value + 1));
        };
    }
  }
}

/** Addresses of the tables of words: exactly one of the two exists. */
export interface AddressWords {
  readonly addresses?: VAddr | undefined;
  readonly offsets?: VAddr | undefined;
  /** The value of kallsyms_relative_base. */
  readonly base?: bigint | undefined;
}

/** Every interpretation of the address words that the tables allow, the likeliest first. */
export function addressReadings(
  reader: Reader,
  words: AddressWords,
  count: number,
): AddressTable[] {
  const readings: AddressTable[] = [];
  if (words.offsets !== undefined) {
    const data = new LazyBytes(reader, words.offsets, count * 4);
    const base = words.base;
    if (base !== undefined) {
      readings.push(new AddressTable('absolute-percpu', data, count, base));
      readings.push(new AddressTable('base-relative', data, count, base));
    }
    readings.push(new AddressTable('place-relative', data, count, 0n));
  }
  if (words.addresses !== undefined) {
    const long = reader.pointerSize;
    const data = new LazyBytes(reader, words.addresses, count * long);
    readings.push(new AddressTable('absolute', data, count, 0n, long));
  }
  return readings;
}
