import { plus, type VAddr } from '../base/address.ts';
import { exportSymbols } from './exports.ts';
import type { Kallsyms } from './kallsyms.ts';
import { SECTION_LABELS, sectionLabel, sectionsAmong } from './sections.ts';
import { byPlace, pickAlias, upperBound } from './sorted-symbols.ts';
import type { KernelSymbol, KernelTable, Reader, SymbolOffset } from './types.ts';

/** Names that are found only after all of {@link VmlinuxView}'s additions are made. */
const ADDED_NAME = /^(?:__crc_|__kstrtab|init_per_cpu__)/;
/** The labels around a vmlinux's symbols of exports, which kallsyms leaves out. */
const AMONG_EXPORTS: ReadonlySet<string> = new Set(
  ['start', 'stop'].flatMap((edge) =>
    ['kcrctab', 'kcrctab_gpl', 'ksymtab', 'ksymtab_gpl'].map((table) => `__${edge}___${table}`),
  ),
);
/** Per-CPU variables that have a second symbol where the boot CPU's copy is loaded; arch/x86/kernel/vmlinux.lds.S, to 6.14. */
const INIT_PER_CPU = [
  'gdt_page',
  'fixed_percpu_data',
  'irq_stack_union',
  'irq_stack_backing_store',
];

/**
 * A vmlinux's symbol table, made from kallsyms and what it leaves out: sections, the tables of kallsyms themselves, and
 * `__crc_`, `__kstrtab_` and `__kstrtabns_` of every export. crash reads a vmlinux, so its lists and nearest symbols
 * have them. The compiler's nameless `.LC` labels are still left out. `size` is that of kallsyms.
 */
export class VmlinuxView implements KernelTable {
  readonly #kallsyms: Kallsyms;
  readonly #reader: Reader;
  /** The tables of kallsyms, by address. */
  readonly #tables: readonly KernelSymbol[];
  #added: readonly KernelSymbol[] | undefined;

  constructor(kallsyms: Kallsyms, reader: Reader) {
    this.#kallsyms = kallsyms;
    this.#reader = reader;
    this.#tables = [...kallsyms.tables]
      .map(([name, address]): KernelSymbol => ({ name, address, type: 'D' }))
      .sort(byPlace);
  }

  get lost(): string | undefined {
    return this.#kallsyms.lost;
  }

  get size(): number {
    return this.#kallsyms.size;
  }

  at(address: VAddr): SymbolOffset | undefined {
    return pickAlias(this.aliasesAt(address), address);
  }

  aliasesAt(address: VAddr): readonly KernelSymbol[] {
    const known = this.#kallsyms.aliasesAt(address);
    const added = this.#addedNear(known);
    const nearest = nearestIn(added, address);
    const here = known[0]?.address ?? -1n;
    const there = nearest[0]?.address ?? -1n;
    if (there > here) return nearest;
    return withSections(known, there === here ? nearest : []);
  }

  named(name: string): KernelSymbol | undefined {
    return this.allNamed(name)[0];
  }

