import { type VAddr, va } from '../base/address.ts';
import { UNREADABLE_NAME } from './kallsyms.ts';
import type { ModuleSymbols } from './modules.ts';
import { pickAlias } from './sorted-symbols.ts';
import type { KernelSymbol, KernelTable, SymbolOffset, SymbolSource } from './types.ts';

/** The parts of {@link KernelSymbols}. */
export interface KernelSymbolsParts {
  /** kallsyms, a vmlinux's symbol table or a System.map. */
  readonly kernel: KernelTable;
  /** The loaded modules in any order; called once, when an address or a name is no kernel symbol's. */
  readonly modules?: () => readonly ModuleSymbols[];
  /** Called when a question would have needed the modules that could not be read; with the address that was asked for. */
  readonly missedModule?: (address?: VAddr) => void;
  /** Called when the name of an address was asked for that cannot be read. */
  readonly unnamed?: () => void;
  /** KERNELOFFSET: how far KASLR moved the image; 0 when it did not. */
  readonly kernelOffset?: bigint;
  /**
   * Whether a per-CPU variable is `static`, as BTF's variable linkage says: kallsyms writes `A` for all, a vmlinux `d`
   * or `D`. Undefined for an unknown name, which is shown as `D`.
   */
  readonly isStaticPercpu?: (name: string) => boolean | undefined;
}

/**
 * All symbols of a dead kernel as crash 8 sees them: the kernel's own, then its modules'. What crash leaves out
 * is left out: absolute symbols other than per-CPU ones, and anything below the kernel image that is neither.
 */
export class KernelSymbols implements SymbolSource {
  readonly kernel: KernelTable;
  readonly #parts: KernelSymbolsParts;
  #modules: readonly ModuleSymbols[] | undefined;
  #sortedModules: readonly KernelSymbol[] | undefined;
  #image:
    | {
        readonly percpuEnd: bigint;
        readonly start: bigint;
        readonly linked: bigint;
        readonly last: bigint;
      }
    | undefined;
  #text: readonly (readonly [bigint, bigint])[] | undefined;

  constructor(parts: KernelSymbolsParts) {
    this.#parts = parts;
    this.kernel = parts.kernel;
  }

  /** The modules by address of their code. */
  get modules(): readonly ModuleSymbols[] {
    if (this.#modules === undefined) {
      const base = (module: ModuleSymbols) => module.facts.regions[0]?.base ?? 0n;
      const order = (a: ModuleSymbols, b: ModuleSymbols) =>
        base(a) < base(b) ? -1 : base(a) > base(b) ? 1 : 0;
      this.#modules = [...(this.#parts.modules?.() ?? [])].sort(order);
    }
    return this.#modules;
  }

  /** For who has listed them all: says which modules could not be read. */
  tellMissedModules(): void {
    this.#parts.missedModule?.();
  }

  get size(): number {
    let size = this.kernel.size;
    for (const module of this.modules)
      for (const { symbols } of module.regions()) size += symbols.length;
    return size;
  }

  /** The module whose memory holds an address. */
  moduleAt(address: VAddr): ModuleSymbols | undefined {
    const found = this.modules.find((module) => module.regionOf(address) !== undefined);
    if (!found) this.#parts.missedModule?.(address);
    return found;
  }

  moduleNamed(name: string): ModuleSymbols | undefined {
    return this.modules.find((module) => module.name === name);
  }

  /**
   * Whether crash would name an address: in the kernel's symbol range, or in a module. crash says yes also between the
   * address that the image was linked for and where KASLR put it.
   */
  inRange(address: VAddr): boolean {
    const { linked, last } = this.#bounds();
    return (address >= linked && address <= last) || this.moduleAt(address) !== undefined;
  }

