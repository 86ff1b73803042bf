import { CorruptError } from '../../base/errors.ts';
import type { ByteCursor } from './byte-cursor.ts';

/** A section as its header describes it. */
export interface SectionHeader {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  /** Its low 32 bits: the others belong to processors. */
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** The contents of a section, read by ranges: uncompressed, and relocated in an object file. */
export interface Section {
  readonly name: string;
  readonly size: number;
  /** Exactly these bytes; must not be changed. Throws CorruptError for a range outside the section. */
  read(offset: number, length: number): Uint8Array;
  /** As {@link read}, for a few bytes with nothing near them that will be read: no block of the file is kept for them. */
  peek(offset: number, length: number): Uint8Array;
}

/** What an object file needs to be relocated: where each of its sections lies. */
export interface LoadAddresses {
  /** The address of a section; undefined for one that is not in memory. */
  sectionAddress(section: SectionHeader): bigint | undefined;
}

/** The headers and raw bytes of an ELF file. */
export interface ElfBytes {
  readonly path: string;
  readonly is64: boolean;
  readonly little: boolean;
  readonly machine: number;
  readonly addressSize: 4 | 8;
  readonly headers: readonly SectionHeader[];
  /** A cursor with the file's byte order. */
  cursor(bytes: Uint8Array, section: string, base?: number): ByteCursor;
  /** The bytes of a section as they lie in the file. Throws CorruptError for a range outside the section. */
  raw(header: SectionHeader, offset?: number, length?: number): Uint8Array;
}

/** A range that a section does not have. */
export const outside = (name: string, offset: number): CorruptError =>
  new CorruptError(
    `${name}+0x${offset.toString(16)}: it ends within what begins here`,
    BigInt(offset),
  );
