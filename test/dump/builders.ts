import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

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
  readonly blocks: ReadonlyMap<number, Uint8Array>;
  readonly packing?: Packing;
  readonly split?: { readonly start: number; readonly end: number };
  readonly vmcoreinfo?: string;
  readonly notes?: Uint8Array;
  /** Overrides of descriptors, by block. */
  readonly descriptors?: ReadonlyMap<number, { offset?: number; size?: number; flags?: number }>;
}

const FLAGS: Readonly<Record<Packing, number>> = { raw: 0, zlib: 1, lzo: 2, snappy: 4, zstd: 0x20 };

/** A kdump-compressed file (makedumpfile diskdump_mod.h). */
export function buildKdump(spec: KdumpSpec): Buffer {
  const { version = 6, wordSize = 8, blockSize = 4096, maxMapnr, packing = 'raw' } = spec;
  const oneBitmap = Math.ceil(Math.ceil(maxMapnr / 8) / blockSize);
  const extra = Buffer.concat([Buffer.from(spec.vmcoreinfo ?? ''), spec.notes ?? Buffer.alloc(0)]);
  const subBlocks = 1 + Math.ceil(extra.length / blockSize);
  const header = Buffer.alloc((1 + subBlocks) * blockSize);
  header.write('KDUMP   ', 0);
  header.writeInt32LE(version, 8);
  const names = ['Linux', 'node', '6.1.0', '#1 SMP', spec.machine ?? 'x86_64', '(none)'];
  for (const [i, name] of names.entries()) header.write(name, 12 + 65 * i);
  const status = spec.status ?? FLAGS[packing];
  const fields = [status, blockSize, subBlocks, 2 * oneBitmap, maxMapnr % 2 ** 32, 0, 0, 0, 0, 2];
  const at = wordSize === 8 ? 424 : 412;
  for (const [i, field] of fields.entries()) header.writeUInt32LE(field, at + 4 * i);
  writeSubHeader(header, spec, 2 * blockSize);
  extra.copy(header, 2 * blockSize);

  const bitmaps = Buffer.alloc(2 * oneBitmap * blockSize);
  const half = oneBitmap * blockSize;
  const set = (bit: number, from: number) => {
    bitmaps[from + (bit >> 3)]! |= 1 << (bit & 7);
  };
  for (const block of [...(spec.ram ?? []), ...spec.blocks.keys()]) set(block, 0);
  for (const block of spec.blocks.keys()) set(block, half);
  const { start, end } = spec.split ?? { start: 0, end: maxMapnr };
  const stored = [...spec.blocks].filter(([block]) => block >= start && block < end);
  stored.sort(([a], [b]) => a - b);
  return Buffer.concat([
    header,
    bitmaps,
    ...pages(spec, packing, stored, header.length + bitmaps.length),
  ]);
}

