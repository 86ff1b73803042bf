import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lru } from '../../src/base/lru.ts';

/** The same thing, slowly: an array with the least recently used first. */
function slowLru(capacity: number) {
  let entries: [number, number][] = [];
  return {
    get(key: number) {
      const found = entries.find(([k]) => k === key);
      if (found) entries = [...entries.filter(([k]) => k !== key), found];
      return found?.[1];
    },
    set(key: number, value: number) {
      entries = [...entries.filter(([k]) => k !== key), [key, value]];
      return entries.length > capacity ? entries.shift()?.[1] : undefined;
    },
  };
}

describe('Lru', () => {
  it('agrees with a plain list whatever is got and set', () => {
    const step = fc.record({ key: fc.nat(12), value: fc.option(fc.nat(1000)) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step), (capacity, steps) => {
        const fast = new Lru<number, number>(capacity);
        const slow = slowLru(capacity);
        for (const { key, value } of steps) {
          if (value === null) expect(fast.get(key)).toBe(slow.get(key));
          else expect(fast.set(key, value)).toBe(slow.set(key, value));
          expect(fast.size).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });

  it('refuses to hold nothing', () => {
    expect(() => new Lru(0)).toThrow(RangeError);
  });
});
