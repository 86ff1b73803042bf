import { cString, latin1 } from '../../base/bytes.ts';
import { CorruptError } from '../../base/errors.ts';
import { ByteCursor } from './byte-cursor.ts';
import { inflated } from './compressed-section.ts';
import {
  ET_REL,
  NT_GNU_BUILD_ID,
  SHF_ALLOC,
  SHF_COMPRESSED,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_REL,
  SHT_RELA,
} from './elf-format.ts';
import {
  type ElfBytes,
  type LoadAddresses,
  outside,
  type Section,
  type SectionHeader,
} from './elf-section.ts';
import { BlockedFile, type FileBytes } from './file-bytes.ts';
import { Relocations } from './relocations.ts';

const MAX_SECTIONS = 1 << 20;
const MAX_NAMES = 1 << 26;
const MAX_NOTES = 1 << 20;

/**
 * An ELF file of 32 or 64 bits and either byte order: its sections by name (System V ABI, chapter 4). Only the headers
 * are read at the start. Throws CorruptError when it is no ELF file.
 */
export class ElfFile implements ElfBytes {
  readonly path: string;
  readonly is64: boolean;
  readonly little: boolean;
  /** ET_REL, ET_EXEC, ET_DYN. */
  readonly type: number;
  readonly machine: number;
  readonly headers: readonly SectionHeader[];
  readonly #file: BlockedFile;
  readonly #load: LoadAddresses | undefined;
  readonly #sections = new Map<string, Section | undefined>();

