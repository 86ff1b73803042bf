import { plus, type VAddr, va } from '../../../base/address.ts';
import { viewOf } from '../../../base/bytes.ts';
import type { Target } from '../../../kernel/core/target.ts';
import type { SlabCache } from '../../../kernel/mm/slab/caches.ts';
import { freePointer } from '../../../kernel/mm/slab/freelist.ts';
import type { Slab } from '../../../kernel/mm/slab/slab.ts';

/** A free list as far as it is sound. */
export interface Chain {
  /** Numbers of its objects, in its order. */
  readonly objects: readonly number[];
  /** The word that is wrong; undefined for a list that ends as it should. */
  readonly broken:
    | {
        /** Where it stands. */
        readonly at: VAddr;
        readonly found: bigint;
        /** Where it leads. */
        readonly leads: VAddr;
        readonly wrong: string;
      }
    | undefined;
  /** Address of its last word: the one that says that the list ends. */
  readonly last: VAddr;
}

/** The bytes of one slab, and its objects by number. Throws ReadError. */
export class SlabMemory {
  readonly target: Target;
  readonly cache: SlabCache;
  readonly slab: Slab;
  readonly memory: VAddr;
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #size: bigint;

  constructor(target: Target, cache: SlabCache, slab: Slab, memory: VAddr) {
    this.target = target;
    this.cache = cache;
    this.slab = slab;
    this.memory = memory;
    this.bytes = target.kernel.read(memory, slab.objects * cache.size);
    this.#view = viewOf(this.bytes);
    this.#size = BigInt(cache.size);
  }

  /** Address of an object, after its red zone. */
  objectAt(index: number): VAddr {
    return plus(this.memory, index * this.cache.size + this.cache.redLeftPad);
  }

  /** The number of an object by its address; undefined for an address between objects or outside. */
  indexOf(object: bigint): number | undefined {
    const distance = object - this.memory - BigInt(this.cache.redLeftPad);
    if (distance < 0n || distance % this.#size !== 0n) return undefined;
    const index = Number(distance / this.#size);
    return index < this.slab.objects ? index : undefined;
  }

  /** Where an object has its free pointer, and the word there. */
  pointerOf(index: number): { readonly at: VAddr; readonly stored: bigint } {
    const at = plus(this.objectAt(index), this.cache.freeOffset);
    return { at, stored: this.#view.getBigUint64(Number(at - this.memory), true) };
  }

  /** Where an object's free pointer leads. */
  next(index: number): VAddr {
    const { at, stored } = this.pointerOf(index);
    return freePointer(this.target, this.cache, stored, at);
  }

  /** Follows a free list. `from`: where its first pointer stands, which is stored as it is. */
  chain(first: bigint, from: VAddr, isTaken: (index: number) => boolean): Chain {
    const objects: number[] = [];
    const own = new Set<number>();
    let leads = va(first);
    let at = from;
    let found = first;
    while (leads !== 0n) {
      const index = this.indexOf(leads);
      const wrong =
        index === undefined
          ? this.#outside(leads)
          : own.has(index)
            ? 'leads back into the list: a circle'
            : isTaken(index)
              ? 'leads to an object of another free list'
              : undefined;
      if (wrong !== undefined || index === undefined)
        return { objects, broken: { at, found, leads, wrong: wrong ?? '' }, last: at };
      own.add(index);
      objects.push(index);
      const pointer = this.pointerOf(index);
      at = pointer.at;
      found = pointer.stored;
      leads = freePointer(this.target, this.cache, found, at);
    }
    return { objects, broken: undefined, last: at };
  }

  #outside(leads: bigint): string {
    const isInside = leads >= this.memory && leads < this.memory + BigInt(this.bytes.length);
    return isInside ? 'leads into the middle of an object' : 'leads out of the slab';
  }

  /**
   * The first object of the only chain of so many objects that no list has: the rest of a list that was cut. 0n where none
   * may be left; undefined where it cannot be told. Objects in use may have an old pointer: only a chain of the right length
   * that ends, and of which no other object leads to the first, counts.
   */
  lostChain(length: number, listed: ReadonlySet<number>): VAddr | undefined {
    if (length === 0) return va(0);
    const next = new Map<number, number | undefined>();
    const isLed = new Set<number>();
    for (let i = 0; i < this.slab.objects; i++) {
      if (listed.has(i)) continue;
      const leads = this.next(i);
      const index = leads === 0n ? undefined : this.indexOf(leads);
      if (leads !== 0n && (index === undefined || listed.has(index))) continue;
      next.set(i, index);
      if (index !== undefined) isLed.add(index);
    }
    const heads: number[] = [];
    for (const head of next.keys()) {
      let count = 0;
      let at: number | undefined = head;
      while (at !== undefined && next.has(at) && count <= length) {
        count++;
        at = next.get(at);
      }
      if (at === undefined && count === length) heads.push(head);
    }
    const free = heads.filter((head) => !isLed.has(head));
    const [only] = free.length === 1 ? free : heads;
    return only !== undefined && (free.length === 1 || heads.length === 1)
      ? this.objectAt(only)
      : undefined;
  }
}
