import { u64Bytes } from './ram.ts';

/** How addresses are written; scripts/kallsyms.c, and src/symbols/kallsyms-addresses.ts for who wrote which. */
export type KallsymsEncoding = 'absolute' | 'absolute-percpu' | 'base-relative' | 'place-relative';

/** A symbol of the kernel: nm's letter before its name. */
export interface SymbolSpec {
  readonly name: string;
  readonly address: bigint;
  readonly type: string;
}

export interface KallsymsSpec {
  readonly encoding: KallsymsEncoding;
  /** 6.1 (73bbb94466fd): names of 128 tokens and more have a length of two bytes. */
  readonly wideLengths: boolean;
  /** u32 since 5.0, unsigned long before. */
  readonly markerWidth: 4 | 8;
  /** 6.2 and 6.3 keep the order by name behind the markers, later ones behind the addresses. */
  readonly order?: 'none' | 'behind-markers' | 'behind-offsets';
  /** Compress names with pairs of letters. */
  readonly compress?: boolean;
}

/** The tables as bytes, and where each lies when all are put one behind the other from one address on. */
export interface KallsymsTables {
  readonly bytes: Uint8Array;
  /** Offsets by the kernel's names: kallsyms_names ... */
  readonly places: ReadonlyMap<string, number>;
}

const GROUP = 256;

/**
 * The tables of kallsyms, as scripts/kallsyms.c writes them: 6.1 has addresses, relative base, count, names, markers,
 * tokens, index, in this order. `base` is the address at which the tables will lie (place-relative needs it);
 * `relativeBase` the lowest address that is not per-CPU.
 */
export function kallsymsTables(
  symbols: readonly SymbolSpec[],
  spec: KallsymsSpec,
  base: bigint,
): KallsymsTables {
  const sorted = [...symbols].sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : 0,
  );
  const tokens = chooseTokens(sorted, spec.compress ?? true);
  const relativeBase = sorted.find(({ address }) => address >> 63n === 1n)?.address ?? 0n;
  const parts = new Parts();
  const table = parts.place(
    spec.encoding === 'absolute' ? 'kallsyms_addresses' : 'kallsyms_offsets',
  );
  parts.add(addressWords(sorted, spec.encoding, relativeBase, base + BigInt(table)));
  if (spec.encoding === 'absolute-percpu' || spec.encoding === 'base-relative') {
    parts.place('kallsyms_relative_base');
    parts.add(u64Bytes(relativeBase));
  }
  if (spec.order === 'behind-offsets') {
    parts.place('kallsyms_seqs_of_names');
    parts.add(orderByName(sorted));
  }
  parts.place('kallsyms_num_syms');
  parts.add(Uint8Array.from(new Uint8Array(new Uint32Array([sorted.length]).buffer)));
  const { names, markers } = nameTable(sorted, tokens, spec.wideLengths);
  parts.place('kallsyms_names');
  parts.add(names);
  parts.place('kallsyms_markers');
  parts.add(numbers(markers, spec.markerWidth));
  if (spec.order === 'behind-markers') {
    parts.place('kallsyms_seqs_of_names');
    parts.add(orderByName(sorted));
  }
  parts.place('kallsyms_token_table');
  parts.add(Buffer.from(tokens.map((token) => `${token}\0`).join(''), 'latin1'));
  parts.place('kallsyms_token_index');
  let at = 0;
  const index = new Uint16Array(256);
  for (const [i, token] of tokens.entries()) {
    index[i] = at;
    at += token.length + 1;
  }
  parts.add(new Uint8Array(index.buffer));
  return parts.result();
}

/** Things put one behind the other, each at a multiple of 8. */
class Parts {
  readonly #bytes: Uint8Array[] = [];
  readonly #places = new Map<string, number>();
  #length = 0;

  place(name: string): number {
    const padding = (8 - (this.#length % 8)) % 8;
    this.add(new Uint8Array(padding));
    this.#places.set(name, this.#length);
    return this.#length;
  }
  add(bytes: Uint8Array): void {
    this.#bytes.push(bytes);
    this.#length += bytes.length;
  }
  result(): KallsymsTables {
    return { bytes: Buffer.concat(this.#bytes), places: this.#places };
  }
}

function addressWords(
  symbols: readonly SymbolSpec[],
  encoding: KallsymsEncoding,
  relativeBase: bigint,
  table: bigint,
): Uint8Array {
  if (encoding === 'absolute')
    return Buffer.concat(symbols.map(({ address }) => u64Bytes(address)));
  const words = new Int32Array(symbols.length);
  for (const [i, { address }] of symbols.entries()) {
    if (encoding === 'place-relative')
      words[i] = Number(BigInt.asIntN(32, address - table - BigInt(4 * i)));
    else if (encoding === 'base-relative')
      words[i] = Number(BigInt.asIntN(32, address - relativeBase));
    else
      words[i] = Number(
        address >> 63n === 0n ? address : BigInt.asIntN(32, relativeBase - 1n - address),
      );
  }
  return new Uint8Array(words.buffer);
}

/** 256 tokens: every byte that occurs stands for itself, and the others for the commonest pairs. */
function chooseTokens(symbols: readonly SymbolSpec[], compress: boolean): string[] {
  const tokens = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const used = new Set<string>();
  const pairs = new Map<string, number>();
  for (const { name, type } of symbols) {
    const text = type + name;
    for (let i = 0; i < text.length; i++) {
      used.add(text.charAt(i));
      if (i > 1) {
        const pair = text.slice(i - 1, i + 1);
        pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
      }
    }
  }
  const common = [...pairs]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([pair]) => pair);
  for (let code = 0; code < 256; code++) {
    if (used.has(String.fromCharCode(code))) continue;
    // A token that is never used still has its NUL.
    tokens[code] = compress ? (common.shift() ?? '') : '';
  }
  return tokens;
}

function nameTable(symbols: readonly SymbolSpec[], tokens: readonly string[], wide: boolean) {
  const codes = new Map<string, number>();
  for (const [code, token] of tokens.entries()) if (token.length > 0) codes.set(token, code);
  const bytes: number[] = [];
  const markers: number[] = [];
  for (const [i, { name, type }] of symbols.entries()) {
    if (i % GROUP === 0) markers.push(bytes.length);
    const entry: number[] = [];
    const text = type + name;
    for (let at = 0; at < text.length; ) {
      // The type letter stands alone: readers look at the first token's first byte.
      const pair = at === 0 ? undefined : codes.get(text.slice(at, at + 2));
      const two = pair !== undefined && at + 1 < text.length;
      entry.push(two ? pair : (codes.get(text.charAt(at)) as number));
      at += two ? 2 : 1;
    }
    if (wide && entry.length >= 0x80) bytes.push((entry.length & 0x7f) | 0x80, entry.length >> 7);
    else bytes.push(entry.length);
    for (const code of entry) bytes.push(code);
  }
  return { names: Uint8Array.from(bytes), markers };
}

function numbers(values: readonly number[], width: 4 | 8): Uint8Array {
  if (width === 8)
    return new Uint8Array(BigUint64Array.from(values, (value) => BigInt(value)).buffer);
  return new Uint8Array(Uint32Array.from(values).buffer);
}

/** kallsyms_seqs_of_names: symbol numbers of three bytes, highest first, in the order of the names. */
function orderByName(symbols: readonly SymbolSpec[]): Uint8Array {
  const order = symbols.map((_, i) => i);
  const name = (i: number): string => (symbols[i] as SymbolSpec).name;
  order.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : a - b));
  return Uint8Array.from(order.flatMap((i) => [(i >> 16) & 0xff, (i >> 8) & 0xff, i & 0xff]));
}
