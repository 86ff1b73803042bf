import type { Arch, Walk } from '../arch/types.ts';
import { type PAddr, pa, plus, type VAddr } from '../base/address.ts';
import { ReadError, type Space } from '../base/errors.ts';
import { frameAddress, frameOf, offsetInPage } from '../base/pages.ts';
import { PAGE_SIZE } from './page-cache.ts';
import type { PhysicalSpace } from './physical.ts';
import { ReadableSpace } from './readable.ts';

/**
 * A translation that the page tables do not give: a direct map with a hole in it, or a kernel image whose page tables
 * are not in the dump. Returns the physical address, or undefined.
 */
export type LastResort = (address: VAddr, walk: Walk) => PAddr | undefined;

/**
 * A virtual address space: page tables at `root`, and a last resort for addresses they do not map. Translations are
 * remembered per page.
 */
export class AddressSpace extends ReadableSpace<VAddr> {
  readonly kind: Extract<Space, 'kernel' | 'user'>;
  readonly root: PAddr;
  /** Bytes of the smallest page that its tables map. */
  readonly pageSize: number;
  readonly #arch: Arch;
  readonly #physical: PhysicalSpace;
  #lastResort: LastResort | undefined;
  /** Frame number of a virtual page; -1 for "not mapped". Keyed by page number, which fits a double. */
  readonly #frames = new Map<number, number>();

  constructor(kind: 'kernel' | 'user', root: PAddr, arch: Arch, physical: PhysicalSpace) {
    super(arch.pointerSize);
    this.kind = kind;
    this.root = root;
    this.pageSize = 2 ** arch.pageShift;
    this.#arch = arch;
    this.#physical = physical;
  }

  setLastResort(lastResort: LastResort): void {
    this.#lastResort = lastResort;
    this.#frames.clear();
  }

  /** For long loops over what was read here; see Interruption. */
  checkpoint(): void {
    this.#physical.cache.interruption.checkpoint();
  }

  /** Every entry from the root to the page, as data; never throws. The last resort is not used. */
  walk(address: VAddr): Walk {
    const read =
      this.#arch.entrySize === 8
        ? (entry: PAddr) => this.#physical.u64(entry)
        : (entry: PAddr) => BigInt(this.#physical.u32(entry));
    return this.#arch.walk(this.root, address, read);
  }

  /** The physical address behind a virtual one; undefined when nothing maps it. */
  translate(address: VAddr): PAddr | undefined {
    const frame = this.#frame(address);
    return frame < 0 ? undefined : pa(frameAddress(frame) + BigInt(offsetInPage(address)));
  }

  #frame(address: VAddr): number {
    const page = frameOf(address);
    const known = this.#frames.get(page);
    if (known !== undefined) return known;
    const frame = this.#lookUp(address);
    if (this.#frames.size > MAX_REMEMBERED_FRAMES) this.#frames.clear();
    this.#frames.set(page, frame);
    return frame;
  }

  #lookUp(address: VAddr): number {
    if (!this.#arch.isCanonical(address)) return -1;
    const walk = this.walk(address);
    const physical = walk.outcome === 'mapped' ? walk.physical : this.#lastResort?.(address, walk);
    return physical === undefined ? -1 : frameOf(physical);
  }

  read(address: VAddr, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readInto(address, bytes);
    return bytes;
  }

  /** Fills `target` from `address` on; throws ReadError at the first page that cannot be read. */
  readInto(address: VAddr, target: Uint8Array): void {
    let done = 0;
    while (done < target.length) {
      const at = plus(address, done);
      const offset = offsetInPage(at);
      const size = Math.min(PAGE_SIZE - offset, target.length - done);
      const page = this.page(at);
      target.set(size === PAGE_SIZE ? page : page.subarray(offset, offset + size), done);
      done += size;
    }
  }

  /**
   * The 4096 bytes around `address` that the dump keeps as one frame: the cache's own array, good until the next read.
   * Throws ReadError with the reason.
   */
  page(address: VAddr): Uint8Array {
    const frame = this.#frame(address);
    if (frame < 0) throw this.#notMapped(address);
    const page = this.#physical.cache.page(frame);
    if (typeof page !== 'string') return page;
    throw new ReadError(this.kind, address, page);
  }

  /** As in any space, but an aligned word needs no array of its own: stacks are read by words. */
  override word(address: VAddr): bigint {
    const offset = offsetInPage(address);
    if (offset > PAGE_SIZE - this.pointerSize) return super.word(address);
    const page = this.page(address);
    return this.wordIn(new DataView(page.buffer, page.byteOffset, page.byteLength), offset);
  }

  override tryWord(address: VAddr): bigint | undefined {
    try {
      return this.word(address);
    } catch (error) {
      if (error instanceof ReadError) return undefined;
      throw error;
    }
  }

  override i32(address: VAddr): number {
    const offset = offsetInPage(address);
    if (offset > PAGE_SIZE - 4) return super.i32(address);
    const page = this.page(address);
    return new DataView(page.buffer, page.byteOffset, page.byteLength).getInt32(offset, true);
  }

  #notMapped(address: VAddr): ReadError {
    const walk = this.walk(address);
    const last = walk.steps.at(-1);
    if (walk.outcome === 'unreadable' && walk.failure instanceof ReadError) {
      const level = this.#arch.levels[walk.steps.length] ?? 'table';
      return new ReadError(
        this.kind,
        address,
        'no-table',
        `its ${level} cannot be read: ${walk.failure.message}`,
      );
    }
    const state = last ? this.#arch.notPresent(last.entry) : { kind: 'none' as const };
    return new ReadError(
      this.kind,
      address,
      state.kind === 'swap' ? 'swapped' : 'not-mapped',
      last?.level,
    );
  }
}

/** About 8 MB of translations; beyond that the map is emptied. */
const MAX_REMEMBERED_FRAMES = 131_072;
