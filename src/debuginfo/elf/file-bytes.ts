import { CorruptError } from '../../base/errors.ts';
import { Lru } from '../../base/lru.ts';

/** A file of debugging data: bytes at offsets. A source of the dump layer is one. */
export interface FileBytes {
  /** The path it was opened by. */
  readonly path: string;
  readonly size: number;
  /** Fills `target` from `offset` on; returns the number of bytes read, fewer only at the end. */
  read(offset: number, target: Uint8Array): number;
  close(): void;
}

/** A table of a few kilobytes is one read; a line of a vmlinux needs a dozen of them. */
const BLOCK = 1 << 15;
/** 2 MiB in all. */
const BLOCKS = 64;

/** Small ranges of a file, out of blocks that are kept; large ranges are read as they are. */
export class BlockedFile {
  readonly file: FileBytes;
  readonly #blocks = new Lru<number, Uint8Array>(BLOCKS);

  constructor(file: FileBytes) {
    this.file = file;
  }

  /** Exactly these bytes. The result may be a view: it must not be changed. Throws CorruptError at the file's end. */
  read(offset: number, length: number): Uint8Array {
    this.#check(offset, length);
    const first = Math.floor(offset / BLOCK);
    const last = Math.floor((offset + length - 1) / BLOCK);
    if (last > first + 1) return this.#direct(offset, length);
    const at = offset - first * BLOCK;
    if (last <= first) return this.#block(first).subarray(at, at + length);
    const bytes = new Uint8Array(length);
    const head = this.#block(first).subarray(at);
    bytes.set(head);
    bytes.set(this.#block(last).subarray(0, length - head.length), head.length);
    return bytes;
  }

  /** As {@link read}, without keeping the block around it. */
  peek(offset: number, length: number): Uint8Array {
    this.#check(offset, length);
    return this.#direct(offset, length);
  }

  #check(offset: number, length: number): void {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.file.size)) {
      throw new CorruptError(
        `${this.file.path}: it ends within what it says is at 0x${offset.toString(16)}`,
      );
    }
  }

  #block(index: number): Uint8Array {
    let block = this.#blocks.get(index);
    if (block === undefined) {
      const start = index * BLOCK;
      block = this.#direct(start, Math.min(BLOCK, this.file.size - start));
      this.#blocks.set(index, block);
    }
    return block;
  }

  #direct(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    if (this.file.read(offset, bytes) < length) {
      throw new CorruptError(`${this.file.path}: it has become shorter while it was read`);
    }
    return bytes;
  }
}
