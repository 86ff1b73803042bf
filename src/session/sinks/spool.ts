import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes kept in memory before a file is made: most scripts never need one. */
const IN_MEMORY = 256 * 1024;
/** Bytes kept where no file can be made, or the disk is full. */
const WITHOUT_FILE = 16 << 20;

/** Bounds and places of a spool. */
export interface SpoolOptions {
  /** Bytes to keep: the oldest are dropped, in steps of an eighth. */
  readonly limit: number;
  /** Folders for the files, tried in order. */
  readonly folders?: readonly string[];
}

/** A run of bytes: in memory, or in an unlinked file. */
interface Segment {
  readonly start: number;
  length: number;
  fd: number | undefined;
  memory: Buffer[];
}

/**
 * Bytes in the order in which they were printed, on disk. The files are 0600 and unlinked as soon as they are open: the
 * system frees them however the program ends. A place is counted from the first byte ever written.
 */
export class Spool {
  readonly #limit: number;
  readonly #folders: readonly string[];
  #segments: Segment[] = [];
  #filesWork = true;

  constructor(options: SpoolOptions) {
    this.#limit = options.limit;
    this.#folders = options.folders ?? spoolFolders(process.env);
  }

  /** The place of the oldest byte that is kept. */
  get begin(): number {
    return this.#segments[0]?.start ?? 0;
  }
  /** The place after the newest byte. */
  get end(): number {
    const last = this.#segments.at(-1);
    return last ? last.start + last.length : 0;
  }
  /** Whether no file could be made or filled, so that little is kept. */
  get cramped(): boolean {
    return !this.#filesWork;
  }

  append(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0) rest = rest.subarray(this.#appendSome(rest));
    this.#forgetOldest();
  }

  /** Bytes from a place on, fewer at the end. Throws RangeError for places before {@link begin}. */
  read(place: number, length: number): Uint8Array {
    if (place < this.begin) throw new RangeError(`byte ${place} is not kept any more`);
    const parts: Buffer[] = [];
    let at = place;
    for (const segment of this.#segments) {
      const from = at - segment.start;
      if (from >= segment.length) continue;
      const part = readSegment(segment, from, Math.min(segment.length - from, place + length - at));
      parts.push(part);
      at += part.length;
      if (at >= place + length) break;
    }
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
  }

  close(): void {
    for (const segment of this.#segments) drop(segment);
    this.#segments = [];
  }

  /** Appends as much as fits into the last segment; returns the number of bytes. */
  #appendSome(bytes: Uint8Array): number {
    const segment = this.#roomy();
    if (segment.fd === undefined && this.#filesWork && segment.length + bytes.length > IN_MEMORY) {
      this.#toFile(segment);
    }
    if (segment.fd === undefined) {
      const part = Buffer.from(bytes.subarray(0, IN_MEMORY));
      segment.memory.push(part);
      segment.length += part.length;
      return part.length;
    }
    try {
      const written = writeSync(segment.fd, bytes, 0, bytes.length, segment.length);
      segment.length += written;
      return written;
    } catch {
      // A full disk, or a quota: from here on in memory, up to its limit.
      this.#filesWork = false;
      return 0;
    }
  }

  /** The last segment when it has room, else a new one. */
  #roomy(): Segment {
    const last = this.#segments.at(-1);
    const most = this.#filesWork ? this.#limit / 8 : IN_MEMORY;
    const usable = last && last.length < most && (this.#filesWork || last.fd === undefined);
    if (last && usable) return last;
    const segment = { start: this.end, length: 0, fd: undefined, memory: [] };
    this.#segments.push(segment);
    return segment;
  }

  #toFile(segment: Segment): void {
    segment.fd = openUnnamed(this.#folders);
    this.#filesWork = segment.fd !== undefined;
    if (segment.fd === undefined) return;
    const { memory } = segment;
    segment.memory = [];
    segment.length = 0;
    for (const part of memory) {
      let rest = part;
      while (rest.length > 0) rest = rest.subarray(this.#appendSome(rest));
    }
  }

  #forgetOldest(): void {
    const limit = this.#filesWork ? this.#limit : WITHOUT_FILE;
    while (this.#segments.length > 1 && this.end - this.begin > limit) {
      const oldest = this.#segments.shift();
      if (oldest) drop(oldest);
    }
  }
}

/** `$TMPDIR`, then /var/tmp, since /tmp is memory on many systems; then node's own choice. */
const spoolFolders = (env: NodeJS.ProcessEnv): string[] => [
  ...(env.TMPDIR ? [env.TMPDIR] : []),
  '/var/tmp',
  tmpdir(),
];

function openUnnamed(folders: readonly string[]): number | undefined {
  for (const folder of folders) {
    // A guessed name is no risk: an existing file is not opened.
    const path = join(folder, `.tscrash-${process.pid}-${process.hrtime.bigint().toString(36)}`);
    try {
      const fd = openSync(path, 'wx+', 0o600);
      unlinkSync(path);
      return fd;
    } catch {
      // try the next folder
    }
  }
  return undefined;
}

function readSegment(segment: Segment, from: number, length: number): Buffer {
  if (segment.fd === undefined) {
    const all = segment.memory.length === 1 ? segment.memory[0] : Buffer.concat(segment.memory);
    if (all) segment.memory = [all];
    return (all ?? Buffer.alloc(0)).subarray(from, from + length);
  }
  const bytes = Buffer.allocUnsafe(length);
  let count = 0;
  while (count < length) {
    const read = readSync(segment.fd, bytes, count, length - count, from + count);
    if (read === 0) break;
    count += read;
  }
  return bytes.subarray(0, count);
}

function drop(segment: Segment): void {
  if (segment.fd !== undefined) closeSync(segment.fd);
  segment.memory = [];
}
