import { CorruptError } from '../../base/errors.ts';
import { countBefore } from '../../base/sorted.ts';
import { EM_386, EM_AARCH64, EM_X86_64, SHF_ALLOC, SHT_RELA } from './elf-format.ts';
import type { ElfBytes, LoadAddresses, Section, SectionHeader } from './elf-section.ts';

const MAX_RELOCATIONS = 1 << 25;
const SHN_ABS = 0xfff1;
const SHN_XINDEX = 0xffff;

/** Bytes that a relocation of debugging data fills with S + A, by machine and type; absent types are an error. */
const WIDTHS: Readonly<Record<number, Readonly<Record<number, 4 | 8 | 0>>>> = {
  // R_X86_64_NONE, _64, _32, _32S.
  [EM_X86_64]: { 0: 0, 1: 8, 10: 4, 11: 4 },
  // R_386_NONE, _32.
  [EM_386]: { 0: 0, 1: 4 },
  // R_AARCH64_NONE (both numbers), _ABS64, _ABS32.
  [EM_AARCH64]: { 0: 0, 256: 0, 257: 8, 258: 4 },
};

/**
 * The relocations of one section of an object file (ET_REL), applied as ranges are read: sorted by offset once. In a
 * linked file the same sections are history (`ld --emit-relocs`) and must not be applied.
 */
export class Relocations {
  readonly #file: ElfBytes;
  readonly #table: SectionHeader;
  readonly #load: LoadAddresses | undefined;
  #entries:
    | { readonly at: Float64Array; readonly order: Uint32Array; readonly bytes: Uint8Array }
    | undefined;
  #symbols: Uint8Array | undefined;

  constructor(file: ElfBytes, table: SectionHeader, load: LoadAddresses | undefined) {
    this.#file = file;
    this.#table = table;
    this.#load = load;
    if (table.size / this.#entrySize > MAX_RELOCATIONS)
      throw new CorruptError(`${table.name}: ${table.size} bytes of relocations`);
  }

  /** The section with relocations applied to every range that is read. */
  applyTo(section: Section): Section {
    const read = (offset: number, length: number): Uint8Array => {
      const plain = section.read(offset, length);
      const { at, order } = this.#sorted();
      // One that begins before the range may reach into it.
      let next = lowerBound(at, offset - 7);
      if (next >= at.length || (at[next] as number) >= offset + length) return plain;
      const bytes = Uint8Array.from(plain);
      for (; next < at.length && (at[next] as number) < offset + length; next++) {
        this.#apply(section, bytes, offset, order[next] as number);
      }
      return bytes;
    };
    return { name: section.name, size: section.size, read, peek: read };
  }

  get #entrySize(): number {
    const words = this.#table.type === SHT_RELA ? 3 : 2;
    return words * this.#file.addressSize;
  }

  #apply(section: Section, bytes: Uint8Array, offset: number, index: number): void {
    const { at, type, symbol, addend } = this.#entry(index);
    const width = WIDTHS[this.#file.machine]?.[type];
    if (width === undefined) {
      throw new CorruptError(
        `${this.#table.name}: a relocation of type ${type}, which is not known (machine ${this.#file.machine})`,
      );
    }
    if (width === 0) return;
    const inPlace =
      addend ?? this.#file.cursor(section.read(at, width), section.name).signed(width);
    const value = this.#symbol(symbol) + inPlace;
    const field = new Uint8Array(8);
    const view = new DataView(field.buffer);
    if (width === 8) view.setBigUint64(0, BigInt.asUintN(64, value), this.#file.little);
    else view.setUint32(0, Number(BigInt.asUintN(32, value)), this.#file.little);
    for (let i = 0; i < width; i++) {
      const place = at + i - offset;
      if (place >= 0 && place < bytes.length) bytes[place] = field[i] as number;
    }
  }

  #entry(index: number): { at: number; type: number; symbol: number; addend: bigint | undefined } {
    const file = this.#file;
    const at = file.cursor(this.#sorted().bytes, this.#table.name);
    at.at = index * this.#entrySize;
    const offset = at.offset(file.addressSize);
    const info = at.unsigned(file.addressSize);
    const shift = file.is64 ? 32n : 8n;
    return {
      at: offset,
      type: Number(info & ((1n << shift) - 1n)),
      symbol: Number(info >> shift),
      addend: this.#table.type === SHT_RELA ? at.signed(file.addressSize) : undefined,
    };
  }

  /** The value of a symbol: its offset in its section, and where that lies. */
  #symbol(index: number): bigint {
    const file = this.#file;
    const header = file.headers[this.#table.link];
    if (header === undefined) throw new CorruptError(`${this.#table.name}: it has no symbols`);
    this.#symbols ??= file.raw(header);
    const size = file.is64 ? 24 : 16;
    const at = file.cursor(this.#symbols, header.name);
    if ((index + 1) * size > this.#symbols.length)
      throw new CorruptError(`${this.#table.name}: there is no symbol ${index}`);
    at.at = index * size + (file.is64 ? 6 : 14);
    const shndx = at.u16();
    at.at = index * size + (file.is64 ? 8 : 4);
    const value = at.unsigned(file.addressSize);
    if (shndx === SHN_ABS || shndx === SHN_XINDEX) return value;
    const section = file.headers[shndx];
    if (section === undefined || shndx === 0) return value;
    return value + this.#sectionAddress(section);
  }

  #sectionAddress(section: SectionHeader): bigint {
    if ((section.flags & SHF_ALLOC) === 0) return 0n;
    return this.#load?.sectionAddress(section) ?? section.address;
  }

  #sorted() {
    if (this.#entries === undefined) {
      const bytes = this.#file.raw(this.#table);
      const count = Math.floor(bytes.length / this.#entrySize);
      const cursor = this.#file.cursor(bytes, this.#table.name);
      const offsets = new Float64Array(count);
      for (let i = 0; i < count; i++) {
        cursor.at = i * this.#entrySize;
        offsets[i] = cursor.offset(this.#file.addressSize);
      }
      const order = Uint32Array.from({ length: count }, (_, i) => i);
      // Assemblers write them in order; only a file that does not is sorted.
      if (offsets.some((each, i) => i > 0 && each < (offsets[i - 1] as number)))
        order.sort((a, b) => (offsets[a] as number) - (offsets[b] as number));
      this.#entries = { at: offsets.sort(), order, bytes };
    }
    return this.#entries;
  }
}

/** Index of the first number that is not below `value`. */
function lowerBound(sorted: Float64Array, value: number): number {
  return countBefore(sorted.length, (i) => (sorted[i] as number) < value);
}
