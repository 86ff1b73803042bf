import type { VAddr } from '../../src/base/address.ts';
import { wordBytes } from './ram.ts';

/** How addresses are written; src/symbols/kallsyms-addresses.ts says who wrote which. */
export type KallsymsEncoding = 'place-relative' | 'base-relative' | 'absolute-percpu' | 'absolute';

export interface SpecSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly type: string;
}

/** How one era's scripts/kallsyms.c wrote its tables. */
export interface Era {
  readonly encoding: KallsymsEncoding;
  /** `classic` to 6.3: addresses first. `names-first` since 6.4. */
  readonly order: 'classic' | 'names-first';
  /** Two-byte lengths, since 6.1. */
  readonly wideLengths: boolean;
  /** Bytes of a marker and of num_syms: 8 before 5.0, then 4. */
  readonly word: 4 | 8;
  /** kallsyms_seqs_of_names, since 6.2. */
  readonly sequence: boolean;
  /** Bytes of an unsigned long, to which tables are aligned: 8 when left out. */
  readonly long?: 4 | 8;
}

/** 32-bit kernels before 4.6. */
export const I386_ERA: Era = {
  encoding: 'absolute',
  order: 'classic',
  wideLengths: false,
  word: 4,
  sequence: false,
  long: 4,
};

export const ERAS = {
  'v4.18': {
    encoding: 'absolute-percpu',
    order: 'classic',
    wideLengths: false,
    word: 8,
    sequence: false,
  },
  'v4.18 without base-relative': {
    encoding: 'absolute',
    order: 'classic',
    wideLengths: false,
    word: 8,
    sequence: false,
  },
  'v5.4': {
    encoding: 'absolute-percpu',
    order: 'classic',
    wideLengths: false,
    word: 4,
    sequence: false,
  },
  'v5.10 arm64': {
    encoding: 'base-relative',
    order: 'classic',
    wideLengths: false,
    word: 4,
    sequence: false,
  },
  'v5.14': {
    encoding: 'absolute-percpu',
    order: 'classic',
    wideLengths: false,
    word: 4,
    sequence: false,
  },
  'v6.1': {
    encoding: 'absolute-percpu',
    order: 'classic',
    wideLengths: true,
    word: 4,
    sequence: false,
  },
  'v6.2': {
    encoding: 'absolute-percpu',
    order: 'classic',
    wideLengths: true,
    word: 4,
    sequence: true,
  },
  'v6.4': {
    encoding: 'absolute-percpu',
    order: 'names-first',
    wideLengths: true,
    word: 4,
    sequence: true,
  },
  'v6.8 without base-relative': {
    encoding: 'absolute',
    order: 'names-first',
    wideLengths: true,
    word: 4,
    sequence: true,
  },
  'v6.15': {
    encoding: 'base-relative',
    order: 'names-first',
    wideLengths: true,
    word: 4,
    sequence: true,
  },
  'v7.0': {
    encoding: 'place-relative',
    order: 'names-first',
    wideLengths: true,
    word: 4,
    sequence: true,
  },
} as const satisfies Record<string, Era>;

export interface BuiltKallsyms {
  readonly bytes: Uint8Array;
  readonly base: bigint;
  /** Run-time address of each table by its kernel name. */
  readonly tables: ReadonlyMap<string, VAddr>;
  /** In the order of the table. */
  readonly symbols: readonly SpecSymbol[];
}

/** Substrings that get a token of their own; the codes that no name uses hold them. */
const SUBSTRINGS = [
  '__',
  'sched',
  'tule_',
  'name',
  '.isra.',
  '.co',
  'ld',
  '_text_',
  'task',
  'in',
  'le',
  'rt',
  't_',
];

/** Writes the tables of `symbols` (sorted by address here) at `base` as the era's kernel would have them in memory. */
export function buildKallsyms(spec: readonly SpecSymbol[], era: Era, base: bigint): BuiltKallsyms {
  const symbols = [...spec].sort((a, b) =>
    a.address < b.address ? -1 : a.address > b.address ? 1 : 0,
  );
  const tokens = makeTokens(symbols);
  const out = new Writer(base, era.long ?? 8);
  const relativeBase =
    symbols.map(({ address }) => address).find((address) => address >= 1n << 47n) ?? 0n;

  const addresses = () => writeAddresses(out, symbols, era, relativeBase);
  const sequence = () => {
    if (era.sequence) writeSequence(out, symbols);
  };
  if (era.order === 'classic') addresses();
  out.label('kallsyms_num_syms');
  out.number(BigInt(symbols.length), era.word);
  out.label('kallsyms_names');
  const start = out.size;
  const markers: number[] = [];
  symbols.forEach((symbol, i) => {
    if (i % 256 === 0) markers.push(out.size - start);
    writeName(out, tokens.encode(symbol.type + symbol.name), era.wideLengths);
  });
  out.label('kallsyms_markers');
  for (const marker of markers) out.number(BigInt(marker), era.word);
  if (era.order === 'classic') sequence();
  out.label('kallsyms_token_table');
  const index: number[] = [];
  let at = 0;
  for (const token of tokens.list) {
    index.push(at);
    for (const char of `${token}\0`) out.byte(char.charCodeAt(0));
    at += token.length + 1;
  }
  out.label('kallsyms_token_index');
  for (const place of index) out.number(BigInt(place), 2);
  if (era.order === 'names-first') {
    addresses();
    sequence();
  }
  return { bytes: out.bytes(), base, tables: out.labels, symbols };
}

