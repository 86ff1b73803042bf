import type { VAddr } from '../base/address.ts';

/** One symbol. `type` is nm's letter (`T t D d B b R r A ?`). `module` is absent for the kernel itself. */
export interface KernelSymbol {
  readonly name: string;
  readonly address: VAddr;
  readonly type: string;
  readonly module?: string;
  /** Bytes, when the table says (module ELF symbols); kallsyms does not. */
  readonly size?: number;
}

/** A symbol and an address's distance from it. */
export interface SymbolOffset {
  readonly symbol: KernelSymbol;
  readonly offset: number;
}

/**
 * A set of symbols. Addresses of several symbols may be equal; names of several symbols may be equal.
 * All methods work on demand: opening costs nothing, `at` decodes a handful of names, `named` may build
 * an index once.
 */
export interface SymbolSource {
  /** Number of symbols. */
  readonly size: number;
  /** The nearest symbol at or below `address`, as crash chooses among equals; undefined outside the table's ranges. */
  at(address: VAddr): SymbolOffset | undefined;
  /** The first symbol of that name (kernel before modules), or undefined. */
  named(name: string): KernelSymbol | undefined;
  /** Every symbol of that name. */
  allNamed(name: string): readonly KernelSymbol[];
  /** The neighbours of a symbol in address order. */
  next(symbol: KernelSymbol): KernelSymbol | undefined;
  previous(symbol: KernelSymbol): KernelSymbol | undefined;
  /** Every symbol in address order, lazily. */
  all(): Iterable<KernelSymbol>;
}

/** A symbol source that can give the symbols around an address as one group. */
export interface KernelTable extends SymbolSource {
  /** The symbols at the nearest address at or below `address`, ordered by name; empty below the first. */
  aliasesAt(address: VAddr): readonly KernelSymbol[];
  /** Why symbols are missing that the kernel has, as far as that was noticed: a name that is not found may be one. */
  readonly lost?: string | undefined;
  /** Symbols whose name contains `text`, in address order. */
  search(text: string): Iterable<KernelSymbol>;
  /** Names that begin with `prefix`, in address order. */
  completions(prefix: string): Iterable<string>;
}

/** Memory as the readers of kallsyms and modules need it; `memory.AddressSpace` satisfies it. */
export interface Reader {
  /** Bytes of an unsigned long. */
  readonly pointerSize: 4 | 8;
  /** For long loops over what was read; throws Interrupted. Absent where work cannot be ended early. */
  checkpoint?(): void;
  /** Exactly `length` bytes, or throws ReadError. The result may be a view: copy before keeping. */
  read(address: VAddr, length: number): Uint8Array;
}
