import { Interruption } from '../base/interruption.ts';
import { SMALLEST_PAGE } from '../base/pages.ts';
import type { PageStatus, PhysicalMemory } from '../dump/types.ts';

/** A frame of the dump file, whatever page size the kernel has. */
export const PAGE_SIZE = SMALLEST_PAGE;

/**
 * Decompressed pages, bounded in bytes. Direct-mapped sets of frames found by number: a hit costs one typed-array
 * look-up, and scanning all of memory cannot exceed the bound.
 */
export class PageCache {
  readonly #source: PhysicalMemory;
  readonly #pages: (Uint8Array | undefined)[];
  readonly #tags: Float64Array;
  readonly #mask: number;
  /** Passed by every read, so that a walk through a dump can be ended. */
  readonly interruption: Interruption;
  hits = 0;
  misses = 0;

  /** `bytes` is rounded down to a power of two of pages, at least 256 pages. */
  constructor(source: PhysicalMemory, bytes = 64 << 20, interruption = new Interruption()) {
    this.#source = source;
    this.interruption = interruption;
    const slots = 2 ** Math.max(8, Math.floor(Math.log2(bytes / PAGE_SIZE)));
    this.#mask = slots - 1;
    this.#pages = new Array(slots);
    this.#tags = new Float64Array(slots).fill(-1);
  }

  /**
   * The 4096 bytes of a frame, or why they cannot be read. The array belongs to the cache: a later call may overwrite
   * it, so copy what must last. All reads pass here, and Ctrl-C with them: throws Interrupted.
   */
  page(pfn: number): Uint8Array | Exclude<PageStatus, 'present'> {
    this.interruption.checkpoint();
    // Neighbouring frames go to neighbouring slots; higher bits are folded in so that tables that sit at
    // power-of-two distances do not share one slot.
    const slot = (pfn ^ Math.floor(pfn / (this.#mask + 1))) & this.#mask;
    if (this.#tags[slot] === pfn) {
      this.hits++;
      return this.#pages[slot]!;
    }
    this.misses++;
    let page = this.#pages[slot];
    if (!page) {
      page = new Uint8Array(PAGE_SIZE);
      this.#pages[slot] = page;
    }
    this.#tags[slot] = -1;
    const status = this.#source.readPage(pfn, page);
    if (status !== 'present') return status;
    this.#tags[slot] = pfn;
    return page;
  }

  status(pfn: number): PageStatus {
    return this.#source.status(pfn);
  }
}
