import { deflateSync } from 'node:zlib';
import { BitmapWriter, type SparseFile, wholeFile } from './sparse-file.ts';

/** How a block is stored. Compressors here are the simplest streams that the format allows. */
export type Packing = 'raw' | 'zlib' | 'lzo' | 'snappy' | 'zstd';

export interface KdumpSpec {
  readonly version?: number;
  readonly wordSize?: 4 | 8;
  /** 32-bit sub-headers align off_t to 4 on x86, to 8 elsewhere. */
  readonly alignedOff?: boolean;
  readonly machine?: string;
  readonly blockSize?: number;
  readonly maxMapnr: number;
  readonly status?: number;
  /** Blocks that are RAM; those of `blocks` are, anyway. */
  readonly ram?: readonly number[];
  /** The same as ranges; the end is exclusive. */
  readonly ramRanges?: readonly (readonly [start: number, end: number])[];
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  readonly packing?: Packing;
  readonly split?: { readonly start: number; readonly end: number };
  readonly vmcoreinfo?: string;
  readonly notes?: Uint8Array;
  /** uname's six strings: sysname, nodename, release, version, machine, domainname. */
  readonly utsname?: readonly string[];
  readonly physBase?: bigint;
  /** makedumpfile's -d. Default 31. */
  readonly dumpLevel?: number;
  /** Seconds since 1970. */
  readonly timestamp?: number;
  readonly cpus?: number;
  /** Store blocks that share one array once, and plainly those that do not get smaller, as makedumpfile does. */
  readonly share?: boolean;
  /** Overrides of descriptors, by block. */
  readonly descriptors?: ReadonlyMap<number, { offset?: number; size?: number; flags?: number }>;
}

const FLAGS: Readonly<Record<Packing, number>> = { raw: 0, zlib: 1, lzo: 2, snappy: 4, zstd: 0x20 };

/** A kdump-compressed file (makedumpfile diskdump_mod.h). */
export const buildKdump = (spec: KdumpSpec): Buffer => wholeFile(kdumpFile(spec));

/** The same file without the holes in its bitmaps, which are most of it where RAM is far apart. */
export function kdumpFile(spec: KdumpSpec): SparseFile {
  const { version = 6, wordSize = 8, blockSize = 4096, maxMapnr, packing = 'raw' } = spec;
  const oneBitmap = Math.ceil(Math.ceil(maxMapnr / 8) / blockSize);
  const extra = Buffer.concat([Buffer.from(spec.vmcoreinfo ?? ''), spec.notes ?? Buffer.alloc(0)]);
  const subBlocks = 1 + Math.ceil(extra.length / blockSize);
  const header = Buffer.alloc((1 + subBlocks) * blockSize);
  header.write('KDUMP   ', 0);
  header.writeInt32LE(version, 8);
  const names = spec.utsname ?? [
    'Linux',
    'node',
    '6.1.0',
    '#1 SMP',
    spec.machine ?? 'x86_64',
    '(none)',
  ];
  for (const [i, name] of names.entries()) header.write(name, 12 + 65 * i);
  const status = spec.status ?? FLAGS[packing];
  const fields = [
    status,
    blockSize,
    subBlocks,
    2 * oneBitmap,
    maxMapnr % 2 ** 32,
    0,
    0,
    0,
    0,
    spec.cpus ?? 2,
  ];
  const at = wordSize === 8 ? 424 : 412;
  if (wordSize === 8) header.writeBigInt64LE(BigInt(spec.timestamp ?? 0), 408);
  for (const [i, field] of fields.entries()) header.writeUInt32LE(field, at + 4 * i);
  writeSubHeader(header, spec, 2 * blockSize);
  extra.copy(header, 2 * blockSize);

  const half = oneBitmap * blockSize;
  const descAt = header.length + 2 * half;
  const [ram, dumped] = [new BitmapWriter(), new BitmapWriter()];
  for (const [from, to] of spec.ramRanges ?? []) ram.set(from, to);
  for (const block of spec.ram ?? []) ram.set(block, block + 1);
  for (const block of spec.blocks.keys()) {
    ram.set(block, block + 1);
    dumped.set(block, block + 1);
  }
  const { start, end } = spec.split ?? { start: 0, end: maxMapnr };
  const stored = [...spec.blocks].filter(([block]) => block >= start && block < end);
  stored.sort(([a], [b]) => a - b);
  const data = Buffer.concat(pages(spec, packing, stored, descAt));
  return {
    size: descAt + data.length,
    pieces: [
      { at: 0, bytes: header },
      ...ram.pieces(header.length, half),
      ...dumped.pieces(header.length + half, half),
      { at: descAt, bytes: data },
    ],
  };
}

