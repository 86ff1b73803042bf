import { DumpError } from '../base/errors.ts';
import { BlockCache } from './block-cache.ts';
import type { OpenedContainer } from './container.ts';
import { FlattenedSource } from './flattened.ts';
import { openElf } from './open-elf.ts';
import { openKdump } from './open-kdump.ts';
import { notSupported } from './refusals.ts';
import { type FileKind, type Sniffed, sniff } from './sniff.ts';
import { type ByteSource, openSource, readBytes } from './source.ts';
import type { Dump } from './types.ts';

/**
 * Opens a dump by its names: one, or the parts of a split set in any order; see {@link openSource}. Reads the headers and
 * notes, not the memory; the cost does not depend on the size of the dump.
 * @throws DumpError when a source does not open or is not a dump; its hint says what to do.
 */
export function openDump(specs: readonly string[]): Dump {
  const sources: ByteSource[] = [];
  try {
    for (const spec of specs) sources.push(openSource(spec));
  } catch (error) {
    closeAll(sources);
    throw error;
  }
  return openDumpFrom(sources);
}

/** As {@link openDump}, for sources that are open; they are closed with the dump, or when they are no dump. */
export function openDumpFrom(sources: readonly ByteSource[]): Dump {
  const files = sources.map((source) => new BlockCache(source));
  try {
    const [first] = files;
    if (first === undefined) throw new DumpError('no dump file given');
    const { facts, memory } = openContainer(files);
    return {
      paths: files.map(({ path }) => path),
      facts,
      memory,
      fileCaches: files,
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
  const inner = files.map((file) => {
    const { kind } = checkKind(file, sniff(file));
    return kind === 'flattened' ? unflatten(file) : { source: file, kind, warnings: [] };
  });
  const sources = inner.map(({ source }) => source);
  const warnings = inner.flatMap((file) => file.warnings);
  const flattened = sources.some((source) => source instanceof FlattenedSource);
  if (inner.every(({ kind }) => kind !== 'elf-core'))
    return openKdump(sources, flattened, warnings);
  const surplus = sources[1];
  if (surplus !== undefined) {
    throw unsupported(
      surplus,
      'several files make a set only when they are parts of a split kdump',
    );
  }
  return openElf(sources[0]!, flattened, warnings);
}

interface Inner {
  readonly source: ByteSource;
  readonly kind: FileKind;
  readonly warnings: readonly string[];
}

function unflatten(file: ByteSource): Inner {
  const source = new FlattenedSource(file);
  const sniffed = sniff(source);
  if (sniffed.kind === 'flattened' || source.size === 0) {
    throw unsupported(file, source.warning ?? 'a flattened stream with nothing in it');
  }
  checkKind(source, sniffed);
  const warnings = source.warning === undefined ? [] : [source.warning];
  return { source, kind: sniffed.kind, warnings };
}

/** @throws DumpError for what is not a dump, or is one that tscrash does not read. */
function checkKind(file: ByteSource, sniffed: Sniffed): Sniffed {
  const { kind, name, hint } = sniffed;
  if (kind === 'refused') throw notSupported(file, { name: name ?? '', hint: hint ?? '' });
  if (kind === 'vmlinux')
    throw unsupported(file, 'it is an ELF executable (a vmlinux?), not a dump');
  if (kind === 'system-map') throw unsupported(file, 'it is a System.map, not a dump');
  if (kind === 'unknown') throw unsupported(file, describe(file));
  return sniffed;
}

const unsupported = (file: ByteSource, hint: string): DumpError =>
  new DumpError(`${file.path}: not a supported file format`, hint);

/** The first bytes of a file of unknown format: as much as fits a row of a terminal. */
function describe(file: ByteSource): string {
  const head = readBytes(file, 0, 14);
  const hex = Array.from(head, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = Array.from(head, (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.',
  ).join('');
  const zeros = head.every((byte) => byte === 0);
  return zeros
    ? 'it begins with zeros: an incomplete copy, or the dump was never written'
    : `it begins with ${hex}  |${text}|`;
}
