/** Where a NUL-terminated string begins. `start` may be outside `bytes` (a wrong offset): then it is empty. */
export interface StringPlace {
  readonly bytes: Uint8Array;
  readonly start: number;
}

/**
 * A hash index from names to entry numbers over NUL-terminated strings that stay bytes: building it
 * for the 13,000 named types of a kernel decodes no string and takes about a millisecond.
 */
export class NameIndex {
  readonly #place: (offset: number) => StringPlace;
  readonly #nameOffsets: Uint32Array;
  readonly #heads: Int32Array;
  readonly #next: Int32Array;
  readonly #mask: number;

  /** `nameOffsets[entry]` is the entry's name as an offset that `place` finds. */
  constructor(place: (offset: number) => StringPlace, nameOffsets: Uint32Array) {
    let size = 16;
    while (size < nameOffsets.length) size *= 2;
    this.#place = place;
    this.#nameOffsets = nameOffsets;
    this.#heads = new Int32Array(size).fill(-1);
    this.#next = new Int32Array(nameOffsets.length);
    this.#mask = size - 1;
    // From last to first, so that a chain gives entries in ascending order.
    for (let entry = nameOffsets.length - 1; entry >= 0; entry--) {
      const slot = hashAt(place(nameOffsets[entry]!)) & this.#mask;
      this.#next[entry] = this.#heads[slot]!;
      this.#heads[slot] = entry;
    }
  }

  /** Entry numbers with exactly this name, ascending. */
  find(name: string): number[] {
    const wanted = Buffer.from(name, 'utf8');
    const found: number[] = [];
    if (wanted.includes(0)) return found;
    let entry = this.#heads[hashAt({ bytes: wanted, start: 0 }) & this.#mask]!;
    for (; entry >= 0; entry = this.#next[entry]!) {
      if (matches(this.#place(this.#nameOffsets[entry]!), wanted)) found.push(entry);
    }
    return found;
  }
}

function matches({ bytes, start }: StringPlace, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  const end = start + wanted.length;
  return end >= bytes.length || bytes[end] === 0;
}

/** FNV-1a over the bytes up to the NUL or the end, folded so that the low bits are good. */
function hashAt({ bytes, start }: StringPlace): number {
  let hash = 0x811c9dc5;
  for (let i = start; i >= 0 && i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0) break;
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash ^ (hash >>> 15)) >>> 0;
}
