/** The use of a page of RAM: decides whether a filtered dump has it, and the members of its struct page. */
export type PageUse = 'free' | 'kernel' | 'reserved' | 'slab' | 'user' | 'cache' | 'private-cache';

export const PAGE = 4096;
/** 128 MiB, SECTION_SIZE_BITS 27 of x86_64. */
export const SECTION_PAGES = 32_768;
export type PageRange = readonly [start: number, end: number];

/** Physical memory, page by page; pages that were not written are zeros. Physical addresses are numbers. */
export class Ram {
  readonly pages = new Map<number, Uint8Array>();
  /** Exclusive upper bound, in pages. */
  readonly maxPfn: number;
  /** Page frames that are RAM, ascending; the end is exclusive. */
  readonly ranges: readonly PageRange[];
  readonly #views = new Map<number, DataView>();
  /** By memory section, where it has any RAM: one more than the index in USES, 0 for what is no RAM. */
  readonly #sections = new Map<number, Uint8Array>();
  #next: number;
  #batch = new ArrayBuffer(0);
  #batchUsed = BATCH;

  /** `ranges` are the pages that are RAM, ascending; pages are handed out from `first` on. */
  constructor(ranges: readonly PageRange[], first: number) {
    this.ranges = ranges.toSorted(([a], [b]) => a - b);
    this.maxPfn = Math.max(...ranges.map(([, end]) => end));
    for (const [start, end] of ranges) this.#fill(start, end, 'free');
    this.#next = first;
  }

  isRam(pfn: number): boolean {
    return this.#code(pfn) !== 0;
  }

  use(pfn: number): PageUse {
    return USES[this.#code(pfn) - 1] ?? 'free';
  }

  /** RAM as runs of pages of one use, ascending; they end with their section at the latest. */
  *runs(): Generator<{ readonly start: number; readonly end: number; readonly use: PageUse }> {
    for (const [from, to] of this.ranges) {
      for (let start = from; start < to; ) {
        const nr = Math.floor(start / SECTION_PAGES);
        const section = this.#sections.get(nr) as Uint8Array;
        const base = nr * SECTION_PAGES;
        const code = section[start - base] as number;
        const stop = Math.min(to - base, SECTION_PAGES);
        let index = start - base + 1;
        while (index < stop && section[index] === code) index++;
        yield { start, end: base + index, use: USES[code - 1] ?? 'free' };
        start = base + index;
      }
    }
  }

  /** Numbers of the memory sections that have RAM, ascending. */
  get sections(): readonly number[] {
    return [...this.#sections.keys()].sort((a, b) => a - b);
  }

  /** Marks pages as used. */
  claim(pfn: number, count: number, use: PageUse): void {
    this.#fill(pfn, pfn + count, use);
  }

  #code(pfn: number): number {
    return this.#sections.get(Math.floor(pfn / SECTION_PAGES))?.[pfn % SECTION_PAGES] ?? 0;
  }

  #fill(start: number, end: number, use: PageUse): void {
    const code = USES.indexOf(use) + 1;
    for (let at = start; at < end; ) {
      const nr = Math.floor(at / SECTION_PAGES);
      const next = Math.min(end, (nr + 1) * SECTION_PAGES);
      let section = this.#sections.get(nr);
      if (!section) {
        section = new Uint8Array(SECTION_PAGES);
        this.#sections.set(nr, section);
      }
      section.fill(code, at - nr * SECTION_PAGES, next - nr * SECTION_PAGES);
      at = next;
    }
  }

  /** Takes the next `count` free pages that begin at a multiple of `align` pages; returns the first's number. */
  allocate(count: number, use: PageUse = 'kernel', align = 1): number {
    let start = Math.ceil(this.#next / align) * align;
    while (!this.#isFree(start, count)) {
      start += align;
      if (start + count > this.maxPfn)
        throw new Error(`the image's ${this.maxPfn} pages of RAM are not enough`);
    }
    this.claim(start, count, use);
    if (align === 1 || start === this.#next) this.#next = start + count;
    return start;
  }

  #isFree(start: number, count: number): boolean {
    for (let pfn = start; pfn < start + count; pfn++) {
      if (this.#code(pfn) !== FREE) return false;
    }
    return true;
  }

  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = address + done;
      const offset = at % PAGE;
      const size = Math.min(PAGE - offset, bytes.length - done);
      this.page(Math.floor(at / PAGE)).set(bytes.subarray(done, done + size), offset);
      done += size;
    }
  }

  read(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length; ) {
      const at = address + done;
      const offset = at % PAGE;
      const size = Math.min(PAGE - offset, length - done);
      const page = this.pages.get(Math.floor(at / PAGE));
      if (page) bytes.set(page.subarray(offset, offset + size), done);
      done += size;
    }
    return bytes;
  }

  /** An aligned word. */
  u64(address: number): bigint {
    const view = this.#views.get(Math.floor(address / PAGE));
    return view ? view.getBigUint64(address % PAGE, true) : 0n;
  }

  /** An aligned half of one. */
  u32(address: number): number {
    const view = this.#views.get(Math.floor(address / PAGE));
    return view ? view.getUint32(address % PAGE, true) : 0;
  }

  /** Writes an aligned word. */
  setU64(address: number, value: bigint): void {
    this.view(Math.floor(address / PAGE)).setBigUint64(
      address % PAGE,
      BigInt.asUintN(64, value),
      true,
    );
  }

  /** A page's bytes as words, to be written to. */
  view(pfn: number): DataView {
    this.page(pfn);
    return this.#views.get(pfn) as DataView;
  }

  #newPage(): Uint8Array {
    if (this.#batchUsed === BATCH) {
      this.#batch = new ArrayBuffer(BATCH * PAGE);
      this.#batchUsed = 0;
    }
    return new Uint8Array(this.#batch, this.#batchUsed++ * PAGE, PAGE);
  }

  /** The bytes of a page, to be written to. */
  page(pfn: number): Uint8Array {
    let page = this.pages.get(pfn);
    if (!page) {
      if (!this.isRam(pfn)) throw new Error(`page frame ${pfn} of the image is no RAM`);
      page = this.#newPage();
      this.pages.set(pfn, page);
      this.#views.set(pfn, new DataView(page.buffer, page.byteOffset, PAGE));
      // A written page is in use by the kernel, unless its use is given.
      if (this.#code(pfn) === FREE) this.claim(pfn, 1, 'kernel');
    }
    return page;
  }
}

/** Pages that are allocated at once: single allocations cost more than the writes to them. */
const BATCH = 128;

const USES: readonly PageUse[] = [
  'free',
  'kernel',
  'reserved',
  'slab',
  'user',
  'cache',
  'private-cache',
];

const FREE = 1;

const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

/** A little-endian word of `size` bytes, 8 at most. */
export function wordBytes(value: bigint | number, size: number): Uint8Array {
  scratch.setBigUint64(0, BigInt.asUintN(64, BigInt(value)), true);
  return scratchBytes.slice(0, size);
}

export const u64Bytes = (value: bigint): Uint8Array => wordBytes(value, 8);

/** Bytes from hex digits, blanks ignored: `bytesOf('48 89 e5')`. */
export const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(Buffer.from(hex.replace(/\s+/g, ''), 'hex'));

/** NUL-terminated latin1. */
export const cString = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(`${text}\0`, 'latin1'));

/** Small numbers that look random and are the same every time (xorshift32). */
export function randomizer(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state;
  };
}
