import { describe, expect, test } from 'vitest';
import { healthy } from '../../../dumps/incidents/healthy.ts';
import { countFreeBlocks, freeLists } from '../../../src/kernel/mm/buddy.ts';
import { exactCounter } from '../../../src/kernel/mm/exact-counters.ts';
import { memoryShares } from '../../../src/kernel/mm/memory-shares.ts';
import { memoryNodes } from '../../../src/kernel/mm/nodes.ts';
import { vmCounter } from '../../../src/kernel/mm/vmstat.ts';
import { openBytes } from '../../dumps/open-image.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const NAMES = ['x61-hang', 'x61-badpte', 'x61-hwpoison-1g', 'x612-gpf', 'kd61-null'];

describe('memory of real dumps', needsDumps, () => {
  test.each(NAMES)(
    '%s: free pages with the parts of the CPUs are those on the free lists',
    (name) => {
      const target = sharedTarget(name);
      let pages = 0;
      for (const { zones } of memoryNodes(target)) {
        for (const zone of zones) {
          for (const list of freeLists(target, zone)) {
            pages += countFreeBlocks(target, list).blocks * 2 ** list.order;
          }
        }
      }
      expect(exactCounter(target, 'NR_FREE_PAGES')).toBe(pages);
    },
  );

  test('a part that only a CPU knows is small, and some machine had one', () => {
    const parts = NAMES.flatMap((name) => {
      const target = sharedTarget(name);
      return ['NR_FREE_PAGES', 'NR_ANON_MAPPED', 'NR_SHMEM', 'NR_PAGETABLE'].map(
        (counter) => exactCounter(target, counter)! - vmCounter(target, counter)!,
      );
    });
    expect(parts.some((part) => part !== 0)).toBe(true);
    expect(parts.every((part) => Math.abs(part) <= 2 * 125)).toBe(true);
  });

  test.each(NAMES)(
    '%s: shares are the whole, and little of a machine at rest is unaccounted',
    (name) => {
      const { total, shares } = memoryShares(sharedTarget(name));
      expect(shares.reduce((sum, { pages }) => sum + pages, 0)).toBe(total);
      const unaccounted = shares.find((share) => share.name === 'unaccounted')?.pages ?? -1;
      expect(unaccounted).toBeGreaterThanOrEqual(0);
      expect(unaccounted).toBeLessThan(1500);
      for (const { pages } of shares) expect(pages).toBeGreaterThanOrEqual(0);
    },
  );

  test('a pool of huge pages is a share whether its pages are used or not', () => {
    const { shares } = memoryShares(sharedTarget('x61-hwpoison-1g'));
    expect(shares.find(({ name }) => name === 'hugetlb')?.pages).toBe(265_728);
  });
});

test('counters that a kernel lacks are left out, and what they would have had is unaccounted', () => {
  const { shares, total } = memoryShares(openBytes(healthy.build().kdump()));
  const names = shares.map(({ name }) => name);
  expect(names).not.toContain('iommu');
  expect(names.at(-1)).toBe('unaccounted');
  expect(shares.reduce((sum, { pages }) => sum + pages, 0)).toBe(total);
});
