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

  const dumped = new Uint8Array(bitmapSize);
  const kept: { descriptor: Uint8Array; data: Uint8Array }[] = [];
  let index = 0;
  for (let pfn = 0; pfn < maxPfn; pfn++) {
    const inDump = (file[bitmapAt + bitmapSize + (pfn >> 3)]! >> (pfn & 7)) & 1;
    if (!inDump) continue;
    const at = descriptorsAt + index++ * DESCRIPTOR_SIZE;
    if (!pfns.has(pfn)) continue;
    dumped[pfn >> 3]! |= 1 << (pfn & 7);
    const start = Number(view.getBigUint64(at, true));
    kept.push({
      descriptor: file.slice(at, at + DESCRIPTOR_SIZE),
      data: file.subarray(start, start + view.getUint32(at + 8, true)),
    });
  }
  return { bytes: assemble(file, bitmapAt, bitmapSize, dumped, kept), pages: kept.length };
}

function assemble(
  file: Uint8Array,
  bitmapAt: number,
  bitmapSize: number,
  dumped: Uint8Array,
  kept: readonly { descriptor: Uint8Array; data: Uint8Array }[],
): Uint8Array {
  const head = file.slice(0, bitmapAt + bitmapSize);
  new DataView(head.buffer).setUint32(HEADER.writtenBlocks, kept.length, true);
  const dataAt = bitmapAt + 2 * bitmapSize + kept.length * DESCRIPTOR_SIZE;
  // makedumpfile stores one page of zeros for all zero pages: equal data is stored once.
  const places = new Map<string, number>();
  const data: Uint8Array[] = [];
  let end = dataAt;
  for (const page of kept) {
    const key = Buffer.from(page.data).toString('latin1');
    let place = places.get(key);
    if (place === undefined) {
      place = end;
      places.set(key, place);
      data.push(page.data);
      end += page.data.length;
    }
    new DataView(page.descriptor.buffer).setBigUint64(0, BigInt(place), true);
  }
  return Buffer.concat([head, dumped, ...kept.map((page) => page.descriptor), ...data]);
}
