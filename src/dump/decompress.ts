import { inflateSync, type ZlibOptions } from 'node:zlib';
import { decodeLzo1x } from './lzo.ts';
import { decodeSnappy } from './snappy.ts';
import { decodeZstd } from './zstd.ts';

/** Decodes `source[0, sourceEnd)` into `target`. Returns the number of bytes written, or -1 for any error. */
export type Decoder = (source: Uint8Array, sourceEnd: number, target: Uint8Array) => number;

/** A page compression of the kdump format: makedumpfile diskdump_mod.h, DUMP_DH_COMPRESSED_*. */
export interface Codec {
  readonly flag: number;
  readonly name: string;
  readonly decode: Decoder;
}

/** The codecs of kdump pages. */
export const CODECS: readonly Codec[] = [
  { flag: 0x01, name: 'zlib', decode: decodeZlib },
  { flag: 0x02, name: 'lzo', decode: decodeLzo1x },
  { flag: 0x04, name: 'snappy', decode: decodeSnappy },
  { flag: 0x20, name: 'zstd', decode: decodeZstd },
];

const CODEC_MASK = CODECS.reduce((mask, codec) => mask | codec.flag, 0);

/** The codec of a page descriptor's or a header's flags; undefined when the data are raw. */
export const codecOf = (flags: number): Codec | undefined =>
  (flags & CODEC_MASK) === 0 ? undefined : CODECS.find((codec) => (flags & codec.flag) !== 0);

let zlibOptions: ZlibOptions = {};

function decodeZlib(source: Uint8Array, sourceEnd: number, target: Uint8Array): number {
  const { length } = target;
  if (zlibOptions.maxOutputLength !== length) {
    // One buffer slightly larger than a page: zlib's default is 16 KiB, and a full buffer makes it allocate another.
    zlibOptions = { maxOutputLength: length, chunkSize: length + 64 };
  }
  try {
    const page = inflateSync(source.subarray(0, sourceEnd), zlibOptions);
    target.set(page);
    return page.length;
  } catch (error) {
    if (isZlibRefusal(error)) return -1;
    throw error;
  }
}

/** Z_DATA_ERROR, Z_BUF_ERROR ... for streams that are damaged or cut; ERR_BUFFER_TOO_LARGE for a long one. */
function isZlibRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return String(error.code).startsWith('Z_') || error.code === 'ERR_BUFFER_TOO_LARGE';
}