function pages(
  spec: KdumpSpec,
  packing: Packing,
  stored: readonly (readonly [number, Uint8Array])[],
  descAt: number,
): Buffer[] {
  const descriptors = Buffer.alloc(24 * stored.length);
  const data: Buffer[] = [];
  let at = descAt + descriptors.length;
  for (const [i, [block, bytes]] of stored.entries()) {
    const packed = pack(packing, bytes);
    const over = spec.descriptors?.get(block);
    descriptors.writeBigUInt64LE(BigInt(over?.offset ?? at), 24 * i);
    descriptors.writeUInt32LE(over?.size ?? packed.length, 24 * i + 8);
    descriptors.writeUInt32LE(over?.flags ?? FLAGS[packing], 24 * i + 12);
    data.push(packed);
    at += packed.length;
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
  long(0x1000000);
  int(31);
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

function pack(packing: Packing, bytes: Uint8Array): Buffer {
  const size = bytes.length;
  if (packing === 'zlib') return deflateSync(bytes);
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
  return Buffer.from(bytes);
}

export interface SegmentSpec {
  readonly type?: number;
  readonly physical?: number;
  readonly virtual?: bigint;
  readonly bytes?: Uint8Array;
  readonly memorySize?: number;
}

export interface ElfSpec {
  readonly bits?: 32 | 64;
  readonly bigEndian?: boolean;
  readonly machine?: number;
  readonly type?: number;
  readonly segments: readonly SegmentSpec[];
  /** Write PN_XNUM and the count in section 0. */
  readonly extendedCount?: boolean;
  /** What QEMU 7.2 does: e_ehsize 8, and section headers before the program headers. */
  readonly likeQemu?: boolean;
}

/** An ELF core with its segments' bytes one after another. */
export function buildElf(spec: ElfSpec): Buffer {
  const { bits = 64, segments } = spec;
  const wide = bits === 64;
  const sectionSize = wide ? 64 : 40;
  const headerSize = wide ? 64 : 52;
  const stride = wide ? 56 : 32;
  const sections = spec.extendedCount || spec.likeQemu ? sectionSize : 0;
  const phoff = headerSize + sections;
  const header = Buffer.alloc(phoff + stride * segments.length);
  const long = (value: number | bigint, at: number) =>
    wide ? header.writeBigUInt64LE(BigInt(value), at) : header.writeUInt32LE(Number(value), at);
  header.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, spec.bigEndian ? 2 : 1, 1]);
  const type = spec.type ?? 4;
  if (spec.bigEndian) header.writeUInt16BE(type, 16);
  else header.writeUInt16LE(type, 16);
  header.writeUInt16LE(spec.machine ?? (wide ? 62 : 3), 18);
  long(phoff, wide ? 32 : 28);
  long(sections > 0 ? headerSize : 0, wide ? 40 : 32);
  const sizes = wide ? 52 : 40;
  header.writeUInt16LE(spec.likeQemu ? 8 : headerSize, sizes);
  header.writeUInt16LE(stride, sizes + 2);
  header.writeUInt16LE(spec.extendedCount ? 0xffff : segments.length, sizes + 4);
  if (spec.extendedCount) header.writeUInt32LE(segments.length, headerSize + (wide ? 44 : 28));
  let at = header.length;
  for (const [i, segment] of segments.entries()) {
    const { bytes = new Uint8Array(0), virtual = 0n, physical = 0 } = segment;
    const row = phoff + i * stride;
    header.writeUInt32LE(segment.type ?? 1, row);
    const values = [at, virtual, physical, bytes.length, segment.memorySize ?? bytes.length];
    for (const [k, value] of values.entries()) long(value, row + (wide ? 8 + 8 * k : 4 + 4 * k));
    at += bytes.length;
  }
  return Buffer.concat([header, ...segments.map(({ bytes }) => bytes ?? new Uint8Array(0))]);
}

/** One ELF note. */
export function note(name: string, type: number, desc: Uint8Array): Buffer {
  const named = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  named.write(name);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(desc.length, 4);
  head.writeUInt32LE(type, 8);
  const padding = Buffer.alloc((4 - (desc.length % 4)) % 4);
  return Buffer.concat([head, named, desc, padding]);
}

/** A makedumpfile -F stream of records in the order given; `end` false leaves out the end mark. */
export function flatten(records: readonly (readonly [number, Uint8Array])[], end = true): Buffer {
  const header = Buffer.alloc(4096);
  header.write('makedumpfile');
  header.writeBigInt64BE(1n, 16);
  header.writeBigInt64BE(1n, 24);
  const parts: Uint8Array[] = [header];
  const record = (offset: number, size: number) => {
    const head = Buffer.alloc(16);
    head.writeBigInt64BE(BigInt(offset), 0);
    head.writeBigInt64BE(BigInt(size), 8);
    parts.push(head);
  };
  for (const [offset, bytes] of records) {
    record(offset, bytes.length);
    parts.push(bytes);
  }
  if (end) record(-1, -1);
  return Buffer.concat(parts);
}

/** Cuts bytes into records of a size, in order. */
export function recordsOf(bytes: Uint8Array, size = 1000): [number, Uint8Array][] {
  const records: [number, Uint8Array][] = [];
  for (let at = 0; at < bytes.length; at += size) records.push([at, bytes.subarray(at, at + size)]);
  return records;
}

/** A block whose bytes tell its number, and are not all alike. */
export function block(number: number, size = 4096): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (number * 31 + i * 7 + (i >> 8)) & 0xff);
}

const folder = mkdtempSync(join(tmpdir(), 'tscrash-dump-'));
let files = 0;

/** Writes bytes to a file of their own; returns its path. */
export function file(bytes: Uint8Array): string {
  const path = join(folder, `dump${files++}`);
  writeFileSync(path, bytes);
  return path;
}
