import { plus, type VAddr } from '../base/address.ts';
import { cString, viewOf } from '../base/bytes.ts';
import { ReadError } from '../base/errors.ts';
import type { Reader } from './types.ts';

/**
 * Offsets of members of struct module, in bytes; from BTF. Exactly one shape of memory and one shape of symbol table is
 * present. `size` is sizeof(struct module).
 */
export interface ModuleLayouts {
  readonly size: number;
  readonly name: number;
  /** MODULE_NAME_LEN: 56 on 64-bit. */
  readonly nameLength: number;
  readonly memory: ModuleMemoryLayout;
  readonly symbols: ModuleSymtabLayout;
  /** `percpu` and `percpu_size`, where per-CPU data is configured. */
  readonly percpu?: { readonly base: number; readonly size: number } | undefined;
}

/** Offsets of a module's memory, by shape. */
export type ModuleMemoryLayout =
  /**
   * `mem[]` of struct module_memory, one element a kind of memory; since 6.4 (ac3b43283923, module: replace
   * module_layout with module_memory).
   */
  | {
      readonly shape: 'memory';
      readonly at: number;
      readonly stride: number;
      readonly count: number;
      readonly base: number;
      readonly size: number;
    }
  /**
   * `core_layout` and `init_layout`, struct module_layout; since 4.5 (7523e4dc5057, module: use a structure to
   * encapsulate layout.), up to 6.3.
   */
  | {
      readonly shape: 'layout';
      readonly core: number;
      readonly init: number;
      readonly base: number;
      readonly size: number;
      readonly textSize: number;
    }
  /** Separate members, before 4.5. Sizes are unsigned int. */
  | { readonly shape: 'loose'; readonly core: RegionMembers; readonly init: RegionMembers };

interface RegionMembers {
  /** module_core, module_init */
  readonly base: number;
  /** core_size, init_size */
  readonly size: number;
  /** core_text_size, init_text_size */
  readonly textSize: number;
}

/** Offsets of a module's symbol table, by shape. */
export type ModuleSymtabLayout =
  /**
   * Pointer `kallsyms` to, and `core_kallsyms` of, struct mod_kallsyms; since 4.5 (8244062ef1e5, modules: fix
   * longstanding /proc/kallsyms vs module insertion race.).
   */
  | {
      readonly shape: 'mod_kallsyms';
      readonly pointer: number;
      readonly core: number;
      readonly symtab: number;
      readonly count: number;
      readonly strtab: number;
    }
  /** Members of struct module itself, before 4.5. */
  | {
      readonly shape: 'loose';
      readonly symtab: number;
      readonly count: number;
      readonly strtab: number;
    };

/** crash's names of the kinds of module memory, by enum mod_mem_type (include/linux/module.h, 6.4). */
export const MODULE_MEMORY_TAGS = [
  'TEXT',
  'DATA',
  'RODATA',
  'RO_AFTER_INIT',
  'INIT_TEXT',
  'INIT_DATA',
  'INIT_RODATA',
] as const;

/** One stretch of a module's memory. */
export interface ModuleRegion {
  /** `TEXT`, `DATA` ... since 6.4; `''` (core) and `INIT` before: crash's `_MODULE_${tag}_START_name`. */
  readonly tag: string;
  readonly base: VAddr;
  readonly size: number;
  /** Bytes from `base` on that hold code. */
  readonly textSize: number;
  /** Freed once the module has started. */
  readonly init: boolean;
}

/** A module's ELF symbol table in memory. */
export interface ModuleTable {
  readonly symtab: VAddr;
  readonly count: number;
  readonly strtab: VAddr;
}

/** Facts about a module that need no symbols. */
export interface ModuleFacts {
  /** Address of its struct module. */
  readonly address: VAddr;
  readonly name: string;
  /** Those of non-zero size, in the order of the kernel's array. */
  readonly regions: readonly ModuleRegion[];
  /** The table that is kept for as long as the module is loaded. */
  readonly table: ModuleTable;
  /** The table that names init's symbols as well; present while the init function runs. */
  readonly initTable: ModuleTable | undefined;
  readonly percpu: { readonly base: VAddr; readonly size: number } | undefined;
}

/** The module area of x86_64 is 1 to 1.5 GiB; no region is near as large. */
const MAX_REGION = 1 << 30;
/** sizeof(Elf64_Sym). */
const ELF_SYMBOL = 24;
/** A symtab lies in module memory. */
const MAX_MODULE_SYMBOLS = 1 << 20;

