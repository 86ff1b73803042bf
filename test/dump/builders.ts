import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratch } from '../run/scratch.ts';

/** A block whose bytes tell its number, and are not all alike. */
export function block(number: number, size = 4096): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (number * 31 + i * 7 + (i >> 8)) & 0xff);
}

const folder = scratch('dump');
let files = 0;

/** Writes bytes to a file of their own; returns its path. */
export function file(bytes: Uint8Array): string {
  const path = join(folder, `dump${files++}`);
  writeFileSync(path, bytes);
  return path;
}
