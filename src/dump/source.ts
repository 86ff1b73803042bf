import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { DumpError, ReadError } from '../base/errors.ts';
import { systemMessage } from '../base/files.ts';

/** Bytes at offsets: a file, or the file that a flattened stream describes. Offsets are below 2^53. */
export interface ByteSource {
  /** The path it was opened by, as given. */
  readonly path: string;
  /** Exclusive upper bound of the offsets that hold bytes. */
  readonly size: number;
  /** Fills `target` from `offset` on; returns the number of bytes read, fewer only at the end. */
  read(offset: number, target: Uint8Array): number;
  close(): void;
}

/** The bytes of [offset, offset + length), cut short at the source's end, which bounds the allocation. */
export function readBytes(source: ByteSource, offset: number, length: number): Uint8Array {
  const size = Math.max(0, Math.min(length, source.size - offset));
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, source.read(offset, bytes));
}

/** A DataView of exactly these bytes. */
export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads a little-endian u64 as a number; what exceeds 2^53 stays larger than any file or bitmap. */
export const u64 = (view: DataView, at: number): number =>
  view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);

/** Bytes up to the first NUL as latin-1, which keeps every byte of a hostile string visible. */
export function cString(bytes: Uint8Array, at: number, length: number): string {
  const field = bytes.subarray(at, at + length);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString('latin1');
}

/** Openers by the scheme before `://` of a name. */
const SCHEMES: Readonly<Record<string, (spec: string) => ByteSource>> = {
  file: (spec) => openFile(decodeURIComponent(new URL(spec).pathname)),
};
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//;

/**
 * Opens what a name on the command line stands for: a path, or a URL of a known scheme. The only function that opens
 * dumps and files with symbols or types.
 * @throws DumpError in crash's words when it does not open, is a directory, or is empty.
 */
export function openSource(spec: string): ByteSource {
  const scheme = SCHEME.exec(spec)?.[1];
  if (scheme === undefined) return openFile(spec);
  const open = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (open) return open(spec);
  throw new DumpError(
    `${spec}: ${scheme}:// cannot be opened`,
    'copy the file to this machine, or mount the place that it lies in',
  );
}

function openFile(path: string): ByteSource {
  let fd: number;
  try {
    // A FIFO is opened without waiting for who writes to it.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw new DumpError(`${path}: ${systemMessage(error)}`);
  }
  const stat = fstatSync(fd);
  if (!stat.isFile() || stat.size === 0) {
    closeSync(fd);
    const hint = stat.isDirectory()
      ? 'it is a directory'
      : stat.isFile()
        ? 'the file is empty: was the dump written at all?'
        : 'it is not a regular file';
    throw new DumpError(`${path}: not a supported file format`, hint);
  }
  return new FileSource(path, fd, stat.size);
}

class FileSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  #fd: number;

  constructor(path: string, fd: number, size: number) {
    this.path = path;
    this.#fd = fd;
    this.size = size;
  }

  read(offset: number, target: Uint8Array): number {
    let done = 0;
    // One call usually reads everything; signals and some file systems cause short reads.
    while (done < target.length && offset + done < this.size) {
      const got = this.#readSome(offset + done, target, done);
      if (got === 0) break;
      done += got;
    }
    return done;
  }

  #readSome(position: number, target: Uint8Array, at: number): number {
    try {
      return readSync(this.#fd, target, at, target.length - at, position);
    } catch (error) {
      throw new ReadError('file', BigInt(position), 'io', `${this.path}: ${systemMessage(error)}`);
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }
}
