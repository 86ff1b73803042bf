import type { Arch } from '../arch/types.ts';
import type { PAddr } from '../base/address.ts';
import { Interruption } from '../base/interruption.ts';
import { Lru } from '../base/lru.ts';
import type { CacheCounts } from '../dump/block-cache.ts';
import type { Dump, DumpFacts } from '../dump/types.ts';
import { AddressSpace } from './address-space.ts';
import { PageCache } from './page-cache.ts';
import { PhysicalSpace } from './physical.ts';

/**
 * The shared memory-access layer: everything above reads a dump through this, and nothing above it opens a
 * dump file or knows a page-table format.
 */
export class Memory {
  readonly facts: DumpFacts;
  readonly arch: Arch;
  /** Ends work on this dump before it is done. */
  readonly interruption: Interruption;
  readonly physical: PhysicalSpace;
  /** The kernel's own address space. */
  readonly kernel: AddressSpace;
  readonly #dump: Dump;
  readonly #users = new Lru<bigint, AddressSpace>(64);

  /** `root`: physical address of the kernel's top page table. `cacheBytes` bounds the page cache. */
  constructor(
    dump: Dump,
    arch: Arch,
    root: PAddr,
    cacheBytes?: number,
    interruption = new Interruption(),
  ) {
    this.#dump = dump;
    this.facts = dump.facts;
    this.arch = arch;
    const cache = new PageCache(dump.memory, cacheBytes, interruption);
    this.interruption = interruption;
    this.physical = new PhysicalSpace(cache, arch.pointerSize);
    this.kernel = new AddressSpace('kernel', root, arch, this.physical);
  }

  /** Exclusive upper bound of the page frames in the dump. */
  get maxPfn(): number {
    return this.#dump.memory.maxPfn;
  }

  /** Whether a page frame is in the dump, without reading it. */
  status(pfn: number) {
    return this.#dump.memory.status(pfn);
  }

  /** The dump's page frames as maximal runs of one status, lazily. */
  pageRuns(from?: number, to?: number) {
    return this.#dump.memory.runs(from, to);
  }

  /** The address space whose top page table lies at `root` (physical). */
  user(root: PAddr): AddressSpace {
    const known = this.#users.get(root);
    if (known) return known;
    const space = new AddressSpace('user', root, this.arch, this.physical);
    this.#users.set(root, space);
    return space;
  }

  /** Counters of the caches so far: pages, then the blocks of each file. */
  cacheCounts(): readonly (CacheCounts & { readonly name: string })[] {
    const { hits, misses } = this.physical.cache;
    return [
      { name: 'pages', hits, misses },
      ...this.#dump.fileCaches.map(({ counts }, i) => ({
        name: `blocks of ${this.paths[i]}`,
        ...counts,
      })),
    ];
  }

  /** Bytes of the dump file itself at `offset`; short at its end. */
  readFile(offset: number, length: number): Uint8Array {
    return this.#dump.readFile(offset, length);
  }

  /** Names of the files, as they were given. */
  get paths(): readonly string[] {
    return this.#dump.paths;
  }

  close(): void {
    this.#dump.close();
  }
}
