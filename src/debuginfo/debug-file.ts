import type { CType } from '../types/types.ts';
import { ElfFile } from './elf/elf-file.ts';
import { SHF_ALLOC } from './elf/elf-format.ts';
import type { LoadAddresses } from './elf/elf-section.ts';
import type { FileBytes } from './elf/file-bytes.ts';
import { FrameTable } from './frames/frame-table.ts';
import { SourceLines, type SourcePlace } from './lines/source-lines.ts';
import { findVariablesAt, isComplete } from './names/find-variable.ts';
import type { IndexCache, IndexKey } from './names/index-cache.ts';
import { type EntryNames, NameIndex } from './names/name-index.ts';
import { scanNames } from './names/name-scan.ts';
import { DwarfTypes, originOf } from './types/dwarf-types.ts';
import { Dwarf } from './units/dwarf.ts';
import { AT, TAG } from './units/dwarf-format.ts';
import type { Range } from './units/ranges.ts';
import type { Die, Unit } from './units/unit.ts';
import { UnitMap } from './units/unit-map.ts';

/** Searches for a variable after which an index is made. */
const SEARCHES = 3;

/** How a file is opened. */
export interface DebugFileOptions {
  /** Where the sections of an object file were loaded. */
  readonly load?: LoadAddresses;
  /** Where indexes of names are kept between sessions. */
  readonly cache?: IndexCache | undefined;
}

/**
 * One file with debugging data: a vmlinux, or the object file of a module. Addresses are as linked; for an object file
 * they are where its sections were loaded.
 */
export class DebugFile {
  readonly elf: ElfFile;
  readonly dwarf: Dwarf;
  readonly lines: SourceLines;
  /** How functions are left. */
  readonly frames: FrameTable;
  readonly #units: UnitMap;
  readonly #options: DebugFileOptions;
  readonly #size: number;
  readonly #variables = new Map<bigint, Die | undefined>();
  #image: Range | undefined;
  #names: NameIndex | undefined;
  #searches = 0;
  #wasAsked = false;
  #types: DwarfTypes | undefined;
  /** Called now and then in long work, which ends it by throwing. */
  checkpoint: () => void = () => {};
  /** Why names may be missing: parts of the file that are damaged. */
  lost: string | undefined;

  /** Reads the headers of the file. Throws CorruptError when it is no ELF file. */
  constructor(file: FileBytes, options: DebugFileOptions = {}) {
    this.#options = options;
    this.#size = file.size;
    this.elf = new ElfFile(file, options.load);
    this.dwarf = new Dwarf(this.elf);
    this.#units = new UnitMap(this.dwarf);
    this.frames = new FrameTable(this.elf);
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

  /**
   * The types of the file, made at the first call. `definitionOf` has the full type of what a unit only declares, where
   * another source does; `firstId` is the number that theirs begin with.
   */
  types(
    options: {
      readonly firstId?: number;
      readonly definitionOf?: (kind: 'struct' | 'union', name: string) => CType | undefined;
    } = {},
  ): DwarfTypes {
    this.#types ??= new DwarfTypes(this.dwarf, { ...options, names: () => this.names });
    return this.#types;
  }

  /** The index of names: out of the cache, or made of the whole file, which takes a second for a kernel. */
  get names(): NameIndex {
    this.#names ??= this.#cachedNames() ?? new NameIndex(this.#scanNames(), entryNames(this.dwarf));
    return this.#names;
  }

  /** The entry of the variable at an address, as linked. */
  variableAt(address: bigint): Die | undefined {
    if (!this.#variables.has(address)) this.#variables.set(address, this.#findVariable(address));
    return this.#variables.get(address);
  }

  /**
   * By the index where there is one, else by a search of the bytes, which takes a tenth of the time of making one; after
   * a few searches the index is made.
   */
  #findVariable(address: bigint): Die | undefined {
    this.#names ??= this.#cachedNames();
    const names = this.#names ?? (++this.#searches > SEARCHES ? this.names : undefined);
    const all = names
      ? names.variablesAt(address).map((entry) => this.dwarf.dieAt(entry))
      : findVariablesAt(this.dwarf, address, () => this.checkpoint());
    let first: Die | undefined;
    // A weak variable that another file defines has the same address, and may lack the length of an array.
    for (const die of all) {
      if (isComplete(die)) return die;
      first ??= die;
    }
    return first;
  }

  get #key(): IndexKey | undefined {
    const { buildId } = this.elf;
    return buildId === undefined ? undefined : { buildId, size: this.#size };
  }

  #cachedNames(): NameIndex | undefined {
    const { cache } = this.#options;
    const key = cache && !this.#wasAsked ? this.#key : undefined;
    this.#wasAsked = true;
    const known = key && cache?.load(key);
    return known && new NameIndex(known, entryNames(this.dwarf));
  }

  #scanNames() {
    const arrays = scanNames(this.dwarf, {
      checkpoint: () => this.checkpoint(),
      onDamage: (error) => {
        this.lost ??= `${this.path}: ${error.message}`;
      },
    });
    const { cache } = this.#options;
    const key = cache && this.#key;
    if (key && this.lost === undefined) cache?.store(key, arrays);
    return arrays;
  }

  /** The unit whose code holds an address, as linked. */
  unitAt(address: bigint): Unit | undefined {
    return this.#units.unitAt(address);
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

/** Names of entries, for the index to compare. */
const entryNames = (dwarf: Dwarf): EntryNames => ({
  nameOf: (entry) => originOf(dwarf.dieAt(entry)).name,
  hasEnumerator(entry, name) {
    for (const child of dwarf.dieAt(entry).children())
      if (child.tag === TAG.enumerator && child.string(AT.name) === name) return true;
    return false;
  },
});
