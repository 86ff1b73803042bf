import { plus, type VAddr } from '../base/address.ts';
import { cString, viewOf } from '../base/bytes.ts';
import { KSYM_NAME_LEN } from './kallsyms-tokens.ts';
import type { ModuleFacts, ModuleRegion, ModuleTable } from './module-regions.ts';
import { withoutCloneSuffix } from './name-index.ts';
import { upperBound } from './sorted-symbols.ts';
import type { KernelSymbol, Reader, SymbolOffset } from './types.ts';

/** sizeof(Elf64_Sym). */
const ENTRY = 24;
/** The symbols of one region of a module, between crash's own marks for its start and end. */
export interface ModuleRegionSymbols {
  readonly region: ModuleRegion;
  /** `_MODULE_START_name`; `_MODULE_TEXT_START_name` since 6.4. Its type is `m`. */
  readonly start: KernelSymbol;
  readonly end: KernelSymbol;
  /** Ascending by address; at equal addresses in the order of the module's symtab. */
  readonly symbols: readonly KernelSymbol[];
}

/**
 * The symbols of one module, from the symtab that the kernel keeps for kallsyms (struct mod_kallsyms,
 * kernel/module/kallsyms.c). Read at first use; throws ReadError when the symtab is not in the dump.
 */
export class ModuleSymbols {
  readonly facts: ModuleFacts;
  readonly #reader: Reader;
  #regions: readonly ModuleRegionSymbols[] | undefined;
  #init: readonly ModuleRegionSymbols[] | undefined;

  constructor(reader: Reader, facts: ModuleFacts) {
    this.#reader = reader;
    this.facts = facts;
  }

  get name(): string {
    return this.facts.name;
  }

  /** The region that holds an address. */
  regionOf(address: VAddr): ModuleRegion | undefined {
    return this.facts.regions.find(
      ({ base, size }) => address >= base && address < base + BigInt(size),
    );
  }

  isText(address: VAddr): boolean {
    const region = this.regionOf(address);
    if (region === undefined) return false;
    // Before 6.4 crash takes all of the init memory for code.
    return region.tag === 'INIT' || address < region.base + BigInt(region.textSize);
  }

  /** Symbols by region, in the order of `facts.regions`. */
  regions(): readonly ModuleRegionSymbols[] {
    this.#regions ??= this.#read(this.facts.table, this.facts.regions);
    return this.#regions;
  }

  /** Every symbol, without the marks. */
  *all(): Generator<KernelSymbol> {
    for (const { symbols } of this.regions()) yield* symbols;
  }

  /**
   * The symbols of a name: crash's marks count. While a module starts, the symbols of its init memory have names that
   * crash does not show; this method finds them.
   */
  named(name: string): readonly KernelSymbol[] {
    const found: KernelSymbol[] = [];
    for (const { symbols, start, end } of [...this.regions(), ...this.#initSymbols()]) {
      for (const symbol of symbols) if (symbol.name === name) found.push(symbol);
      if (start.name === name && !found.some((other) => other.name === name)) found.push(start);
      if (end.name === name && !found.some((other) => other.name === name)) found.push(end);
    }
    return found;
  }

  /**
   * The symbol that names an address of this module. Inside a symbol it is the last at the nearest address; at a
   * symbol's own address the first, except that one named `.something` is skipped for its neighbour. Below the first
   * symbol of a region it is the region's start mark.
   */
  at(address: VAddr): SymbolOffset | undefined {
    const region = this.regionOf(address);
    if (region === undefined) return undefined;
    const read = region.init && this.facts.initTable ? this.#initSymbols() : this.regions();
    const within = read.find((other) => other.region === region);
    if (within === undefined) return undefined;
    const { symbols, start } = within;
    const after = upperBound(symbols, address);
    const nearest = symbols[after - 1] ?? start;
    const offset = Number(address - nearest.address);
    if (offset !== 0 || after === 0) return { symbol: nearest, offset };
    let first = after - 1;
    while (first > 0 && symbols[first - 1]?.address === address) first--;
    if (symbols[first]?.name.startsWith('.') && first + 1 < after) first++;
    return { symbol: symbols[first] as KernelSymbol, offset: 0 };
  }

  /** The init regions with the names that only the init table has; none once the module runs. */
  #initSymbols(): readonly ModuleRegionSymbols[] {
    const { initTable, regions } = this.facts;
    if (initTable === undefined) return [];
    this.#init ??= this.#read(
      initTable,
      regions.filter((region) => region.init),
    );
    return this.#init;
  }

  #read(table: ModuleTable, regions: readonly ModuleRegion[]): ModuleRegionSymbols[] {
    const found = regions.map((): KernelSymbol[] => []);
    for (const symbol of this.#symtab(table)) {
      const region = this.regionOf(symbol.address);
      if (region !== undefined) found[regions.indexOf(region)]?.push(symbol);
    }
    return regions.map((region, i) => {
      const symbols = found[i] as KernelSymbol[];
      // Equal addresses keep the table's order.
      symbols.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
      const mark = (edge: 'START' | 'END', address: VAddr): KernelSymbol => ({
        name: `_MODULE_${region.tag === '' ? '' : `${region.tag}_`}${edge}_${this.name}`,
        address,
        type: 'm',
        module: this.name,
      });
      const end = plus(region.base, region.size);
      return { region, start: mark('START', region.base), end: mark('END', end), symbols };
    });
  }

  /** Entries that lie in the module. Per-CPU, absolute and undefined ones do not: crash leaves them out. */
  *#symtab({ symtab, count, strtab }: ModuleTable): Generator<KernelSymbol> {
    if (count < 2 || symtab === 0n) return;
    const view = viewOf(this.#reader.read(symtab, count * ENTRY).slice());
    const names = this.#names(strtab, view, count);
    // Entry 0 of an ELF symbol table is empty.
    for (let at = ENTRY; at < view.byteLength; at += ENTRY) {
      const start = view.getUint32(at, true);
      const undefinedSection = view.getUint16(at + 6, true) === 0;
      const address = view.getBigUint64(at + 8, true) as VAddr;
      if (undefinedSection || start >= names.length || this.regionOf(address) === undefined)
        continue;
      const name = cString(names.subarray(start, start + KSYM_NAME_LEN));
      if (name === '') continue;
      const type = letter(view.getUint8(at + 4));
      const size = Number(view.getBigUint64(at + 16, true));
      yield { name: withoutCloneSuffix(name), address, type, module: this.name, size };
    }
  }

  /** The strtab, whose size is not recorded: up to the last name used, within its region. */
  #names(strtab: VAddr, view: DataView, count: number): Uint8Array {
    const region = this.regionOf(strtab);
    if (region === undefined) return new Uint8Array(0);
    let last = 0;
    for (let i = 1; i < count; i++) last = Math.max(last, view.getUint32(i * ENTRY, true));
    const room = Number(region.base + BigInt(region.size) - strtab);
    return this.#reader.read(strtab, Math.min(last + KSYM_NAME_LEN, room)).slice();
  }
}

/**
 * crash's letter for st_info. Before 5.0 (5439c985c5a8, module: Overwrite st_size instead of st_info) the kernel kept
 * nm's letter there; since then it is ELF's own: a function is `t` or, when global, `T`, and crash does not tell data
 * apart.
 */
function letter(info: number): string {
  if (info >= 0x20 && info < 0x7f) return String.fromCharCode(info);
  return info === 0x02 ? 't' : info === 0x12 ? 'T' : '?';
}
