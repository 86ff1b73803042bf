import type { VAddr } from '../base/address.ts';
import { CorruptError, ReadError } from '../base/errors.ts';
import type { AddressTable, KallsymsEncoding } from './kallsyms-addresses.ts';
import type { NameTable } from './kallsyms-names.ts';
import { NameIndex, withoutCloneSuffix } from './name-index.ts';
import type { NameOrder } from './name-order.ts';
import { pickAlias } from './sorted-symbols.ts';
import type { KernelSymbol, KernelTable, SymbolOffset } from './types.ts';

/** Symbols at one address: the starts of many empty sections coincide, a few dozen at most. */
const MAX_EQUALS = 4096;

/** Names found by bisection (some 20 microseconds each) before an index of all names is made. */
const MAX_BISECTIONS = 1000;

/** The name of a symbol whose name lies in a page that is missing. */
export const UNREADABLE_NAME = '(unknown)';

/** The kernel's own symbols as kallsyms has them, decoded from the dump's memory as they are asked for. */
export class Kallsyms implements KernelTable {
  readonly size: number;
  /** Addresses of the tables themselves, by the kernel's names for them. */
  readonly tables: ReadonlyMap<string, VAddr>;
  readonly #names: NameTable;
  readonly #addresses: AddressTable;
  readonly #findOrder: () => NameOrder | undefined;
  /** The kernel's own order by name: undefined until looked for, null when there is none. */
  #order: NameOrder | null | undefined;
  #bisections = 0;
  /** Why an address could not be named. */
  #lostAddresses: string | undefined;
  #index: NameIndex | undefined;

  constructor(
    names: NameTable,
    addresses: AddressTable,
    tables: ReadonlyMap<string, VAddr>,
    findOrder: () => NameOrder | undefined,
  ) {
    this.tables = tables;
    this.#findOrder = findOrder;
    this.#names = names;
    this.#addresses = addresses;
    this.size = names.count;
  }

  /** Called once the encoding is proved: addresses that do not rise are damage from then on. */
  guardOrder(): void {
    this.#addresses.guardOrder();
  }

  get encoding(): KallsymsEncoding {
    return this.#addresses.encoding;
  }

  /** The number of anchors, of up to four, that are in the table under their own names; `_stext` first. */
  proof(anchors: ReadonlyMap<string, VAddr>): number {
    const tried = ['_stext', 'swapper_pg_dir', 'init_uts_ns', ...anchors.keys()]
      .filter((name, i, all) => anchors.has(name) && all.indexOf(name) === i)
      .slice(0, 4);
    let score = 0;
    for (const name of tried) {
      const address = anchors.get(name) as VAddr;
      const index = this.#addresses.lowerBound(address);
      if (index === this.size || this.#addresses.at(index) !== address) continue;
      if (this.#run(index).some((symbol) => symbol.name === name)) score++;
    }
    return score;
  }

  at(address: VAddr): SymbolOffset | undefined {
    return pickAlias(this.aliasesAt(address), address);
  }

  /** One symbol that is {@link UNREADABLE_NAME} where the page of the table with the symbol's address is missing. */
  aliasesAt(address: VAddr): readonly KernelSymbol[] {
    const unknown = [{ name: UNREADABLE_NAME, address, type: '?' }];
    return this.#orLost(() => this.#aliasesAt(address)) ?? unknown;
  }

  /** Undefined where a page of addresses is missing; `lost` says so from then on. */
  #orLost<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      this.#lostAddresses ??= error.message;
      return undefined;
    }
  }

  #aliasesAt(address: VAddr): readonly KernelSymbol[] {
    let index = this.#addresses.lowerBound(address);
    if (index === this.size || this.#addresses.at(index) !== address) index--;
    return index < 0 ? [] : this.#run(this.#firstOf(index));
  }

  *search(text: string): Generator<KernelSymbol> {
    for (const index of this.#names.expandAll().containing(text)) {
      const symbol = this.symbol(index);
      if (symbol.name.includes(text)) yield symbol;
    }
  }

