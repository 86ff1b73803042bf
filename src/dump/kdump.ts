import { Bitmap } from './bitmap.ts';
import { PAGE_SIZE } from './container.ts';
import { codecOf } from './decompress.ts';
import type { KdumpHeader } from './kdump-header.ts';
import { type ByteSource, viewOf } from './source.ts';
import type { PageStatus, PfnRun, PhysicalMemory } from './types.ts';

/** struct page_desc of diskdump_mod.h: off_t offset; u32 size, flags; u64 page_flags. */
const DESC_SIZE = 24;
const DESC_PER_GROUP = 256;
const DESC_GROUP_SIZE = DESC_SIZE * DESC_PER_GROUP;
/** Descriptor groups kept, direct-mapped. 64 of 6 KiB. */
const DESC_SLOTS = 64;

const CUT_CHECK_BLOCKS = 2 ** 23;
const CUT_CHECK_DESCRIPTORS = 16;

/** One file of a kdump: its bitmaps, and the descriptors of the blocks [start, end). */
export class KdumpPart {
  readonly source: ByteSource;
  readonly header: KdumpHeader;
  /** Blocks that are RAM. */
  readonly ram: Bitmap;
  /** Blocks that are in the dump. */
  readonly dumped: Bitmap;
  readonly start: number;
  readonly end: number;
  readonly descOffset: number;
  readonly #tags = new Float64Array(DESC_SLOTS).fill(-1);
  readonly #groups: (DataView | undefined)[] = new Array(DESC_SLOTS).fill(undefined);
  #startRank = -1;

  constructor(source: ByteSource, header: KdumpHeader) {
    const { blockSize, bitmapBlocks, maxMapnr } = header;
    const bitmapOffset = (1 + header.subHeaderBlocks) * blockSize;
    const bitmapSize = bitmapBlocks * blockSize;
    // A diskdump that filtered nothing has one bitmap; makedumpfile and QEMU always write two halves.
    const one = Math.ceil(Math.ceil(maxMapnr / 8) / blockSize);
    const half = bitmapBlocks >= 2 * one ? bitmapSize / 2 : 0;
    const bits = Math.min(maxMapnr, (half || bitmapSize) * 8);
    this.source = source;
    this.header = header;
    this.ram = new Bitmap(source, bitmapOffset, bits);
    this.dumped = half > 0 ? new Bitmap(source, bitmapOffset + half, bits) : this.ram;
    this.descOffset = bitmapOffset + bitmapSize;
    this.start = Math.min(header.split?.start ?? 0, bits);
    this.end = Math.min(header.split?.end ?? bits, bits);
  }

