import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { openDump } from '../../src/dump/open.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { needs } from '../run/needs.ts';
import { scratch } from '../run/scratch.ts';

const folder = fileURLToPath(new URL('../../../shared/field/', import.meta.url));

/** Dumps of machines that were traced or overflowed a stack: packed, and beside the repository like the others. */
export const FIELD_DUMPS = ['fg61', 'st61'] as const;
export type FieldDump = (typeof FIELD_DUMPS)[number];
export const needsFieldDumps = needs(
  FIELD_DUMPS.every((name) => existsSync(`${folder}${name}.kdump.br`)),
  'no dumps from the field beside the checkout',
);
export const fieldPath = (file: string): string => `${folder}${file}`;

const unpacked = new Map<FieldDump, string>();
/** The file of such a dump, unpacked once for a test file. */
export function fieldDump(name: FieldDump): string {
  let path = unpacked.get(name);
  if (path === undefined) {
    path = join(scratch(name), 'vmcore');
    writeFileSync(path, brotliDecompressSync(readFileSync(fieldPath(`${name}.kdump.br`))));
    unpacked.set(name, path);
  }
  return path;
}

const opened = new Map<FieldDump, Target>();
/** Such a dump's target, opened once for a test file. */
export function fieldTarget(name: FieldDump): Target {
  let target = opened.get(name);
  if (!target) {
    target = openTarget(openDump([fieldDump(name)]));
    opened.set(name, target);
  }
  return target;
}
