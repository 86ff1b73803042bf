import { CorruptError } from '../../base/errors.ts';
import { rangeHolding } from '../../base/sorted.ts';
import type { ByteCursor } from '../elf/byte-cursor.ts';
import type { Dwarf } from './dwarf.ts';
import { type Range, rangesOf } from './ranges.ts';
import type { Unit } from './unit.ts';

const MAX_TUPLES = 1 << 22;

/** Which unit an address belongs to: sorted by start, in typed arrays. */
interface Map {
  readonly base: bigint;
  readonly starts: Float64Array;
  readonly ends: Float64Array;
  /** Offsets of units in .debug_info. */
  readonly units: Float64Array;
}

/** A range of addresses of a unit, as distances from some base. */
interface Tuple {
  readonly start: number;
  readonly end: number;
  readonly unit: number;
}

/**
 * Finds the unit whose code holds an address: by .debug_aranges, which may lack units (clang writes none), and else by
 * the ranges of the units that it does not name.
 */
export class UnitMap {
  readonly #dwarf: Dwarf;
  #named: { readonly map: Map; readonly units: ReadonlySet<number> } | undefined;
  #others: Map | undefined;

  constructor(dwarf: Dwarf) {
    this.#dwarf = dwarf;
  }

  unitAt(address: bigint): Unit | undefined {
    this.#named ??= this.#readAranges();
    const offset = find(this.#named.map, address) ?? find(this.#rest(), address);
    return offset === undefined ? undefined : this.#dwarf.unitAt(offset);
  }

  #rest(): Map {
    this.#others ??= this.#readOthers(this.#named?.units ?? new Set());
    return this.#others;
  }

  #readAranges(): { map: Map; units: ReadonlySet<number> } {
    const section = this.#dwarf.elf.section('.debug_aranges');
    const tuples = new Tuples();
    const units = new Set<number>();
    if (section !== undefined) {
      const at = this.#dwarf.cursor(section, 0, section.size);
      try {
        while (!at.isAtEnd) readSet(at, tuples, units);
      } catch (error) {
        // What was read is good; units that are not named are asked themselves.
        if (!(error instanceof CorruptError)) throw error;
      }
    }
    return { map: tuples.sorted(), units };
  }

  #readOthers(known: ReadonlySet<number>): Map {
    const tuples = new Tuples();
    for (const { offset } of this.#dwarf.unitHeaders) {
      if (known.has(offset)) continue;
      try {
        for (const range of rangesOf(this.#dwarf.unitAt(offset).root)) tuples.add(range, offset);
      } catch (error) {
        // A damaged unit has no addresses; the others do.
        if (!(error instanceof CorruptError)) throw error;
      }
    }
    return tuples.sorted();
  }
}

/** Ranges as distances from the first that is added, so that 64 bits fit numbers. */
class Tuples {
  #base: bigint | undefined;
  #high = 0;
  #low = 0;
  readonly #tuples: Tuple[] = [];

  add({ start, end }: Range, unit: number): void {
    const [high, low] = [Number(start >> 32n), Number(start & 0xffffffffn)];
    this.addHalves(high, low, Number(end - start), unit);
  }

  /** As {@link add}, of halves: thousands are read before the first answer. */
  addHalves(high: number, low: number, length: number, unit: number): void {
    if (this.#base === undefined) {
      this.#base = (BigInt(high) << 32n) | BigInt(low);
      this.#high = high;
      this.#low = low;
    }
    const start = (high - this.#high) * 0x1_0000_0000 + (low - this.#low);
    this.#tuples.push({ start, end: start + length, unit });
  }

  sorted(): Map {
    const sorted = this.#tuples.sort((a, b) => a.start - b.start);
    return {
      base: this.#base ?? 0n,
      starts: Float64Array.from(sorted, ({ start }) => start),
      ends: Float64Array.from(sorted, ({ end }) => end),
      units: Float64Array.from(sorted, ({ unit }) => unit),
    };
  }
}

function find({ base, starts, ends, units }: Map, address: bigint): number | undefined {
  const place = rangeHolding(starts, ends, Number(address - base));
  return place === undefined ? undefined : units[place];
}

/** The tuples of one unit (DWARF 5, 6.1.2; version 2 in all). */
function readSet(at: ByteCursor, tuples: Tuples, units: Set<number>): void {
  const begin = at.at;
  const { length, offsetSize } = at.unitLength();
  const end = at.at + length;
  if (end > at.bytes.length) throw at.corrupt('a set of addresses past the end of the section');
  const version = at.u16();
  const unit = at.offset(offsetSize);
  const addressSize = at.u8();
  const segmentSize = at.u8();
  if (version !== 2 || segmentSize !== 0 || (addressSize !== 8 && addressSize !== 4)) {
    at.at = end;
    return;
  }
  // The first tuple is aligned to its own size, from the start of the set.
  const size = 2 * addressSize;
  at.at = begin + Math.ceil((at.at - begin) / size) * size;
  if (units.size > MAX_TUPLES) throw at.corrupt('more units than any kernel');
  units.add(unit);
  while (at.at + size <= end) {
    const first = at.u32();
    const high = addressSize === 8 ? at.u32() : 0;
    const count = addressSize === 8 ? at.offset(8) : at.u32();
    // Little-endian files have the low half first.
    const [upper, lower] = at.little || addressSize === 4 ? [high, first] : [first, high];
    // One at 0 is of code that the linker dropped.
    if (count > 0 && (upper > 0 || lower > 0)) tuples.addHalves(upper, lower, count, unit);
  }
  at.at = end;
}
