import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  closestNames,
  distanceOf,
  distanceWithin,
  SpellingIndex,
} from '../../../src/session/completion/spelling.ts';
import { effort } from '../../run/effort.ts';

/** The textbook's table, slow and plain. */
function plainDistance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => (i === 0 ? j : j === 0 ? i : 0)),
  );
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      d[i]![j] = Math.min(d[i - 1]![j]! + 1, d[i]![j - 1]! + 1, d[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d[i]![j] = Math.min(d[i]![j]!, d[i - 2]![j - 2]! + 1);
    }
  }
  return d[a.length]![b.length]!;
}
const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });

describe('the distance of two words', () => {
  test('counts a swap of neighbours as one slip', () => {
    expect(distanceOf('kmem', 'kmme')).toBe(1);
    expect(distanceOf('shedule', 'schedule')).toBe(1);
  });

  test('is what the plain table says', () => {
    fc.assert(fc.property(word, word, (a, b) => distanceOf(a, b) === plainDistance(a, b)));
  });

  test('is not told when it is larger than asked for', () => {
    fc.assert(
      fc.property(word, word, fc.nat(5), (a, b, most) => {
        const plain = plainDistance(a, b);
        expect(distanceWithin(a, b, most)).toBe(plain <= most ? plain : undefined);
      }),
    );
  });
});

describe('the nearest names', () => {
  test('are those with the fewest slips, the likest beginning first', () => {
    expect(closestNames('jiffes', ['jiffies', 'jiffies_64', 'gipffes', 'rd'])).toEqual(['jiffies']);
    expect(closestNames('cat', ['bat', 'car', 'dog'])).toEqual(['car', 'bat']);
  });

  test('ignore case before they count letters', () => {
    expect(closestNames('PS', ['ps', 'pt'])).toEqual(['ps']);
  });

  test('of a word that nothing resembles are none', () => {
    expect(closestNames('xyzzy', ['kmem', 'vtop'])).toEqual([]);
    expect(closestNames('', ['a'])).toEqual([]);
    expect(closestNames('x'.repeat(10_000), ['x'.repeat(9999)])).toEqual([]);
  });

  test('are the same whether all names are compared or only likely ones', () => {
    fc.assert(
      fc.property(word, fc.array(word, { maxLength: 30 }), (asked, names) => {
        const near = new SpellingIndex();
        for (const name of names) near.add(name);
        expect(near.find(asked)).toEqual(closestNames(asked, names));
      }),
    );
  });

  test('among 200,000 are found within a key stroke', () => {
    const near = new SpellingIndex();
    const parts = ['sched', 'tcp', 'ext4', 'alloc', 'page', 'vma', 'init', 'read', 'lock', 'irq'];
    for (let n = 0; n < 200_000; n++) {
      const at = (shift: number): string => parts[Math.floor(n / 10 ** shift) % 10]!;
      near.add(`${at(0)}_${at(1)}_${at(2)}_${at(3)}_${n % 37}`);
    }
    near.find('warm_the_code_up');
    const words = ['shced_page_irq_tcp_7', 'tcp_page', 'page_alloc_lock_init_q', 'a'];
    const cost = effort(() => {
      for (const asked of words) near.find(asked);
    });
    expect(cost / words.length).toBeLessThan(9);
  });
});