/** Reads a struct module. Throws ReadError, or CorruptError when its numbers are impossible. */
export function readModule(
  reader: Reader,
  address: VAddr,
  layouts: ModuleLayouts,
  onProblem: (problem: string) => void,
): ModuleFacts {
  const bytes = reader.read(address, layouts.size).slice();
  const view = viewOf(bytes);
  const word = (offset: number) => view.getBigUint64(offset, true) as VAddr;
  const name = cString(bytes.subarray(layouts.name, layouts.name + layouts.nameLength));
  const regions = readRegions(view, layouts.memory)
    .filter((region) => region.size > 0)
    .map((region) => {
      if (region.size <= MAX_REGION) return region;
      onProblem(`module ${name}: a region of ${region.size} bytes cannot be one`);
      return { ...region, size: MAX_REGION };
    });
  const { symbols, percpu } = layouts;
  const loose = (at: { symtab: number; count: number; strtab: number }): ModuleTable => ({
    symtab: word(at.symtab),
    count: view.getUint32(at.count, true),
    strtab: word(at.strtab),
  });
  const known =
    symbols.shape === 'loose'
      ? { table: loose(symbols), initTable: undefined }
      : modKallsyms(reader, view, address, symbols);
  const bounded = (table: ModuleTable): ModuleTable => {
    const most = roomForSymbols(table, regions);
    if (table.count <= most) return table;
    onProblem(`module ${name}: num_symtab is ${table.count}, and its symtab has room for ${most}`);
    return { ...table, count: most };
  };
  return {
    address,
    name,
    regions,
    table: bounded(known.table),
    initTable: known.initTable && bounded(known.initTable),
    percpu: percpu && { base: word(percpu.base), size: view.getUint32(percpu.size, true) },
  };
}

/** Entries that a symtab has room for: to its strtab, which follows it (layout_symtab), and to the end of its region. */
function roomForSymbols({ symtab, strtab }: ModuleTable, regions: readonly ModuleRegion[]): number {
  const region = regions.find(({ base, size }) => symtab >= base && symtab < base + BigInt(size));
  if (!region) return MAX_MODULE_SYMBOLS;
  const end = region.base + BigInt(region.size);
  const limit = strtab > symtab && strtab < end ? strtab : end;
  return Math.min(MAX_MODULE_SYMBOLS, Math.floor(Number(limit - symtab) / ELF_SYMBOL));
}

/**
 * `kallsyms` points at core_kallsyms, except while the module's init function runs: then at a table in init memory. Where
 * that memory is not in the dump there is no init table.
 */
function modKallsyms(
  reader: Reader,
  view: DataView,
  address: VAddr,
  layout: Extract<ModuleSymtabLayout, { shape: 'mod_kallsyms' }>,
): { table: ModuleTable; initTable: ModuleTable | undefined } {
  const length = Math.max(layout.symtab + 8, layout.count + 4, layout.strtab + 8);
  const parse = (from: DataView, at: number): ModuleTable => ({
    symtab: from.getBigUint64(at + layout.symtab, true) as VAddr,
    count: from.getUint32(at + layout.count, true),
    strtab: from.getBigUint64(at + layout.strtab, true) as VAddr,
  });
  const table = parse(view, layout.core);
  const pointer = view.getBigUint64(layout.pointer, true) as VAddr;
  if (pointer === 0n || pointer === plus(address, layout.core))
    return { table, initTable: undefined };
  try {
    return { table, initTable: parse(viewOf(reader.read(pointer, length).slice()), 0) };
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return { table, initTable: undefined };
  }
}

function readRegions(view: DataView, layout: ModuleMemoryLayout): ModuleRegion[] {
  const word = (offset: number) => view.getBigUint64(offset, true) as VAddr;
  const u32 = (offset: number) => view.getUint32(offset, true);
  if (layout.shape === 'memory') {
    return MODULE_MEMORY_TAGS.slice(0, layout.count).map((tag, i) => {
      const at = layout.at + i * layout.stride;
      const size = u32(at + layout.size);
      const text = tag === 'TEXT' || tag === 'INIT_TEXT';
      return { tag, base: word(at + layout.base), size, textSize: text ? size : 0, init: i >= 4 };
    });
  }
  const members = (at: number): RegionMembers =>
    layout.shape === 'layout'
      ? { base: at + layout.base, size: at + layout.size, textSize: at + layout.textSize }
      : { base: 0, size: 0, textSize: 0 };
  const core = layout.shape === 'loose' ? layout.core : members(layout.core);
  const init = layout.shape === 'loose' ? layout.init : members(layout.init);
  const region = (tag: string, at: RegionMembers, isInit: boolean): ModuleRegion => ({
    tag,
    base: word(at.base),
    size: u32(at.size),
    textSize: u32(at.textSize),
    init: isInit,
  });
  return [region('', core, false), region('INIT', init, true)];
}