function writeAddresses(out: Writer, symbols: readonly SpecSymbol[], era: Era, base: bigint): void {
  out.label(era.encoding === 'absolute' ? 'kallsyms_addresses' : 'kallsyms_offsets');
  for (const { address } of symbols) {
    if (era.encoding === 'absolute') out.number(address, era.long ?? 8);
    else if (era.encoding === 'base-relative') out.number(address - base, 4);
    else if (era.encoding === 'place-relative') out.number(address - out.here, 4);
    else out.number(address < 1n << 31n ? address : base - address - 1n, 4);
  }
  if (era.encoding === 'base-relative' || era.encoding === 'absolute-percpu') {
    out.label('kallsyms_relative_base');
    out.number(base, 8);
  }
}

function writeSequence(out: Writer, symbols: readonly SpecSymbol[]): void {
  out.label('kallsyms_seqs_of_names');
  const order = symbols.map((_, i) => i);
  const name = (i: number) => symbols[i]?.name ?? '';
  order.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : a - b));
  for (const i of order) for (const shift of [16, 8, 0]) out.byte((i >> shift) & 0xff);
}

function writeName(out: Writer, codes: readonly number[], wide: boolean): void {
  if (codes.length < 0x80 || !wide) out.byte(codes.length);
  else {
    out.byte((codes.length & 0x7f) | 0x80);
    out.byte(codes.length >> 7);
  }
  for (const code of codes) out.byte(code);
}

/** Codes that names use as characters stand for themselves; others for a substring, or for nothing used. */
function makeTokens(symbols: readonly SpecSymbol[]) {
  const used = new Set('0123456789ABCDEFTtDdRr_');
  for (const { name, type } of symbols) for (const char of type + name) used.add(char);
  const list = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code));
  const code = new Map([...used].map((char) => [char, char.charCodeAt(0)]));
  const free = list.map((_, i) => i).filter((i) => !used.has(String.fromCharCode(i)));
  const texts = [...SUBSTRINGS];
  for (const i of free) {
    const text = texts.shift();
    // A code that is left over: kallsyms leaves an empty string; any text does that no name is written with.
    list[i] = text ?? '??';
    if (text !== undefined) code.set(text, i);
  }
  // At each place the first of the substrings that stands there, else a character.
  const pieces = new RegExp(
    `${SUBSTRINGS.filter((text) => code.has(text))
      .map((text) => text.replaceAll('.', '\\.'))
      .join('|')}|.`,
    'gs',
  );
  const encode = (text: string): number[] =>
    (text.match(pieces) ?? []).map((piece) => code.get(piece) as number);
  return { list, encode };
}

/** Little-endian bytes with labels aligned, as ALGN of scripts/kallsyms.c. */
class Writer {
  readonly labels = new Map<string, VAddr>();
  readonly #base: bigint;
  readonly #align: number;
  #out = new Uint8Array(1 << 16);
  #size = 0;

  constructor(base: bigint, align: number) {
    this.#base = base;
    this.#align = align;
  }
  get size(): number {
    return this.#size;
  }
  get here(): bigint {
    return this.#base + BigInt(this.size);
  }
  label(name: string): void {
    const over = Number(this.here % BigInt(this.#align));
    if (over > 0) this.#room(this.#align - over);
    this.labels.set(name, this.here as VAddr);
  }
  byte(value: number): void {
    const at = this.#room(1);
    this.#out[at] = value;
  }
  number(value: bigint, size: number): void {
    const at = this.#room(size);
    this.#out.set(wordBytes(value, size), at);
  }
  /** Adds zeros; where they begin. */
  #room(size: number): number {
    const at = this.#size;
    this.#size += size;
    if (this.#size > this.#out.length) {
      const larger = new Uint8Array(this.#out.length * 2);
      larger.set(this.#out);
      this.#out = larger;
    }
    return at;
  }
  bytes(): Uint8Array {
    return this.#out.slice(0, this.#size);
  }
}
