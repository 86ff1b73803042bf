import { va } from '../base/address.ts';
import { cString, viewOf } from '../base/bytes.ts';
import { CorruptError } from '../base/errors.ts';
import type { FileSymbol, SymbolFile } from './sorted-symbols.ts';

/** Bytes of a file: at most `length` at `offset`, fewer at its end. */
export type ReadFile = (offset: number, length: number) => Uint8Array;

const SECTION_HEADER = 64;
const SYMBOL = 24;
const MAX_SECTIONS = 65_536;
/** A kernel with all drivers built in has half a million symbols, and 20 MB of names. */
const MAX_SYMBOLS = 4 << 20;
const MAX_STRINGS = 1 << 28;
const MAX_NOTES = 1 << 20;
const NT_GNU_BUILD_ID = 3;

const SHT_SYMTAB = 2;
const SHT_NOTE = 7;
const SHT_NOBITS = 8;
const SHF_WRITE = 1n;
const SHF_ALLOC = 2n;
const SHF_EXECINSTR = 4n;
const SHN_UNDEF = 0;
const SHN_ABS = 0xfff1;
const STB_LOCAL = 0;
const STB_WEAK = 2;
const STT_OBJECT = 1;
const STT_SECTION = 3;
const STT_FILE = 4;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

/**
 * The symbols of a vmlinux (or of the debug file split from one) by its .symtab. Sections are among them, as nm -a has them. ELF-64, little-endian; System V ABI chapter 4. Throws CorruptError
 * when the file is no such ELF file or has no symbol table.
 */
export function readElfSymtab(read: ReadFile): SymbolFile {
  const sections = readSections(read);
  const table = sections.find(({ type }) => type === SHT_SYMTAB);
  const strings = table && sections[table.link];
  if (table === undefined || strings === undefined)
    throw new CorruptError('the ELF file has no symbol table');
  if (table.size / SYMBOL > MAX_SYMBOLS || strings.size > MAX_STRINGS) {
    throw new CorruptError('the ELF file has more symbols than any kernel');
  }
  const names = exactly(read, strings.offset, strings.size);
  const view = viewOf(exactly(read, table.offset, table.size));
  const symbols: FileSymbol[] = [];
  for (let at = SYMBOL; at + SYMBOL <= view.byteLength; at += SYMBOL) {
    const symbol = readSymbol(view, at, names, sections);
    if (symbol !== undefined) symbols.push(symbol);
  }
  return { symbols, image: imageOf(sections) };
}

/** The GNU build-id of an ELF file in lower-case hex, from its notes; undefined when it has none. */
export function readBuildId(read: ReadFile): string | undefined {
  for (const { type, offset, size } of readSections(read)) {
    if (type !== SHT_NOTE || size > MAX_NOTES) continue;
    const notes = exactly(read, offset, size);
    const view = viewOf(notes);
    // Elf64_Nhdr: lengths of name and content, type; both parts are padded to four bytes.
    for (let at = 0; at + 12 <= size; ) {
      const name = view.getUint32(at, true);
      const length = view.getUint32(at + 4, true);
      const content = at + 12 + ((name + 3) & ~3);
      if (content + length > size) break;
      if (view.getUint32(at + 8, true) === NT_GNU_BUILD_ID && cString(notes, at + 12) === 'GNU') {
        return Buffer.from(notes.subarray(content, content + length)).toString('hex');
      }
      at = content + ((length + 3) & ~3);
    }
  }
  return undefined;
}

function readSymbol(
  view: DataView,
  at: number,
  names: Uint8Array,
  sections: readonly Section[],
): FileSymbol | undefined {
  const info = view.getUint8(at + 4);
  const kind = info & 0xf;
  const shndx = view.getUint16(at + 6, true);
  if (shndx === SHN_UNDEF || kind === STT_FILE) return undefined;
  const section = shndx < 0xff00 ? sections[shndx] : undefined;
  const start = view.getUint32(at, true);
  const own = start < names.length ? cString(names, start) : '';
  const name = own === '' && kind === STT_SECTION ? (section?.name ?? '') : own;
  if (name === '') return undefined;
  return {
    name,
    address: va(view.getBigUint64(at + 8, true)),
    type: letter(info, shndx, section),
    size: Number(view.getBigUint64(at + 16, true)),
  };
}