function pages(
  spec: KdumpSpec,
  packing: Packing,
  stored: readonly (readonly [number, Uint8Array])[],
  descAt: number,
): Uint8Array[] {
  const descriptors = new Uint8Array(24 * stored.length);
  const view = new DataView(descriptors.buffer);
  const data: Uint8Array[] = [];
  const places = new Map<Uint8Array, { at: number; size: number; flags: number }>();
  let end = descAt + descriptors.length;
  for (const [i, [block, bytes]] of stored.entries()) {
    let place = spec.share ? places.get(bytes) : undefined;
    if (!place) {
      const packed = pack(packing, bytes);
      const plain = spec.share === true && packed.length >= bytes.length;
      const chosen = plain ? bytes : packed;
      place = { at: end, size: chosen.length, flags: plain ? 0 : FLAGS[packing] };
      places.set(bytes, place);
      data.push(chosen);
      end += chosen.length;
    }
    const over = spec.descriptors?.get(block);
    const at = over?.offset ?? place.at;
    view.setUint32(24 * i, at % 2 ** 32, true);
    view.setUint32(24 * i + 4, Math.floor(at / 2 ** 32), true);
    view.setUint32(24 * i + 8, over?.size ?? place.size, true);
    view.setUint32(24 * i + 12, over?.flags ?? place.flags, true);
  }
  return [descriptors, ...data];
}

function writeSubHeader(header: Buffer, spec: KdumpSpec, extraAt: number): void {
  const { version = 6, wordSize = 8, blockSize = 4096 } = spec;
  let at = blockSize;
  const int = (value: number) => {
    header.writeInt32LE(value, at);
    at += 4;
  };
  const wide = (value: number) => {
    if (wordSize === 8 || spec.alignedOff) at = Math.ceil(at / 8) * 8;
    header.writeBigUInt64LE(BigInt(value), at);
    at += 8;
  };
  const long = wordSize === 8 ? wide : (value: number) => int(value % 2 ** 31);
  if (wordSize === 8) header.writeBigInt64LE(spec.physBase ?? 0x1000000n, at);
  else header.writeInt32LE(Number(spec.physBase ?? 0x1000000n), at);
  at += wordSize;
  int(spec.dumpLevel ?? 31);
  int(spec.split ? 1 : 0);
  long(version >= 2 ? (spec.split?.start ?? 0) : 0);
  long(version >= 2 ? (spec.split?.end ?? 0) : 0);
  const info = Buffer.byteLength(spec.vmcoreinfo ?? '');
  const notes = spec.notes?.length ?? 0;
  wide(version >= 3 && info > 0 ? extraAt : 0);
  long(version >= 3 ? info : 0);
  wide(version >= 4 && notes > 0 ? extraAt + info : 0);
  long(version >= 4 ? notes : 0);
  wide(0);
  long(0);
  if (version < 6) return;
  wide(spec.split?.start ?? 0);
  wide(spec.split?.end ?? 0);
  wide(spec.maxMapnr);
}

function pack(packing: Packing, bytes: Uint8Array): Uint8Array {
  const size = bytes.length;
  if (packing === 'zlib') return deflateSync(bytes, { level: 1 });
  if (packing === 'snappy') {
    // length as a varint, then one literal with a two-byte length
    const head = [(size & 0x7f) | 0x80, ((size >> 7) & 0x7f) | 0x80, size >> 14];
    return Buffer.concat([
      Buffer.from([...head, 61 << 2, (size - 1) & 0xff, (size - 1) >> 8]),
      bytes,
    ]);
  }
  if (packing === 'lzo') {
    // a literal run: 3 + 15 + 255 for each zero byte + the last byte; then the end marker
    const rest = size - 18;
    const zeros = Math.ceil(rest / 255) - 1;
    const run = Buffer.concat([Buffer.alloc(1 + zeros), Buffer.from([rest - 255 * zeros])]);
    return Buffer.concat([run, bytes, Buffer.from([0x11, 0, 0])]);
  }
  if (packing === 'zstd') {
    // RFC 8878: magic, single segment with a 4-byte content size, one raw block that is the last
    const head = Buffer.alloc(12);
    head.set([0x28, 0xb5, 0x2f, 0xfd, 0xa0]);
    head.writeUInt32LE(size, 5);
    head.writeUIntLE((size << 3) | 1, 9, 3);
    return Buffer.concat([head, bytes]);
  }
  return bytes;
}