  allNamed(name: string): readonly KernelSymbol[] {
    const label = sectionLabel(name);
    if (label !== undefined) {
      return sectionsAmong(this.#kallsyms.allNamed(label)).filter((symbol) => symbol.name === name);
    }
    const known = this.#kallsyms.allNamed(name);
    const added = ADDED_NAME.test(name) ? this.#all() : this.#tables;
    const more = added.filter((symbol) => symbol.name === name);
    return more.length === 0 ? known : [...known, ...more].sort(byPlace);
  }

  next(symbol: KernelSymbol): KernelSymbol | undefined {
    const known = this.#kallsyms.next(symbol);
    const near = this.#addedNear(this.#kallsyms.aliasesAt(symbol.address));
    const added = near.find((other) => other.address > symbol.address);
    const address = least(known?.address, added?.address);
    return address === undefined ? undefined : this.aliasesAt(address)[0];
  }

  previous(symbol: KernelSymbol): KernelSymbol | undefined {
    const equals = this.aliasesAt(symbol.address);
    const place = equals.findIndex(
      (equal) => equal.name === symbol.name && equal.address === symbol.address,
    );
    if (place > 0) return equals[place - 1];
    return symbol.address === 0n ? undefined : this.aliasesAt(plus(symbol.address, -1)).at(-1);
  }

  *all(): Generator<KernelSymbol> {
    const added = this.#all();
    let place = 0;
    for (const equals of this.#kallsyms.groups()) {
      const address = (equals[0] as KernelSymbol).address;
      for (
        let next = added[place];
        next !== undefined && next.address < address;
        next = added[++place]
      )
        yield next;
      const same: KernelSymbol[] = [];
      for (let next = added[place]; next?.address === address; next = added[++place])
        same.push(next);
      yield* withSections(equals, same);
    }
    yield* added.slice(place);
  }

  *search(text: string): Generator<KernelSymbol> {
    const more = [...this.#all(), ...this.#sections()]
      .filter(({ name }) => name.includes(text))
      .sort(byPlace);
    let place = 0;
    let last: bigint | undefined;
    let equals: KernelSymbol[] = [];
    for (const symbol of this.#kallsyms.search(text)) {
      if (symbol.address !== last) {
        yield* equals.sort(byPlace);
        equals = [];
        last = symbol.address;
        for (
          let next = more[place];
          next !== undefined && next.address < last;
          next = more[++place]
        )
          yield next;
        for (let next = more[place]; next?.address === last; next = more[++place])
          equals.push(next);
      }
      equals.push(symbol);
    }
    yield* equals.sort(byPlace);
    yield* more.slice(place);
  }

  *completions(prefix: string): Generator<string> {
    yield* this.#kallsyms.completions(prefix);
    for (const { name } of ADDED_NAME.test(prefix) ? this.#all() : this.#tables) {
      if (name.startsWith(prefix)) yield name;
    }
  }

  /** The additions between some symbols of kallsyms and the next; exports need all of them. */
  #addedNear(known: readonly KernelSymbol[]): readonly KernelSymbol[] {
    return known.some(({ name }) => AMONG_EXPORTS.has(name)) ? this.#all() : this.#tables;
  }

  /** All additions by address, except the sections. */
  #all(): readonly KernelSymbol[] {
    this.#added ??= [
      ...this.#tables,
      ...exportSymbols(this.#reader, this.#kallsyms),
      ...this.#initPerCpu(),
    ].sort(byPlace);
    return this.#added;
  }

  #sections(): KernelSymbol[] {
    return sectionsAmong(SECTION_LABELS.flatMap((label) => this.#kallsyms.allNamed(label)));
  }

  #initPerCpu(): KernelSymbol[] {
    const load = this.#kallsyms.named('__per_cpu_load')?.address;
    if (load === undefined) return [];
    return INIT_PER_CPU.flatMap((name) => {
      const offset = this.#kallsyms.named(name)?.address;
      if (offset === undefined || offset >= load) return [];
      return [{ name: `init_per_cpu__${name}`, address: plus(load, offset), type: 'A' }];
    });
  }
}

function withSections(
  known: readonly KernelSymbol[],
  added: readonly KernelSymbol[],
): readonly KernelSymbol[] {
  const sections = sectionsAmong(known);
  if (sections.length === 0 && added.length === 0) return known;
  return [...known, ...added, ...sections].sort(byPlace);
}

function nearestIn(sorted: readonly KernelSymbol[], address: VAddr): readonly KernelSymbol[] {
  const passed = upperBound(sorted, address);
  const nearest = sorted[passed - 1];
  if (nearest === undefined) return [];
  let first = passed - 1;
  while (first > 0 && sorted[first - 1]?.address === nearest.address) first--;
  return sorted.slice(first, passed);
}

const least = (a: VAddr | undefined, b: VAddr | undefined): VAddr | undefined =>
  a === undefined ? b : b === undefined ? a : a < b ? a : b;
