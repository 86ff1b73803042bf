import { plus, type VAddr } from '../base/address.ts';
import { ReadError } from '../base/errors.ts';
import { decodeOrcEntry, ORC_ENTRY_SIZE, type OrcFormat } from './orc-format.ts';
import type { OrcEntry } from './types.ts';

/** Reads of kernel memory; throws ReadError. */
export interface OrcReader {
  i32(address: VAddr): number;
  read(address: VAddr, length: number): Uint8Array;
}

/** Where a table lies: sorted addresses, as 32-bit distances from their own place, and as many entries. */
export interface OrcPlaces {
  readonly ips: VAddr;
  readonly entries: VAddr;
  readonly count: number;
  /** `orc_lookup` of the kernel itself: for every 256 bytes of text, where to begin the search. */
  readonly lookup?: { readonly table: VAddr; readonly blocks: number; readonly text: VAddr };
}

/** arch/x86/include/asm/orc_lookup.h: LOOKUP_BLOCK_ORDER. */
const LOOKUP_SHIFT = 8n;

/**
 * The ORC table of the kernel or of a module (Documentation/arch/x86/orc-unwinder.rst), searched where it lies:
 * an answer touches a handful of words, and nothing is decoded but the entry found.
 */
export class OrcTable {
  readonly #reader: OrcReader;
  readonly #places: OrcPlaces;
  readonly #format: OrcFormat;
  readonly #known = new Map<bigint, OrcEntry | undefined>();
  readonly #lost: (error: ReadError) => void;

  /** `lost` is told of what should be in the table and cannot be read. */
  constructor(
    reader: OrcReader,
    places: OrcPlaces,
    format: OrcFormat,
    lost: (error: ReadError) => void = () => {},
  ) {
    this.#lost = lost;
    this.#reader = reader;
    this.#places = places;
    this.#format = format;
  }

  /** The entry for an address; undefined when it lies before the table, or the table is not in the dump. */
  find(address: bigint): OrcEntry | undefined {
    if (this.#known.has(address)) return this.#known.get(address);
    let entry: OrcEntry | undefined;
    try {
      entry = this.#search(address);
    } catch (error) {
      // Without its tables a function can still be left by its frame pointer, or by scanning.
      if (!(error instanceof ReadError)) throw error;
      this.#lost(error);
      return undefined;
    }
    if (this.#known.size > MAX_KNOWN) this.#known.clear();
    this.#known.set(address, entry);
    return entry;
  }

  #search(address: bigint): OrcEntry | undefined {
    const { count } = this.#places;
    const block = this.#block(address);
    let low = block?.[0] ?? 0;
    let high = block?.[1] ?? count;
    // Data may lie: a block that does not bracket the address is not believed.
    if (low > high || high > count || (low < count && this.#ip(low) > address)) low = 0;
    if (high > count || (high < count && this.#ip(high) <= address)) high = count;
    // The last slot at or below the address.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ip(middle) <= address) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? undefined : this.#entry(low - 1);
  }

  #block(address: bigint): readonly [number, number] | undefined {
    const lookup = this.#places.lookup;
    if (!lookup || address < lookup.text) return undefined;
    const index = Number((address - lookup.text) >> LOOKUP_SHIFT);
    if (index >= lookup.blocks - 1) return undefined;
    const bytes = this.#reader.read(plus(lookup.table, index * 4), 8);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    return [view.getUint32(0, true), view.getUint32(4, true) + 1];
  }

  #ip(slot: number): bigint {
    const at = plus(this.#places.ips, slot * 4);
    return at + BigInt(this.#reader.i32(at));
  }

  #entry(slot: number): OrcEntry {
    const bytes = this.#reader.read(
      plus(this.#places.entries, slot * ORC_ENTRY_SIZE),
      ORC_ENTRY_SIZE,
    );
    return decodeOrcEntry(new DataView(bytes.buffer, bytes.byteOffset), 0, this.#format);
  }
}

const MAX_KNOWN = 65_536;