  constructor(file: FileBytes, load?: LoadAddresses) {
    this.path = file.path;
    this.#file = new BlockedFile(file);
    this.#load = load;
    const ident = file.size < 52 ? new Uint8Array(52) : this.#file.read(0, 52);
    if (latin1(ident.subarray(0, 4)) !== '\x7fELF')
      throw new CorruptError(`${file.path}: not an ELF format object file`);
    this.is64 = ident[4] === 2;
    this.little = ident[5] !== 2;
    const header = this.cursor(this.#file.read(0, this.is64 ? 64 : 52), 'ELF header');
    header.skip(16);
    this.type = header.u16();
    this.machine = header.u16();
    this.headers = this.#readHeaders(header);
  }

  get addressSize(): 4 | 8 {
    return this.is64 ? 8 : 4;
  }
  get isRelocatable(): boolean {
    return this.type === ET_REL;
  }

  /** A cursor with the file's byte order. */
  cursor(bytes: Uint8Array, section: string, base = 0): ByteCursor {
    return new ByteCursor(bytes, this.little, { section, base });
  }

  header(name: string): SectionHeader | undefined {
    return this.headers.find((each) => each.name === name);
  }

  /**
   * A section of debugging data, `.debug_line` or compressed as `.zdebug_line`; undefined when the file has none, or
   * only its header (a stripped file's counterpart).
   */
  section(name: string): Section | undefined {
    if (!this.#sections.has(name)) this.#sections.set(name, this.#open(name));
    return this.#sections.get(name);
  }

  /** The bytes of a section as they lie in the file. */
  raw(header: SectionHeader, offset = 0, length = header.size): Uint8Array {
    if (header.type === SHT_NOBITS) throw new CorruptError(`${header.name}: not in ${this.path}`);
    if (offset + length > header.size) throw outside(header.name, offset);
    return this.#file.read(header.offset + offset, length);
  }

  /** The GNU build-id in lower-case hex; undefined when the file has none. */
  get buildId(): string | undefined {
    for (const header of this.headers) {
      if (header.type !== SHT_NOTE || header.size > MAX_NOTES) continue;
      const id = buildIdOf(this.cursor(this.raw(header), header.name));
      if (id !== undefined) return id;
    }
    return undefined;
  }

  #open(name: string): Section | undefined {
    const old = name.startsWith('.debug_') ? `.z${name.slice(1)}` : undefined;
    const header = this.header(name) ?? (old === undefined ? undefined : this.header(old));
    if (header === undefined || header.type === SHT_NOBITS || header.size === 0) return undefined;
    const plain = this.#plain(header);
    if (!this.isRelocatable || (header.flags & SHF_ALLOC) !== 0) return plain;
    const table = this.headers.find(
      ({ type, info }) => (type === SHT_RELA || type === SHT_REL) && info === header.index,
    );
    return table === undefined ? plain : new Relocations(this, table, this.#load).applyTo(plain);
  }

  /** The contents of a section without compression; inflated whole at the first read. */
  #plain(header: SectionHeader): Section {
    const { name, size } = header;
    if ((header.flags & SHF_COMPRESSED) !== 0 || name.startsWith('.zdebug_'))
      return inflated(this, header);
    return {
      name,
      size,
      read: (offset, length) => this.raw(header, offset, length),
      peek: (offset, length) => {
        if (offset + length > size) throw outside(name, offset);
        return this.#file.peek(header.offset + offset, length);
      },
    };
  }

  #readHeaders(header: ByteCursor): readonly SectionHeader[] {
    header.at = this.is64 ? 40 : 32;
    const start = header.offset(this.addressSize);
    header.at = this.is64 ? 58 : 46;
    const entry = header.u16();
    const shnum = header.u16();
    const shstrndx = header.u16();
    if (start === 0 || entry !== (this.is64 ? 64 : 40))
      throw new CorruptError(`${this.path}: the ELF file has no section headers`);
    const first = this.#parse(this.#file.read(start, entry), 0);
    // With 65280 sections or more the header holds 0 (or 0xffff), and section 0 the numbers.
    const count = shnum === 0 ? first.size : shnum;
    if (count > MAX_SECTIONS) throw new CorruptError(`${this.path}: ${count} sections`);
    const bytes = this.#file.read(start, count * entry);
    const raw = Array.from({ length: count }, (_, index) =>
      this.#parse(bytes.subarray(index * entry, (index + 1) * entry), index),
    );
    const names = raw[shstrndx === 0xffff ? first.link : shstrndx];
    const text =
      names === undefined || names.type === SHT_NOBITS || names.size > MAX_NAMES
        ? new Uint8Array(0)
        : this.#file.read(names.offset, names.size);
    return raw.map(({ nameAt, ...section }) => ({
      ...section,
      name: nameAt < text.length ? cString(text, nameAt) : '',
    }));
  }

  #parse(bytes: Uint8Array, index: number) {
    const at = this.cursor(bytes, 'section headers');
    const wide = this.addressSize;
    const [nameAt, type] = [at.u32(), at.u32()];
    const flags = Number(at.unsigned(wide) & 0xffffffffn);
    const address = at.unsigned(wide);
    const [offset, size] = [at.offset(wide), at.offset(wide)];
    const [link, info] = [at.u32(), at.u32()];
    at.skip(wide);
    const entrySize = at.offset(wide);
    return { index, nameAt, type, flags, address, offset, size, link, info, entrySize };
  }
}

/** NT_GNU_BUILD_ID of a note section: Elf_Nhdr, name and content, each padded to four bytes. */
function buildIdOf(at: ByteCursor): string | undefined {
  while (at.bytes.length - at.at >= 12) {
    const [nameSize, size, type] = [at.u32(), at.u32(), at.u32()];
    const room = at.bytes.length - at.at;
    if (nameSize + size > room) return undefined;
    const name = cString(at.take(nameSize));
    at.at = Math.min(at.bytes.length, (at.at + 3) & ~3);
    if (size > at.bytes.length - at.at) return undefined;
    const content = at.take(size);
    if (type === NT_GNU_BUILD_ID && name === 'GNU') return Buffer.from(content).toString('hex');
    at.at = Math.min(at.bytes.length, (at.at + 3) & ~3);
  }
  return undefined;
}
