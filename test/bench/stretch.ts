import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

/** disk_dump_header and kdump_sub_header of 64 bits, version 6: makedumpfile diskdump_mod.h. */
const HEADER = { version: 8, blockSize: 428, subBlocks: 432, bitmapBlocks: 436, maxMapnr: 440 };
const SUB_MAX_MAPNR = 96;
const DESCRIPTOR = 24;
/** A tebibyte of pages. */
const FRAMES = 2 ** 28;
/** One in so many bytes of the bitmap gets a page above the old end of memory. */
const STRIDE = 131;

/**
 * Writes a dump of a machine of 1 TiB whose lower end is a given dump's: the same pages and answers, and above them RAM of
 * which a thousandth is in the dump (all of it one page). False when the file is not a plain kdump of version 6.
 */
export function stretch(from: string, to: string): boolean {
  const old = readFileSync(from);
  if (old.toString('latin1', 0, 5) !== 'KDUMP' || old.readInt32LE(HEADER.version) < 6) return false;
  const blockSize = old.readUInt32LE(HEADER.blockSize);
  const bitmapAt = (1 + old.readUInt32LE(HEADER.subBlocks)) * blockSize;
  const oldHalf = (old.readUInt32LE(HEADER.bitmapBlocks) / 2) * blockSize;
  const oldFrames = Number(old.readBigUInt64LE(blockSize + SUB_MAX_MAPNR));
  const half = FRAMES / 8;
  const header = Buffer.from(old.subarray(0, bitmapAt));
  header.writeUInt32LE((2 * half) / blockSize, HEADER.bitmapBlocks);
  header.writeUInt32LE(FRAMES, HEADER.maxMapnr);
  header.writeBigUInt64LE(BigInt(FRAMES), blockSize + SUB_MAX_MAPNR);

  const ram = Buffer.alloc(half, 0xff);
  const dumped = Buffer.alloc(half);
  const bitmapBytes = Math.ceil(oldFrames / 8);
  old.copy(ram, 0, bitmapAt, bitmapAt + bitmapBytes);
  old.copy(dumped, 0, bitmapAt + oldHalf, bitmapAt + oldHalf + bitmapBytes);
  let pages = 0;
  for (let i = 0; i < bitmapBytes; i++) {
    for (let byte = dumped[i]!; byte !== 0; byte &= byte - 1) pages++;
  }
  let added = 0;
  for (let at = oldHalf; at < half; at += STRIDE, added++) dumped[at] = 1;

  const oldDescriptors = bitmapAt + 2 * oldHalf;
  const oldData = oldDescriptors + pages * DESCRIPTOR;
  const moved = BigInt(2 * (half - oldHalf) + added * DESCRIPTOR);
  const descriptors = Buffer.alloc((pages + added) * DESCRIPTOR);
  old.copy(descriptors, 0, oldDescriptors, oldData);
  for (let i = 0; i < pages + added; i++) {
    const at = i * DESCRIPTOR;
    // The added ones are all the first.
    if (i >= pages) descriptors.copy(descriptors, at, 0, DESCRIPTOR);
    else descriptors.writeBigUInt64LE(descriptors.readBigUInt64LE(at) + moved, at);
  }
  const file = openSync(to, 'w');
  for (const bytes of [header, ram, dumped, descriptors, old.subarray(oldData)]) {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  }
  closeSync(file);
  return true;
}