/** nm's letter: by the section, upper case when not local; weak symbols have letters of their own. */
function letter(info: number, shndx: number, section: Section | undefined): string {
  const binding = info >> 4;
  if (binding === STB_WEAK) return (info & 0xf) === STT_OBJECT ? 'V' : 'W';
  const small = shndx === SHN_ABS ? 'a' : section === undefined ? '?' : sectionLetter(section);
  return binding === STB_LOCAL ? small : small.toUpperCase();
}

function sectionLetter({ type, flags }: Section): string {
  if ((flags & SHF_EXECINSTR) !== 0n) return 't';
  if (type === SHT_NOBITS) return 'b';
  if ((flags & SHF_WRITE) !== 0n) return 'd';
  return (flags & SHF_ALLOC) !== 0n ? 'r' : 'n';
}

/** From the first section to the end of the last, per-CPU data at 0 apart. */
function imageOf(sections: readonly Section[]): { start: bigint; end: bigint } {
  let start: bigint | undefined;
  let end = 0n;
  for (const { flags, address, size } of sections) {
    if ((flags & SHF_ALLOC) === 0n || address === 0n) continue;
    if (start === undefined || address < start) start = address;
    if (address + BigInt(size) > end) end = address + BigInt(size);
  }
  return { start: start ?? 0n, end };
}

function readSections(read: ReadFile): Section[] {
  const header = viewOf(exactly(read, 0, 64));
  // \x7fELF, 64-bit, little-endian.
  if (header.getUint32(0, false) !== 0x7f454c46 || header.getUint16(4, false) !== 0x0201) {
    throw new CorruptError('not a 64-bit little-endian ELF file');
  }
  const offset = Number(header.getBigUint64(40, true));
  const size = header.getUint16(58, true);
  if (offset === 0 || size !== SECTION_HEADER)
    throw new CorruptError('the ELF file has no section headers');
  const first = viewOf(exactly(read, offset, SECTION_HEADER));
  // With 65280 sections or more the header holds 0, and section 0 the numbers.
  const count = header.getUint16(60, true) || Number(first.getBigUint64(32, true));
  let namesAt = header.getUint16(62, true);
  if (namesAt === 0xffff) namesAt = first.getUint32(40, true);
  if (count > MAX_SECTIONS) throw new CorruptError(`the ELF file has ${count} sections`);
  const view = viewOf(exactly(read, offset, count * SECTION_HEADER));
  const raw = Array.from({ length: count }, (_, i) => rawSection(view, i * SECTION_HEADER));
  const strings = raw[namesAt];
  const names =
    strings === undefined || strings.size > MAX_STRINGS
      ? new Uint8Array(0)
      : exactly(read, strings.offset, strings.size);
  return raw.map(({ nameAt, ...section }) => ({
    ...section,
    name: nameAt < names.length ? cString(names, nameAt) : '',
  }));
}

function rawSection(view: DataView, at: number) {
  return {
    nameAt: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    flags: view.getBigUint64(at + 8, true),
    address: view.getBigUint64(at + 16, true),
    offset: Number(view.getBigUint64(at + 24, true)),
    size: Number(view.getBigUint64(at + 32, true)),
    link: view.getUint32(at + 40, true),
  };
}

function exactly(read: ReadFile, offset: number, length: number): Uint8Array {
  const bytes = read(offset, length);
  if (bytes.length < length)
    throw new CorruptError(`the ELF file ends within what it says is at ${offset}`);
  return bytes;
}