  /** The names that begin with `prefix`, as the table has them, in address order. */
  *completions(prefix: string): Generator<string> {
    for (const index of this.#names.expandAll().startingWith(prefix)) yield this.symbol(index).name;
  }

  named(name: string): KernelSymbol | undefined {
    return this.allNamed(name)[0];
  }

  /** In address order. A name with a clone suffix (`foo.isra.0`) finds that clone only. */
  allNamed(name: string): readonly KernelSymbol[] {
    const cut = withoutCloneSuffix(name);
    const found: KernelSymbol[] = [];
    for (const index of this.#candidates(cut)) {
      const full = this.#names.expand(index).slice(1);
      if (cut === name ? withoutCloneSuffix(full) === name : full === name)
        found.push(this.symbol(index));
    }
    return found;
  }

  /** Ascending numbers of symbols that include all symbols of a name. */
  #candidates(name: string): Iterable<number> {
    if (this.#index === undefined && this.#bisections++ < MAX_BISECTIONS) {
      if (this.#order === undefined) this.#order = this.#findOrder() ?? null;
      const found = this.#inOrder(name);
      if (found !== undefined) return found.sort((a, b) => a - b);
      this.#order = null;
    }
    this.#index ??= new NameIndex(this.#names);
    return this.#index.candidates(name);
  }

  /** By the kernel's own order of names; undefined where there is none, or a page of it is missing. */
  #inOrder(name: string): number[] | undefined {
    try {
      return this.#order?.find(name);
    } catch (error) {
      if (!(error instanceof ReadError || error instanceof CorruptError)) throw error;
      return undefined;
    }
  }

  /** Why names are missing that the table has, as far as that was noticed; undefined when none is. */
  get lost(): string | undefined {
    return this.#lostAddresses ?? this.#names.lost;
  }

  next(symbol: KernelSymbol): KernelSymbol | undefined {
    return this.#orLost(() => this.#next(symbol));
  }

  #next(symbol: KernelSymbol): KernelSymbol | undefined {
    const index = this.#addresses.lowerBound(symbol.address + 1n);
    return index < this.size ? this.#run(index)[0] : undefined;
  }

  previous(symbol: KernelSymbol): KernelSymbol | undefined {
    return this.#orLost(() => this.#previous(symbol));
  }

  #previous(symbol: KernelSymbol): KernelSymbol | undefined {
    const index = this.#addresses.lowerBound(symbol.address);
    const equals = index < this.size ? this.#run(index) : [];
    const place = equals.findIndex((equal) => equal.name === symbol.name);
    if (place > 0) return equals[place - 1];
    return index > 0 ? this.#run(this.#firstOf(index - 1)).at(-1) : undefined;
  }

  *all(): Generator<KernelSymbol> {
    for (const group of this.groups()) yield* group;
  }

  /** Every symbol; those of one address as one group. */
  *groups(): Generator<readonly KernelSymbol[]> {
    this.#names.expandAll();
    for (let index = 0; index < this.size; index = this.#endOf(index)) yield this.#run(index);
  }

  /**
   * Symbol number `index` of the table, {@link UNREADABLE_NAME} where its name lies in a page that is missing. Throws
   * ReadError when its address is not there.
   */
  symbol(index: number): KernelSymbol {
    const text = this.#textOf(index);
    return {
      name: withoutCloneSuffix(text.slice(1)),
      address: this.#addresses.at(index),
      type: text.charAt(0),
    };
  }

  #textOf(index: number): string {
    try {
      return this.#names.expand(index);
    } catch (error) {
      if (!(error instanceof ReadError || error instanceof CorruptError)) throw error;
      return `?${UNREADABLE_NAME}`;
    }
  }

  #firstOf(index: number): number {
    const address = this.#addresses.at(index);
    let first = index;
    while (first > 0 && this.#addresses.at(first - 1) === address) first--;
    return first;
  }

  #endOf(first: number): number {
    const address = this.#addresses.at(first);
    let end = first + 1;
    while (end < this.size && end - first < MAX_EQUALS && this.#addresses.at(end) === address)
      end++;
    return end;
  }

  /** The symbols from `first` on that share its address, ordered by full name as crash orders them. */
  #run(first: number): readonly KernelSymbol[] {
    const end = this.#endOf(first);
    if (end - first === 1) return [this.symbol(first)];
    const keyed: { text: string; symbol: KernelSymbol }[] = [];
    for (let index = first; index < end; index++) {
      keyed.push({ text: this.#textOf(index).slice(1), symbol: this.symbol(index) });
    }
    keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    return keyed.map((entry) => entry.symbol);
  }
}
