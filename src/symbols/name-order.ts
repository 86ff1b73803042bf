import { plus, type VAddr } from '../base/address.ts';
import { ReadError } from '../base/errors.ts';
import type { NameTable } from './kallsyms-names.ts';
import { LazyBytes } from './lazy-bytes.ts';
import type { Reader } from './types.ts';

/** An entry is a symbol number in three bytes, the highest first. */
const ENTRY = 3;
/** Clones of one function, and namesakes in many files: some tens of `.isra.0`, some hundreds of `__func__`. */
const MAX_RUN = 8192;
const PROOFS = 8;
/** Names remembered: every bisection begins with the same entries. */
const MAX_KNOWN = 1024;

/**
 * The kernel's own order of its symbols by name: `kallsyms_seqs_of_names`, since 6.2 (60443c88f3a8, kallsyms: Improve
 * the performance of kallsyms_lookup_name()). A name is found by bisection, which touches a few pages of names where an
 * index of all names would touch every page. Each step is checked against the names it lies between, so that bytes that
 * are no such table are noticed.
 */
export class NameOrder {
  readonly #sequence: LazyBytes;
  readonly #names: NameTable;
  readonly #known = new Map<number, string>();

  private constructor(sequence: LazyBytes, names: NameTable) {
    this.#sequence = sequence;
    this.#names = names;
  }

  /** The order at `address`, if samples of it are in order. */
  static at(reader: Reader, address: VAddr, names: NameTable): NameOrder | undefined {
    const order = new NameOrder(new LazyBytes(reader, address, names.count * ENTRY), names);
    try {
      let before = '';
      for (let i = 1; i < PROOFS; i++) {
        const index = Math.floor((names.count * i) / PROOFS);
        const name = order.#name(index);
        if (name === undefined || name < before) return undefined;
        before = name;
      }
      return order.find(before)?.length ? order : undefined;
    } catch (error) {
      if (error instanceof ReadError) return undefined;
      throw error;
    }
  }

  /**
   * Numbers of the symbols whose full name is `name` or `name` and a suffix that begins with a dot, in no order; or
   * undefined when the names met on the way are out of order. Throws ReadError where a page is not there.
   */
  find(name: string): number[] | undefined {
    let low = 0;
    let high = this.#names.count;
    let below = '';
    let above: string | undefined;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const here = this.#name(middle);
      if (here === undefined || here < below || (above !== undefined && here > above))
        return undefined;
      if (here < name) [low, below] = [middle + 1, here];
      else [high, above] = [middle, here];
    }
    const found: number[] = [];
    for (let place = low; place < this.#names.count && found.length < MAX_RUN; place++) {
      const here = this.#name(place);
      if (here === undefined) return undefined;
      if (here !== name && !(here.startsWith(name) && here.charAt(name.length) === '.')) break;
      found.push(this.#symbolNumber(place));
    }
    return found;
  }

  #symbolNumber(place: number): number {
    const at = place * ENTRY;
    this.#sequence.ensure(at, at + ENTRY);
    const { view } = this.#sequence;
    return (view.getUint16(at) << 8) | view.getUint8(at + 2);
  }

  /** The full name at a place in the order; undefined when the number there is no symbol's. */
  #name(place: number): string | undefined {
    const known = this.#known.get(place);
    if (known !== undefined) return known;
    const index = this.#symbolNumber(place);
    if (index >= this.#names.count) return undefined;
    const name = this.#names.expand(index).slice(1);
    if (this.#known.size < MAX_KNOWN) this.#known.set(place, name);
    return name;
  }
}

/**
 * Addresses at which the order may begin. In 6.2 and 6.3 after the markers, which {@link NameTable} finds; since 6.4
 * (404bad70fcf7, scripts/kallsyms: change the output order) after kallsyms_offsets and, up to 6.19,
 * kallsyms_relative_base.
 */
export function findNameOrder(
  reader: Reader,
  names: NameTable,
  offsets: VAddr | undefined,
): NameOrder | undefined {
  const places: VAddr[] = [];
  if (names.behindMarkers !== undefined) places.push(names.behindMarkers);
  if (offsets !== undefined) {
    const end = plus(offsets, names.count * 4);
    const aligned = plus(end, Number(-end & 7n));
    places.push(plus(aligned, 8), aligned, end);
  }
  for (const place of places) {
    const order = NameOrder.at(reader, place, names);
    if (order !== undefined) return order;
  }
  return undefined;
}
