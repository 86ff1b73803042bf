import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import type { FileBytes } from '../../src/debuginfo/elf/file-bytes.ts';
import { needs } from '../run/needs.ts';

const folder = fileURLToPath(new URL('../../../shared/debuginfo/', import.meta.url));
/** Parts of real vmlinux files lie beside the repository. */
export const needsPacks = needs(
  existsSync(folder),
  'no parts of a real vmlinux beside the checkout',
);

/** Parts of a real vmlinux: brotli over a line of JSON (`size`, `ranges`), then the bytes of the ranges. */
export class RangePack implements FileBytes {
  readonly path: string;
  readonly size: number;
  readonly #ranges: { readonly start: number; readonly bytes: Uint8Array }[] = [];

  constructor(name: string) {
    this.path = `${folder}${name}.pack.br`;
    const bytes = brotliDecompressSync(readFileSync(this.path));
    let at = bytes.indexOf(10) + 1;
    const head = JSON.parse(bytes.toString('latin1', 0, at));
    this.size = head.size;
    for (const [start, length] of head.ranges as [number, number][]) {
      this.#ranges.push({ start, bytes: bytes.subarray(at, at + length) });
      at += length;
    }
  }

  /** Holes read as zeros. */
  read(offset: number, target: Uint8Array): number {
    const end = Math.min(this.size, offset + target.length);
    target.fill(0);
    for (const { start, bytes } of this.#ranges) {
      const [from, to] = [Math.max(offset, start), Math.min(end, start + bytes.length)];
      if (from < to) target.set(bytes.subarray(from - start, to - start), from - offset);
    }
    return Math.max(0, end - offset);
  }
  close(): void {}
}
