import { Dwarf } from './dwarf.ts';
import { ElfFile } from './elf-file.ts';
import { SHF_ALLOC } from './elf-format.ts';
import type { LoadAddresses } from './elf-section.ts';
import type { FileBytes } from './file-bytes.ts';
import type { Range } from './ranges.ts';
import { SourceLines, type SourcePlace } from './source-lines.ts';
import { UnitMap } from './unit-map.ts';

/**
 * One file with debugging data: a vmlinux, or the object file of a module. Addresses are as linked; for an object file
 * they are where its sections were loaded.
 */
export class DebugFile {
  readonly elf: ElfFile;
  readonly dwarf: Dwarf;
  readonly lines: SourceLines;
  readonly #units: UnitMap;
  #image: Range | undefined;

  /** Reads the headers of the file. Throws CorruptError when it is no ELF file. */
  constructor(file: FileBytes, load?: LoadAddresses) {
    this.elf = new ElfFile(file, load);
    this.dwarf = new Dwarf(this.elf);
    this.#units = new UnitMap(this.dwarf);
    this.lines = new SourceLines(this.dwarf, this.#units);
  }

  /** The addresses of what is loaded of a linked file, per-CPU data at 0 apart. */
  get image(): Range {
    this.#image ??= imageOf(this.elf);
    return this.#image;
  }

  get path(): string {
    return this.elf.path;
  }
  /** Whether the file has DWARF at all. */
  get hasEntries(): boolean {
    return this.dwarf.info !== undefined;
  }

  /** The source line of an address; undefined for code without lines. Throws CorruptError. */
  placeAt(address: bigint): SourcePlace | undefined {
    return this.lines.placeAt(address);
  }
}

function imageOf({ headers }: ElfFile): Range {
  let start: bigint | undefined;
  let end = 0n;
  for (const { flags, address, size } of headers) {
    if ((flags & SHF_ALLOC) === 0 || address === 0n) continue;
    if (start === undefined || address < start) start = address;
    if (address + BigInt(size) > end) end = address + BigInt(size);
  }
  return { start: start ?? 0n, end };
}
