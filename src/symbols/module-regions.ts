import type { VAddr } from '../base/address.ts';
import { cString, viewOf } from '../base/bytes.ts';
import { CorruptError } from '../base/errors.ts';
import type { Reader } from './types.ts';

/**
 * Where members of struct module lie, in bytes from its start; from BTF. Exactly one shape of memory and
 * one shape of symbol table is present. `size` is sizeof(struct module).
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

export type ModuleMemoryLayout =
  /** `mem[]` of struct module_memory, one element a kind of memory; since 6.4 (ac3b43283923). */
  | {
      readonly shape: 'memory';
      readonly at: number;
      readonly stride: number;
      readonly count: number;
      readonly base: number;
      readonly size: number;
    }
  /** `core_layout` and `init_layout`, struct module_layout; 4.5 to 6.3 (7523e4dc5057). */
  | {
      readonly shape: 'layout';
      readonly core: number;
      readonly init: number;
      readonly base: number;
      readonly size: number;
      readonly textSize: number;
    }
  /** Loose members, before 4.5. Sizes are unsigned int. */
  | { readonly shape: 'loose'; readonly core: RegionMembers; readonly init: RegionMembers };

interface RegionMembers {
  /** module_core, module_init */
  readonly base: number;
  /** core_size, init_size */
  readonly size: number;
  /** core_text_size, init_text_size */
  readonly textSize: number;
}

export type ModuleSymtabLayout =
  /** Pointer `kallsyms` to, and `core_kallsyms` of, struct mod_kallsyms; since 4.5 (8244062ef1e5). */
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

/** What is known of a module before its symbols are read. */
export interface ModuleFacts {
  /** Address of its struct module. */
  readonly address: VAddr;
  readonly name: string;
  /** Those of non-zero size, in the order of the kernel's array. */
  readonly regions: readonly ModuleRegion[];
  readonly symtab: VAddr;
  readonly symbolCount: number;
  readonly strtab: VAddr;
  readonly percpu: { readonly base: VAddr; readonly size: number } | undefined;
}

/** The module area of x86_64 is 1 to 1.5 GiB; no region is near as large. */
const MAX_REGION = 1 << 30;
/** A symtab entry is 24 bytes and lies in module memory. */
const MAX_MODULE_SYMBOLS = 1 << 20;

/** Reads a struct module. Throws ReadError, or CorruptError when its numbers are impossible. */
export function readModule(reader: Reader, address: VAddr, layouts: ModuleLayouts): ModuleFacts {
  const bytes = reader.read(address, layouts.size).slice();
  const view = viewOf(bytes);
  const word = (offset: number) => view.getBigUint64(offset, true) as VAddr;
  const name = cString(bytes.subarray(layouts.name, layouts.name + layouts.nameLength));
  const regions = readRegions(view, layouts.memory).filter((region) => region.size > 0);
  for (const { size } of regions) {
    if (size > MAX_REGION)
      throw new CorruptError(`module ${name}: a region of ${size} bytes`, address);
  }
  const { symbols, percpu } = layouts;
  const table =
    symbols.shape === 'loose'
      ? {
          symtab: word(symbols.symtab),
          count: view.getUint32(symbols.count, true),
          strtab: word(symbols.strtab),
        }
      : readModKallsyms(reader, view, symbols);
  if (table.count > MAX_MODULE_SYMBOLS) {
    throw new CorruptError(`module ${name}: ${table.count} symbols`, address);
  }
  return {
    address,
    name,
    regions,
    symtab: table.symtab,
    symbolCount: table.count,
    strtab: table.strtab,
    percpu: percpu && { base: word(percpu.base), size: view.getUint32(percpu.size, true) },
  };
}

/**
 * `kallsyms` points at core_kallsyms, except while the module's init function runs: then at a table in init memory
 * that also names the init functions. It is followed when it is anything else than NULL.
 */
function readModKallsyms(
  reader: Reader,
  view: DataView,
  layout: Extract<ModuleSymtabLayout, { shape: 'mod_kallsyms' }>,
) {
  const pointer = view.getBigUint64(layout.pointer, true) as VAddr;
  const length = Math.max(layout.symtab + 8, layout.count + 4, layout.strtab + 8);
  const table =
    pointer === 0n
      ? new DataView(view.buffer, view.byteOffset + layout.core, length)
      : viewOf(reader.read(pointer, length).slice());
  return {
    symtab: table.getBigUint64(layout.symtab, true) as VAddr,
    count: table.getUint32(layout.count, true),
    strtab: table.getBigUint64(layout.strtab, true) as VAddr,
  };
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
