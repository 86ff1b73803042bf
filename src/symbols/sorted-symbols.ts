import { plus, type VAddr } from '../base/address.ts';
import { countBefore } from '../base/sorted.ts';
import { withoutCloneSuffix } from './name-index.ts';
import type { KernelSymbol, KernelTable, SymbolOffset } from './types.ts';

/** A symbol as a file has it: its name with any clone suffix, its address as linked. */
export interface FileSymbol {
  readonly name: string;
  readonly address: VAddr;
  readonly type: string;
  readonly size?: number;
}

/** The symbols of a file, in any order, and the addresses between which the kernel's image was linked. */
export interface SymbolFile {
  readonly symbols: readonly FileSymbol[];
  readonly image: { readonly start: bigint; readonly end: bigint };
}

/** A table of symbols in memory, made of a vmlinux or a System.map. */
export class SortedSymbols implements KernelTable {
  readonly #symbols: readonly KernelSymbol[];
  #byName: Map<string, KernelSymbol[]> | undefined;

  /** The symbols of the image move by `shift` (KASLR; 0 for none), the others stay where they are. */
  constructor({ symbols, image }: SymbolFile, shift: bigint) {
    const kept = keptByCrash([...symbols].sort(byPlace));
    this.#symbols = kept.map((symbol) => {
      const moves = symbol.address >= image.start && symbol.address <= image.end;
      return {
        ...symbol,
        name: withoutCloneSuffix(symbol.name),
        address: moves ? plus(symbol.address, shift) : symbol.address,
      };
    });
  }

  get size(): number {
    return this.#symbols.length;
  }

  at(address: VAddr): SymbolOffset | undefined {
    return pickAlias(this.aliasesAt(address), address);
  }

  aliasesAt(address: VAddr): readonly KernelSymbol[] {
    const end = upperBound(this.#symbols, address);
    const nearest = this.#symbols[end - 1];
    if (nearest === undefined) return [];
    let first = end - 1;
    while (first > 0 && this.#symbols[first - 1]?.address === nearest.address) first--;
    return this.#symbols.slice(first, end);
  }

  named(name: string): KernelSymbol | undefined {
    return this.allNamed(name)[0];
  }

  allNamed(name: string): readonly KernelSymbol[] {
    if (this.#byName === undefined) {
      this.#byName = new Map();
      for (const symbol of this.#symbols) {
        const known = this.#byName.get(symbol.name);
        if (known === undefined) this.#byName.set(symbol.name, [symbol]);
        else known.push(symbol);
      }
    }
    return this.#byName.get(name) ?? [];
  }

  next(symbol: KernelSymbol): KernelSymbol | undefined {
    return this.#symbols[upperBound(this.#symbols, symbol.address)];
  }

  previous(symbol: KernelSymbol): KernelSymbol | undefined {
    for (let place = upperBound(this.#symbols, symbol.address) - 1; place >= 0; place--) {
      const other = this.#symbols[place] as KernelSymbol;
      if (other.address < symbol.address) return undefined;
      if (other.name === symbol.name) return this.#symbols[place - 1];
    }
    return undefined;
  }

  all(): Iterable<KernelSymbol> {
    return this.#symbols;
  }

  *search(text: string): Generator<KernelSymbol> {
    for (const symbol of this.#symbols) if (symbol.name.includes(text)) yield symbol;
  }

  *completions(prefix: string): Generator<string> {
    for (const { name } of this.#symbols) if (name.startsWith(prefix)) yield name;
  }
}

/** The number of symbols at or below `address`, among symbols in its order. */
export const upperBound = (symbols: readonly KernelSymbol[], address: VAddr): number =>
  countBefore(symbols.length, (i) => (symbols[i] as KernelSymbol).address <= address);

/**
 * The part of an x86_64 table that crash keeps: all from `_stext` or `_text` on; before it, data between
 * `__per_cpu_start` and `__per_cpu_end` only.
 */
function keptByCrash(sorted: readonly FileSymbol[]): FileSymbol[] {
  const kept: FileSymbol[] = [];
  let inPercpu = false;
  let inKernel = false;
  for (const symbol of sorted) {
    const { name, type } = symbol;
    inKernel ||= name === '_stext' || name === '_text';
    if (name === '__per_cpu_start') inPercpu = true;
    const data = type === 'd' || type === 'D' || type === 'V' || name === '__per_cpu_start';
    if (
      inKernel ||
      (inPercpu && (data || name.startsWith('per_cpu') || name === '__per_cpu_end'))
    ) {
      kept.push(symbol);
    }
  }
  return kept;
}

/** Order by address, then by name. */
export const byPlace = (a: FileSymbol, b: FileSymbol): number =>
  a.address < b.address
    ? -1
    : a.address > b.address
      ? 1
      : a.name < b.name
        ? -1
        : a.name > b.name
          ? 1
          : 0;

/**
 * The symbol that names `address`, of several at one address, as crash 8 chooses. `equals` holds them ordered by name.
 * An address beyond the symbols' own takes the last; the exact address takes the first, except that a marker of the
 * linker script or a syscall alias is skipped for the one after it.
 */
export function pickAlias(
  aliases: readonly KernelSymbol[],
  address: VAddr,
): SymbolOffset | undefined {
  const first = aliases[0];
  if (first === undefined) return undefined;
  // Signed: crash prints the distance across the gap below the kernel image as a negative number.
  const offset = Number(BigInt.asIntN(64, address - first.address));
  if (offset !== 0) return { symbol: aliases.at(-1) as KernelSymbol, offset };
  let place = 0;
  for (const givesWay of GIVE_WAY) {
    if (place + 1 < aliases.length && givesWay((aliases[place] as KernelSymbol).name)) place++;
  }
  return { symbol: aliases[place] as KernelSymbol, offset: 0 };
}

/** Names that are skipped, in crash's order; each rule applies once. */
const GIVE_WAY: readonly ((name: string) => boolean)[] = [
  (name) => name.startsWith('.text.'),
  // Syscall aliases before 4.17 (fa697140f9a2, syscalls/x86: Use 'struct pt_regs' based syscall calling convention for
  // 64-bit syscalls): SyS_read and sys_read were one function.
  (name) => name.startsWith('SyS_') || name.startsWith('compat_SyS_'),
  // __sched_text_start and its like, from vmlinux.lds.h, at the first function of the region.
  (name) => name.endsWith('_text_start'),
];
