/** A least-recently-used map bounded by number of entries. Recency is Map insertion order. */
export class Lru<K, V> {
  readonly #map = new Map<K, V>();
  readonly #capacity: number;

  constructor(capacity: number) {
    if (!(capacity >= 1)) throw new RangeError('an LRU holds at least one entry');
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    const value = this.#map.get(key);
    if (value === undefined) return undefined;
    this.#map.delete(key);
    this.#map.set(key, value);
    return value;
  }

  /** Stores a value; returns the evicted value, so that its memory can be used again. */
  set(key: K, value: V): V | undefined {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= this.#capacity) return undefined;
    const oldest = this.#map.entries().next().value;
    if (!oldest) return undefined;
    this.#map.delete(oldest[0]);
    return oldest[1];
  }

  clear(): void {
    this.#map.clear();
  }
}
