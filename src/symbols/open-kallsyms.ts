import { hex, type VAddr } from '../base/address.ts';
import { unsigned, viewOf } from '../base/bytes.ts';
import { CorruptError, MissingError } from '../base/errors.ts';
import { Kallsyms } from './kallsyms.ts';
import { addressReadings } from './kallsyms-addresses.ts';
import { openNames } from './kallsyms-markers.ts';
import type { NameTable } from './kallsyms-names.ts';
import { readTokens } from './kallsyms-tokens.ts';
import { MAX_INDEXED } from './name-index.ts';
import { findNameOrder } from './name-order.ts';
import type { Reader } from './types.ts';
import type { Vmcoreinfo } from './vmcoreinfo.ts';

/** More symbols than any kernel: an all-yes build has about half a million. */
export const MAX_SYMBOLS = MAX_INDEXED;

/** Addresses of kallsyms' tables: `kallsyms_num_syms` and so on. */
export interface KallsymsPlaces {
  readonly numSyms: VAddr;
  readonly names: VAddr;
  readonly tokenTable: VAddr;
  readonly tokenIndex: VAddr;
  /** Either `addresses` or `offsets` is there; `relativeBase` may be, with `offsets`. */
  readonly addresses?: VAddr | undefined;
  readonly offsets?: VAddr | undefined;
  readonly relativeBase?: VAddr | undefined;
}

/**
 * Symbols whose addresses are known from another source (VMCOREINFO's `symbols`), which prove a reading of the tables.
 */
export type Anchors = ReadonlyMap<string, VAddr>;

/**
 * Opens the kernel's own symbol table from the addresses in VMCOREINFO, which has them since 6.0 (5fd8fea935a1,
 * vmcoreinfo: include kallsyms symbols) and 6.0 (f09bddbd8661, vmcoreinfo: add kallsyms_num_syms symbol). Throws
 * MissingError when it does not (see `findKallsyms`), CorruptError when no such table lies there, ReadError when it is
 * not in the dump.
 */
export function openKallsyms(reader: Reader, info: Vmcoreinfo): Kallsyms {
  const need = (name: string): VAddr => {
    const address = info.symbol(name);
    if (address === undefined)
      throw new MissingError('symbol', name, `VMCOREINFO has no SYMBOL(${name})`);
    return address;
  };
  const offsets = info.symbol('kallsyms_offsets');
  const places = {
    numSyms: need('kallsyms_num_syms'),
    names: need('kallsyms_names'),
    tokenTable: need('kallsyms_token_table'),
    tokenIndex: need('kallsyms_token_index'),
    offsets,
    relativeBase: info.symbol('kallsyms_relative_base'),
    addresses: offsets === undefined ? need('kallsyms_addresses') : undefined,
  };
  return kallsymsAt(reader, places, info.symbols);
}

/**
 * Opens kallsyms tables at known places. The address words are read in the way in which most anchors are found under
 * their names. Throws as {@link openKallsyms}.
 */
export function kallsymsAt(reader: Reader, places: KallsymsPlaces, anchors: Anchors): Kallsyms {
  const count = viewOf(reader.read(places.numSyms, 4)).getUint32(0, true);
  if (count < 1 || count > MAX_SYMBOLS) {
    throw new CorruptError(
      `kallsyms_num_syms at ${hex(places.numSyms)} is ${count}`,
      places.numSyms,
    );
  }
  const tokens = readTokens(reader, places.tokenTable, places.tokenIndex);
  const names = openNames(reader, places.names, places.tokenTable, count, tokens);
  const { relativeBase } = places;
  const word = reader.pointerSize;
  const words = {
    offsets: places.offsets,
    addresses: places.addresses,
    base:
      relativeBase === undefined
        ? undefined
        : unsigned(viewOf(reader.read(relativeBase, word)), 0, word),
  };
  const tables = tableNames(places, names);
  let best: Kallsyms | undefined;
  let bestScore = 0;
  for (const addresses of addressReadings(reader, words, count)) {
    const findOrder = () => findNameOrder(reader, names, places.offsets);
    const kallsyms = new Kallsyms(names, addresses, tables, findOrder);
    const score = kallsyms.proof(anchors);
    if (score > bestScore) [best, bestScore] = [kallsyms, score];
  }
  if (best === undefined) {
    throw new CorruptError(
      `kallsyms at ${hex(places.names)}: no encoding of the addresses puts a known symbol where it is`,
      places.names,
    );
  }
  best.guardOrder();
  return best;
}

/** The kernel's names for its tables. */
function tableNames(places: KallsymsPlaces, names: NameTable): ReadonlyMap<string, VAddr> {
  const known: readonly (readonly [string, VAddr | undefined])[] = [
    ['kallsyms_num_syms', places.numSyms],
    ['kallsyms_names', places.names],
    ['kallsyms_markers', names.markersAt],
    [
      'kallsyms_seqs_of_names',
      names.behindMarkers === places.tokenTable ? undefined : names.behindMarkers,
    ],
    ['kallsyms_token_table', places.tokenTable],
    ['kallsyms_token_index', places.tokenIndex],
    ['kallsyms_addresses', places.addresses],
    ['kallsyms_offsets', places.offsets],
    ['kallsyms_relative_base', places.relativeBase],
  ];
  const tables = new Map<string, VAddr>();
  for (const [name, address] of known) if (address !== undefined) tables.set(name, address);
  return tables;
}
