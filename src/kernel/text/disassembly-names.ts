import { type VAddr, va } from '../../base/address.ts';
import type { KernelSymbol } from '../../symbols/types.ts';
import type { Target } from '../core/target.ts';

/** The name of an address in `dis`: symbol and distance; undefined where there is no symbol. */
export interface CodeName {
  readonly name: string;
  readonly offset: number;
  /** nm's letter. */
  readonly type: string;
}

/** crash hashes symbols by their address: buckets of 4 KiB on every machine. */
const BUCKET_BYTES = 4n << 10n;
const BUCKETS = 512n;

/**
 * Names of the addresses of a disassembly, remembered. Where several symbols share an address crash's choice depends
 * on what it looked up before: it remembers, per bucket, the symbol where the last search ended, and begins there.
 * Therefore crash prints the first alias for a function's first line, and the last alias for jumps to it.
 */
export class DisassemblyNames {
  readonly #target: Target;
  /** Where the last search of a bucket ended: a symbol's address, and whether at the last of its aliases. */
  readonly #ended = new Map<bigint, { readonly address: bigint; readonly atLast: boolean }>();
  readonly #lastNames = new Map<bigint, string>();
  #within:
    | (Omit<CodeName, 'offset'> & { readonly start: bigint; readonly end: bigint })
    | undefined;

  constructor(target: Target) {
    this.#target = target;
  }

  /**
   * The name of an address that code refers to. gdb ignores a symbol whose object ends before the address; only the
   * kallsyms tables have a known size here.
   */
  referred(address: bigint): CodeName | undefined {
    const found = this.at(address);
    if (!found) return undefined;
    const table = KALLSYMS_TABLES[found.name];
    if (table) return found.offset < table(this.#target.symbols.size) ? found : undefined;
    const isReadOnly = found.type === 'r' || found.type === 'R';
    const isTooFar = isReadOnly && found.offset >= MAX_OBJECT;
    return isTooFar && !found.name.startsWith('kallsyms_') ? undefined : found;
  }

  /** The name of an address. Throws when there are no symbols. */
  at(address: bigint): CodeName | undefined {
    const bucket = (address / BUCKET_BYTES) % BUCKETS;
    const within = this.#within;
    if (within && address > within.start && address < within.end) {
      this.#ended.set(bucket, { address: within.start, atLast: true });
      return { name: within.name, offset: Number(address - within.start), type: within.type };
    }
    const { symbols } = this.#target;
    if (!symbols.inRange(va(address))) return undefined;
    const found = symbols.at(va(address));
    if (!found) return undefined;
    const { symbol, offset } = found;
    if (offset !== 0) {
      this.#ended.set(bucket, { address: symbol.address, atLast: true });
      this.#remember(symbol);
      return { name: shownName(symbol), offset, type: symbol.type };
    }
    const ended = this.#ended.get(bucket);
    const { type } = symbol;
    if (ended?.address === address && ended.atLast) {
      return { name: this.#lastName(symbol), offset, type };
    }
    this.#ended.set(bucket, { address, atLast: this.#lastName(symbol) === shownName(symbol) });
    return { name: shownName(symbol), offset, type };
  }

  #remember(symbol: KernelSymbol): void {
    const next = this.#target.symbols.next(symbol);
    if (symbol.module !== undefined || !next || next.address <= symbol.address) return;
    this.#within = {
      start: symbol.address,
      end: next.address,
      name: shownName(symbol),
      type: symbol.type,
    };
  }

  /** The last of the symbols at one address: the one that names addresses inside. */
  #lastName(symbol: KernelSymbol): string {
    const known = this.#lastNames.get(symbol.address);
    if (known !== undefined) return known;
    const inside = this.#target.symbols.at(va(symbol.address + 1n));
    const name = shownName(inside && inside.offset === 1 ? inside.symbol : symbol);
    this.#lastNames.set(symbol.address, name);
    return name;
  }
}

/** String literals have no names; they follow the last named object of the read-only data. */
const MAX_OBJECT = 1 << 18;
/** Bytes of the tables of kallsyms, before the last stretch of read-only data; by the number of symbols. */
const KALLSYMS_TABLES: Readonly<Record<string, (symbols: number) => number>> = {
  kallsyms_token_index: () => 512,
  // Three bytes a symbol; 6.2 (60443c88f3a8, kallsyms: Improve the performance of kallsyms_lookup_name()).
  kallsyms_seqs_of_names: (symbols) => 3 * symbols,
};

/** crash shows its mark of a module's start as `(faulty)`. */
const shownName = (symbol: KernelSymbol): string =>
  symbol.type === 'm' && symbol.module !== undefined ? `(${symbol.module})` : symbol.name;

/** The text symbols of a name; `dis` refuses to choose among several. */
export const textSymbols = (target: Target, name: string): readonly KernelSymbol[] =>
  target.symbols
    .allNamed(name)
    .filter(({ type, address }) => type === 't' || type === 'T' || isTextAddress(target, address));

/** The function that begins at an address. */
export function functionAt(target: Target, address: VAddr): string | undefined {
  if (!isTextAddress(target, address)) return undefined;
  const found = target.symbols.at(address);
  return found?.offset === 0 && /^[tw]$/i.test(found.symbol.type) ? found.symbol.name : undefined;
}

/** Whether an address lies in the code of the kernel or of a module. */
export const isTextAddress = (target: Target, address: VAddr): boolean => {
  for (const [start, end] of target.symbols.textRanges())
    if (address >= start && address < end) return true;
  return target.symbols.moduleAt(address)?.isText(address) ?? false;
};
