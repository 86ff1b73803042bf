/**
 * Makes a small kdump file out of a big one: the same header, notes and RAM map, and of the pages only those
 * asked for, each as the original had it compressed. What is left out is marked as filtered, so the result is
 * a valid dump that makedumpfile and crash read too. Format: makedumpfile's IMPLEMENTATION and diskdump_mod.h.
 */

const DESCRIPTOR_SIZE = 24;

/** Offsets in disk_dump_header of x86_64. */
const HEADER = { blockSize: 428, subHeaderBlocks: 432, bitmapBlocks: 436, writtenBlocks: 452 };
/** max_mapnr_64 in kdump_sub_header of version 6. */
const SUB_MAX_MAPNR = 96;

export interface CutResult {
  readonly bytes: Uint8Array;
  /** Page frames that were asked for and were in the dump. */
  readonly pages: number;
}

/**
 * Cuts an unsplit, unflattened kdump of version 6 down to `pfns`. `whole` is the original file.
 * Frames that the original does not hold are ignored.
 */
export function cutKdump(whole: Uint8Array, pfns: ReadonlySet<number>): CutResult {
  // A Buffer's slice() shares memory; a plain array's copies.
  const file = new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength);
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (
    Buffer.from(file.subarray(0, 8)).toString('latin1') !== 'KDUMP   ' ||
    view.getInt32(8, true) < 6
  ) {
    throw new Error('only a kdump file of version 6 can be cut');
  }
  const block = view.getInt32(HEADER.blockSize, true);
  const bitmapAt = block * (1 + view.getInt32(HEADER.subHeaderBlocks, true));
  const bitmapSize = (block * view.getUint32(HEADER.bitmapBlocks, true)) / 2;
  const maxPfn = Number(view.getBigUint64(block + SUB_MAX_MAPNR, true));
  const descriptorsAt = bitmapAt + 2 * bitmapSize;

  const kept: StoredPage[] = [];
  let index = 0;
  for (let pfn = 0; pfn < maxPfn; pfn++) {
    const inDump = (file[bitmapAt + bitmapSize + (pfn >> 3)]! >> (pfn & 7)) & 1;
    if (!inDump) continue;
    const at = descriptorsAt + index++ * DESCRIPTOR_SIZE;
    if (!pfns.has(pfn)) continue;
    const start = Number(view.getBigUint64(at, true));
    const data = file.subarray(start, start + view.getUint32(at + 8, true));
    kept.push({ pfn, data, flags: view.getUint32(at + 12, true) });
  }
  const head = file.subarray(0, bitmapAt + bitmapSize);
  return { bytes: assembleKdump(head, kept), pages: kept.length };
}

/** A page as a kdump file stores it. `flags` of its descriptor: 0 where the data are the page itself. */
export interface StoredPage {
  readonly pfn: number;
  readonly data: Uint8Array;
  readonly flags: number;
}

/** How many bytes of a kdump file, without its pages, come before its second bitmap: header, notes and RAM map. */
export function headLength(start: Uint8Array): number {
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const block = view.getInt32(HEADER.blockSize, true);
  const bitmaps = view.getUint32(HEADER.bitmapBlocks, true);
  return block * (1 + view.getInt32(HEADER.subHeaderBlocks, true) + bitmaps / 2);
}

/** The kdump file of a head (see {@link headLength}) and some pages, in the order of their frames. */
export function assembleKdump(start: Uint8Array, kept: readonly StoredPage[]): Uint8Array {
  const head = start.slice();
  const headView = new DataView(head.buffer);
  headView.setUint32(HEADER.writtenBlocks, kept.length, true);
  const block = headView.getInt32(HEADER.blockSize, true);
  const dumped = new Uint8Array((block * headView.getUint32(HEADER.bitmapBlocks, true)) / 2);
  const descriptors = new Uint8Array(kept.length * DESCRIPTOR_SIZE);
  const view = new DataView(descriptors.buffer);
  // makedumpfile stores one page of zeros for all zero pages: equal data is stored once.
  const places = new Map<string, number>();
  const data: Uint8Array[] = [];
  let end = head.length + dumped.length + descriptors.length;
  for (const [i, page] of kept.entries()) {
    dumped[page.pfn >> 3]! |= 1 << (page.pfn & 7);
    const key = Buffer.from(page.data).toString('latin1');
    let place = places.get(key);
    if (place === undefined) {
      place = end;
      places.set(key, place);
      data.push(page.data);
      end += page.data.length;
    }
    view.setBigUint64(i * DESCRIPTOR_SIZE, BigInt(place), true);
    view.setUint32(i * DESCRIPTOR_SIZE + 8, page.data.length, true);
    view.setUint32(i * DESCRIPTOR_SIZE + 12, page.flags, true);
  }
  return Buffer.concat([head, dumped, descriptors, ...data]);
}
