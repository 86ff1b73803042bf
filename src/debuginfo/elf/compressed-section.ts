import { inflateSync } from 'node:zlib';
import { CorruptError } from '../../base/errors.ts';
import { decodeZstd } from '../../dump/zstd.ts';
import { ELFCOMPRESS_ZLIB, ELFCOMPRESS_ZSTD } from './elf-format.ts';
import { type ElfBytes, outside, type Section, type SectionHeader } from './elf-section.ts';

/** The largest .debug_info of a kernel with every driver is some 600 MB. */
const MAX_INFLATED = 1 << 30;
/** zlib packs at most 1032 to 1, zstd more; debugging data are packed 5 to 1. A section that claims more is a bomb. */
const MAX_RATIO = 1100;

/** What stands before the compressed bytes. */
interface Packed {
  readonly method: 'zlib' | 'zstd';
  readonly size: number;
  readonly start: number;
}

/**
 * A section that is compressed: SHF_COMPRESSED (Elf_Chdr), or the older `.zdebug_` form of GNU as ("ZLIB" and eight
 * bytes, most significant first). Its size is known at once; the contents are inflated at the first read.
 */
export function inflated(file: ElfBytes, header: SectionHeader): Section {
  const { name } = header;
  const packed = name.startsWith('.zdebug_') ? oldForm(file, header) : newForm(file, header);
  if (packed.size > MAX_INFLATED || packed.size > (header.size + 64) * MAX_RATIO) {
    throw new CorruptError(`${name}: ${header.size} bytes cannot hold ${packed.size}`);
  }
  let contents: Uint8Array | undefined;
  const read = (offset: number, length: number): Uint8Array => {
    contents ??= inflate(name, packed, file.raw(header, packed.start, header.size - packed.start));
    if (!(offset >= 0 && offset + length <= contents.length)) throw outside(name, offset);
    return contents.subarray(offset, offset + length);
  };
  return { name, size: packed.size, read, peek: read };
}

function oldForm(file: ElfBytes, header: SectionHeader): Packed {
  const head = Buffer.from(file.raw(header, 0, 12));
  if (head.toString('latin1', 0, 4) !== 'ZLIB')
    throw new CorruptError(`${header.name}: it does not begin with ZLIB`);
  return { method: 'zlib', size: Number(head.readBigUInt64BE(4)), start: 12 };
}

function newForm(file: ElfBytes, header: SectionHeader): Packed {
  const start = file.is64 ? 24 : 12;
  const at = file.cursor(file.raw(header, 0, start), header.name);
  const type = at.u32();
  if (file.is64) at.skip(4);
  const size = at.offset(file.addressSize);
  if (type !== ELFCOMPRESS_ZLIB && type !== ELFCOMPRESS_ZSTD)
    throw new CorruptError(`${header.name}: compressed by method ${type}, which is not known`);
  return { method: type === ELFCOMPRESS_ZLIB ? 'zlib' : 'zstd', size, start };
}

function inflate(name: string, { method, size }: Packed, bytes: Uint8Array): Uint8Array {
  let contents: Uint8Array;
  try {
    contents =
      method === 'zlib'
        ? inflateSync(bytes, { maxOutputLength: Math.max(1, size) })
        : unpackZstd(bytes, size);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    throw new CorruptError(`${name}: its compressed bytes are damaged (${error.message})`);
  }
  if (contents.length !== size) {
    throw new CorruptError(`${name}: its compressed bytes are damaged (${method})`);
  }
  return contents;
}

function unpackZstd(bytes: Uint8Array, size: number): Uint8Array {
  const target = new Uint8Array(size);
  const written = decodeZstd(bytes, bytes.length, target);
  return written < 0 ? target.subarray(0, 0) : target.subarray(0, written);
}
