import { DumpError } from '../base/errors.ts';
import type { OpenedContainer } from './container.ts';
import { openElf } from './open-elf.ts';
import { openKdump } from './open-kdump.ts';
import { sniffSource } from './sniff.ts';
import { type ByteSource, openFile, readBytes } from './source.ts';
import type { Dump } from './types.ts';

/**
 * Opens a dump: one file, or the files of a split set in any order. Reads the headers and notes, not the
 * memory; the cost does not depend on the size of the dump.
 * @throws DumpError when a path does not open or is not a dump; its hint says what to do.
 */
export function openDump(paths: readonly string[]): Dump {
  const files: ByteSource[] = [];
  try {
    for (const path of paths) files.push(openFile(path));
    if (files.length === 0) throw new DumpError('no dump file given');
    const { facts, memory } = openContainer(files);
    const first = files[0]!;
    return {
      paths: [...paths],
      facts,
      memory,
      readFile: (offset, length) => readBytes(first, offset, length),
      close: () => closeAll(files),
    };
  } catch (error) {
    closeAll(files);
    throw error;
  }
}

function closeAll(files: readonly ByteSource[]): void {
  for (const file of files) file.close();
}

function openContainer(files: readonly ByteSource[]): OpenedContainer {
  const kinds = files.map((file) => sniffSource(file));
  for (const [i, { kind, name, hint }] of kinds.entries()) {
    const path = files[i]!.path;
    if (kind === 'refused')
      throw new DumpError(`${path}: ${name} is not a supported file format`, hint);
    if (kind === 'vmlinux') {
      throw new DumpError(
        `${path}: not a supported file format`,
        'it is an ELF executable (a vmlinux?), not a dump',
      );
    }
    if (kind === 'system-map') {
      throw new DumpError(`${path}: not a supported file format`, 'it is a System.map, not a dump');
    }
    if (kind === 'unknown')
      throw new DumpError(`${path}: not a supported file format`, describe(files[i]!));
  }
  const flattened = kinds.some(({ kind }) => kind === 'flattened');
  const inner = files;
  if (kinds[0]!.kind === 'elf-core') {
    if (inner.length > 1) {
      throw new DumpError(
        `${inner[1]!.path}: not a supported file format`,
        'an ELF core is one file, never a set',
      );
    }
    return openElf(inner[0]!, flattened);
  }
  return openKdump(inner, flattened);
}

/** What a file of no known format begins with. */
function describe(file: ByteSource): string {
  const head = readBytes(file, 0, 16);
  const hex = Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = Array.from(head, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  const zeros = head.every((byte) => byte === 0);
  return zeros
    ? 'it begins with zeros: an incomplete copy, or the dump was never written'
    : `it begins with ${hex}  |${text}|`;
}