  at(address: VAddr): SymbolOffset | undefined {
    const { linked, last } = this.#bounds();
    if (address >= linked && address <= last) {
      const equals = this.kernel
        .aliasesAt(this.#nearestShown(address))
        .map((symbol) => this.#shown(symbol));
      const found = pickAlias(equals, address);
      if (found?.symbol.name === UNREADABLE_NAME) this.#parts.unnamed?.();
      return found;
    }
    return this.moduleAt(address)?.at(address);
  }

  named(name: string): KernelSymbol | undefined {
    return this.kernelNamed(name) ?? this.allNamed(name)[0];
  }

  /**
   * The kernel's own symbol of that name. For the question whether this kernel has some variable: {@link named} would
   * also read the types and every module's symbols before it says no.
   */
  kernelNamed(name: string): KernelSymbol | undefined {
    const kernel = this.kernel.named(name);
    return kernel !== undefined && this.#isShown(kernel) ? this.#shown(kernel) : undefined;
  }

  allNamed(name: string): readonly KernelSymbol[] {
    const found = this.kernel
      .allNamed(name)
      .filter((symbol) => this.#isShown(symbol))
      .map((symbol) => this.#shown(symbol));
    const inModules: KernelSymbol[] = [];
    for (const module of this.modules) inModules.push(...module.named(name));
    if (found.length === 0 && inModules.length === 0) this.#parts.missedModule?.();
    return [...found, ...inModules.sort(byAddress)];
  }

  /** The first symbol at a higher address (in a module: the next entry), as `sym -n` steps. */
  next(symbol: KernelSymbol): KernelSymbol | undefined {
    if (symbol.module !== undefined) return this.#inModules(symbol, 1);
    const next = this.kernel.next(symbol);
    if (next !== undefined) return this.#isShown(next) ? this.#shown(next) : this.#firstShown();
    return this.#moduleSymbols()[0];
  }

  /** The entry before, at the same address or a lower one, as `sym -p` steps. */
  previous(symbol: KernelSymbol): KernelSymbol | undefined {
    if (symbol.module !== undefined) return this.#inModules(symbol, -1);
    let previous = this.kernel.previous(symbol);
    if (previous !== undefined && !this.#isShown(previous)) {
      previous = this.kernel.aliasesAt(this.#nearestShown(previous.address)).at(-1);
    }
    return previous && this.#isShown(previous) ? this.#shown(previous) : undefined;
  }

  /** The kernel's symbols by address, then the modules', module by module; crash's marks of modules are not among them. */
  *all(): Generator<KernelSymbol> {
    for (const symbol of this.kernel.all()) if (this.#isShown(symbol)) yield this.#shown(symbol);
    if (this.kernel.lost !== undefined) this.#parts.unnamed?.();
    for (const module of this.modules) yield* module.all();
    this.tellMissedModules();
  }

  /** Symbols whose name contains `text`: the kernel's by address, then module by module. */
  *search(text: string): Generator<KernelSymbol> {
    for (const symbol of this.kernel.search(text))
      if (this.#isShown(symbol)) yield this.#shown(symbol);
    for (const module of this.modules) {
      for (const symbol of module.all()) if (symbol.name.includes(text)) yield symbol;
    }
    this.tellMissedModules();
  }

  /** Names that begin with `prefix`, for completion: the kernel's, then the modules'. One name may come more than once. */
  *completions(prefix: string): Generator<string> {
    yield* this.kernel.completions(prefix);
    for (const { name } of this.#moduleSymbols()) if (name.startsWith(prefix)) yield name;
  }

  /**
   * Whether code can lie at this address: in the kernel's or a module's text, or where the nearest symbol is a
   * function.
   */
  isText(address: VAddr): boolean {
    for (const [start, end] of this.textRanges())
      if (address >= start && address < end) return true;
    const module = this.moduleAt(address);
    if (module?.isText(address)) return true;
    const type = this.at(address)?.symbol.type;
    return type === 't' || type === 'T';
  }

  /** The kernel's own code: text, init and exit text; half-open. */
  textRanges(): readonly (readonly [bigint, bigint])[] {
    if (this.#text === undefined) {
      const ranges: [bigint, bigint][] = [];
      for (const [from, to] of [
        ['_text', '_etext'],
        ['_stext', '_etext'],
        ['_sinittext', '_einittext'],
      ] as const) {
        const start = this.kernel.named(from)?.address;
        const end = this.kernel.named(to)?.address;
        if (start !== undefined && end !== undefined && start < end) ranges.push([start, end]);
      }
      this.#text = ranges;
    }
    return this.#text;
  }

  #bounds() {
    if (this.#image === undefined) {
      const highest = this.kernel.aliasesAt(va(-1n))[0]?.address ?? 0n;
      const text = this.kernel.named('_text') ?? this.kernel.named('_stext');
      const start = text?.address ?? 0n;
      const percpuEnd = this.kernel.named('__per_cpu_end')?.address ?? 0n;
      // Without per-CPU symbols below it, addresses below the image have no names.
      const linked = percpuEnd < start ? start - (this.#parts.kernelOffset ?? 0n) : start;
      this.#image = { percpuEnd, start, linked, last: highest };
    }
    return this.#image;
  }

  /** Below the image only per-CPU symbols are shown, so the gap belongs to the last of them. */
  #nearestShown(address: VAddr): VAddr {
    const { start, percpuEnd } = this.#bounds();
    return address < start && address > percpuEnd ? va(percpuEnd) : address;
  }

  #isShown(symbol: KernelSymbol): boolean {
    const { start, percpuEnd } = this.#bounds();
    return symbol.address >= start || symbol.address <= percpuEnd;
  }

  #shown(symbol: KernelSymbol): KernelSymbol {
    if (symbol.type !== 'A' && symbol.type !== 'a') return symbol;
    const { start, percpuEnd } = this.#bounds();
    if (symbol.address >= start || symbol.address > percpuEnd) return symbol;
    const { isStaticPercpu } = this.#parts;
    const { name } = symbol;
    return {
      name,
      address: symbol.address,
      // Computed at first use: types may have to be read for it.
      get type() {
        return isStaticPercpu?.(name) ? 'd' : 'D';
      },
    };
  }

  #firstShown(): KernelSymbol | undefined {
    return this.kernel.aliasesAt(va(this.#bounds().start))[0];
  }

  #moduleSymbols(): readonly KernelSymbol[] {
    this.#sortedModules ??= this.modules.flatMap((module) => [...module.all()]).sort(byAddress);
    return this.#sortedModules;
  }

  #inModules(symbol: KernelSymbol, step: 1 | -1): KernelSymbol | undefined {
    const all = this.#moduleSymbols();
    const place = all.findIndex(
      (other) => other.address === symbol.address && other.name === symbol.name,
    );
    if (place < 0) return undefined;
    return all[place + step];
  }
}

const byAddress = (a: KernelSymbol, b: KernelSymbol): number =>
  a.address < b.address ? -1 : a.address > b.address ? 1 : 0;