  /** File offset of a dumped block's descriptor. */
  descriptorAt(block: number): number {
    if (this.#startRank < 0) this.#startRank = this.dumped.rank(this.start);
    return this.descOffset + (this.dumped.rank(block) - this.#startRank) * DESC_SIZE;
  }

  /** Fills `found` from the descriptor at a file offset; false when the file ends before it. */
  descriptor(at: number, found: Descriptor): boolean {
    const group = Math.floor((at - this.descOffset) / DESC_GROUP_SIZE);
    const slot = group % DESC_SLOTS;
    if (this.#tags[slot] !== group) this.#loadGroup(group, slot);
    const view = this.#groups[slot]!;
    const offset = at - this.descOffset - group * DESC_GROUP_SIZE;
    if (offset + DESC_SIZE > view.byteLength) return false;
    found.offset = view.getUint32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
    found.size = view.getUint32(offset + 8, true);
    found.flags = view.getUint32(offset + 12, true);
    return true;
  }

  /**
   * Whether the file ends before the data of its last descriptors. Dumps of more than 32 GiB are not asked:
   * to count their descriptors is to read all of a bitmap, and their pages say `truncated` when read.
   */
  isCut(): boolean {
    if (this.dumped.length > CUT_CHECK_BLOCKS || this.start >= this.end) return false;
    const count = this.dumped.rank(this.end) - this.dumped.rank(this.start);
    const found: Descriptor = { offset: 0, size: 0, flags: 0 };
    for (let i = Math.max(0, count - CUT_CHECK_DESCRIPTORS); i < count; i++) {
      if (!this.descriptor(this.descOffset + i * DESC_SIZE, found)) return true;
      if (found.offset + found.size > this.source.size) return true;
    }
    return false;
  }

  #loadGroup(group: number, slot: number): void {
    const bytes = new Uint8Array(DESC_GROUP_SIZE);
    const got = this.source.read(this.descOffset + group * DESC_GROUP_SIZE, bytes);
    this.#groups[slot] = viewOf(bytes.subarray(0, got));
    this.#tags[slot] = group;
  }
}

interface Descriptor {
  offset: number;
  size: number;
  flags: number;
}

/** Physical memory of a kdump-compressed file, or of a set of them that divide the page frames. */
export class KdumpMemory implements PhysicalMemory {
  readonly maxPfn: number;
  readonly #parts: readonly KdumpPart[];
  readonly #blockSize: number;
  readonly #blocks: number;
  readonly #descriptor: Descriptor = { offset: 0, size: 0, flags: 0 };
  readonly #compressed: Uint8Array;
  /** Bytes of the last block decoded, when blocks are not pages. */
  readonly #block: Uint8Array;
  #blockNumber = -1;
  #last: KdumpPart;

  /** @param parts at least one, sorted by `start`, of equal block size. */
  constructor(parts: readonly KdumpPart[]) {
    const first = parts[0]!;
    this.#parts = parts;
    this.#last = first;
    this.#blockSize = first.header.blockSize;
    this.#blocks = first.dumped.length;
    this.maxPfn = Math.ceil((this.#blocks * this.#blockSize) / PAGE_SIZE);
    this.#compressed = new Uint8Array(2 * this.#blockSize);
    this.#block = new Uint8Array(this.#blockSize === PAGE_SIZE ? 0 : this.#blockSize);
  }

  readPage(pfn: number, target: Uint8Array): PageStatus {
    if (this.#blockSize === PAGE_SIZE) return this.#readBlock(pfn, target);
    if (this.#blockSize > PAGE_SIZE) return this.#readPart(pfn, target);
    return this.#readJoined(pfn, target);
  }

  /** A page out of a larger block; the block is kept, since neighbouring pages are usually read next. */
  #readPart(pfn: number, target: Uint8Array): PageStatus {
    const byte = pfn * PAGE_SIZE;
    const block = Math.floor(byte / this.#blockSize);
    if (block !== this.#blockNumber) {
      this.#blockNumber = -1;
      const status = this.#readBlock(block, this.#block);
      if (status !== 'present') return status;
      this.#blockNumber = block;
    }
    const from = byte % this.#blockSize;
    target.set(this.#block.subarray(from, from + PAGE_SIZE));
    return 'present';
  }

  /** A page out of several smaller blocks; it is there when all of them are. */
  #readJoined(pfn: number, target: Uint8Array): PageStatus {
    const count = PAGE_SIZE / this.#blockSize;
    for (let i = 0; i < count; i++) {
      const status = this.#readBlock(pfn * count + i, this.#block);
      if (status !== 'present') return status;
      target.set(this.#block, i * this.#blockSize);
    }
    return 'present';
  }

  #readBlock(block: number, target: Uint8Array): PageStatus {
    const status = this.#blockStatus(block);
    if (status !== 'present') return status;
    const part = this.#last;
    const found = this.#descriptor;
    if (!part.descriptor(part.descriptorAt(block), found)) return 'truncated';
    // makedumpfile that ran out of space leaves descriptors of zeros (status bit "incomplete").
    if (found.offset === 0) return 'truncated';
    return this.#decode(part.source, found, target);
  }

  #decode(source: ByteSource, { offset, size, flags }: Descriptor, target: Uint8Array): PageStatus {
    const codec = codecOf(flags);
    const blockSize = this.#blockSize;
    if (size === 0 || size > this.#compressed.length) return 'damaged';
    if (offset + size > source.size) return 'truncated';
    if (codec === undefined) {
      if (size !== blockSize) return 'damaged';
      return source.read(offset, target) === blockSize ? 'present' : 'truncated';
    }
    const packed = this.#compressed.subarray(0, size);
    if (source.read(offset, packed) < size) return 'truncated';
    return codec.decode(packed, size, target) === blockSize ? 'present' : 'damaged';
  }

  status(pfn: number): PageStatus {
    const byte = pfn * PAGE_SIZE;
    const last = Math.floor((byte + PAGE_SIZE - 1) / this.#blockSize);
    for (let block = Math.floor(byte / this.#blockSize); block < last; block++) {
      const status = this.#blockStatus(block);
      if (status !== 'present') return status;
    }
    return this.#blockStatus(last);
  }

  /** The status of a block by the bitmaps. Afterwards #last is the part that has the block, when it is present. */
  #blockStatus(block: number): PageStatus {
    if (!(block >= 0 && block < this.#blocks)) return 'not-ram';
    if (block < this.#last.start || block >= this.#last.end) this.#last = this.#partOf(block);
    const part = this.#last;
    const dumped = part.dumped.get(block);
    if (dumped < 0) return 'truncated';
    // A block that no part describes: its part was not given.
    if (dumped === 1) return block >= part.start && block < part.end ? 'present' : 'truncated';
    const ram = part.ram.get(block);
    return ram === 1 ? 'excluded' : ram === 0 ? 'not-ram' : 'truncated';
  }

  /** The part that describes a block; the last one before it when none does. */
  #partOf(block: number): KdumpPart {
    let low = 0;
    let high = this.#parts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#parts[middle]!.start <= block) low = middle;
      else high = middle - 1;
    }
    return this.#parts[low]!;
  }

  *runs(from = 0, to = this.maxPfn): Generator<PfnRun> {
    const scale = this.#blockSize / PAGE_SIZE;
    const end = Math.min(to, this.maxPfn);
    const clip = Math.max(0, from);
    for (const run of scale < 1
      ? this.#pageRuns(clip, end)
      : this.#blockRuns(clip / scale, end / scale)) {
      const start = Math.max(clip, scale < 1 ? run.start : run.start * scale);
      const stop = Math.min(end, scale < 1 ? run.end : run.end * scale);
      if (start < stop) yield { start, end: stop, status: run.status };
    }
  }

  /** Runs of blocks, 32 at a time where they agree. Blocks beyond the bitmaps count as excluded. */
  *#blockRuns(from: number, to: number): Generator<PfnRun> {
    const { ram, dumped } = this.#parts[0]!;
    const end = Math.min(Math.ceil(to), this.#blocks);
    let start = Math.floor(from);
    let status: PfnRun['status'] | undefined;
    for (let block = start; block < end; ) {
      let next: PfnRun['status'];
      let width = 1;
      if ((block & 31) === 0 && block + 32 <= Math.min(end, dumped.available, ram.available)) {
        const present = dumped.word(block);
        const exists = ram.word(block) | present;
        const uniform = statusOfWord(present, exists);
        if (uniform !== undefined) width = 32;
        next = uniform ?? statusOfBits(present & 1, exists & 1);
      } else {
        next = statusOfBits(dumped.get(block), ram.get(block));
      }
      if (next !== status) {
        if (status !== undefined) yield { start, end: block, status };
        start = block;
        status = next;
      }
      block += width;
    }
    if (status !== undefined && start < end) yield { start, end, status };
  }

  /** Runs of pages when a block is smaller than a page: page by page. */
  *#pageRuns(from: number, to: number): Generator<PfnRun> {
    let start = from;
    let status: PfnRun['status'] | undefined;
    for (let pfn = from; pfn < to; pfn++) {
      const found = this.status(pfn);
      const next = found === 'present' || found === 'not-ram' ? found : 'excluded';
      if (next === status) continue;
      if (status !== undefined) yield { start, end: pfn, status };
      start = pfn;
      status = next;
    }
    if (status !== undefined) yield { start, end: to, status };
  }
}

function statusOfWord(present: number, exists: number): PfnRun['status'] | undefined {
  if ((present | 0) === -1) return 'present';
  if ((exists | 0) === 0) return 'not-ram';
  return (present | 0) === 0 && (exists | 0) === -1 ? 'excluded' : undefined;
}

function statusOfBits(present: number, exists: number): PfnRun['status'] {
  if (present === 1) return 'present';
  return present === 0 && exists === 0 ? 'not-ram' : 'excluded';
}
