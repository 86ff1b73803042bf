import { type PAddr, pa } from '../base/address.ts';
import { ReadError } from '../base/errors.ts';
import { frameOf, offsetInPage } from '../base/pages.ts';
import { PAGE_SIZE, type PageCache } from './page-cache.ts';
import { ReadableSpace } from './readable.ts';

/** Physical memory by address, through the page cache. */
export class PhysicalSpace extends ReadableSpace<PAddr> {
  readonly cache: PageCache;

  constructor(cache: PageCache, pointerSize: 4 | 8) {
    super(pointerSize);
    this.cache = cache;
  }

  read(address: PAddr, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const at = address + BigInt(done);
      const offset = offsetInPage(at);
      const size = Math.min(PAGE_SIZE - offset, length - done);
      const page = this.cache.page(frameOf(at));
      if (typeof page === 'string') throw new ReadError('physical', pa(at), page);
      bytes.set(page.subarray(offset, offset + size), done);
      done += size;
    }
    return bytes;
  }

  /** One aligned word without an intermediate array: page-table entries. */
  override u64(address: PAddr): bigint {
    const offset = offsetInPage(address);
    if (offset > PAGE_SIZE - 8) return super.u64(address);
    const page = this.cache.page(frameOf(address));
    if (typeof page === 'string') throw new ReadError('physical', address, page);
    return new DataView(page.buffer, page.byteOffset + offset, 8).getBigUint64(0, true);
  }
}
