import { describe, expect, test } from 'vitest';
import { va } from '../../../src/base/address.ts';
import { findFreeBlock, freeBlocks, freeLists } from '../../../src/kernel/mm/buddy.ts';
import { memoryUse } from '../../../src/kernel/mm/meminfo.ts';
import { memoryNodes } from '../../../src/kernel/mm/nodes.ts';
import {
  compoundHead,
  isSlabPage,
  pageAt,
  pageFlagNames,
  pageLayout,
  pageOfFrame,
  pagesOfRun,
} from '../../../src/kernel/mm/pages.ts';
import { pageRuns, pageToPfn, pfnToPage, sectionTable } from '../../../src/kernel/mm/sections.ts';
import { vmapAreaOfPfn, vmapAreas } from '../../../src/kernel/mm/vmalloc.ts';
import { vmCounter } from '../../../src/kernel/mm/vmstat.ts';
import { FlagNames, pageRow, pageRunRows } from '../../../src/output/mm/page-rows.ts';
import { needsDumps, sharedTarget } from '../shared-dumps.ts';

const ALL = ['kd61-null', 'x61-hwpoison-1g', 'x61-la57-nx', 'x612-gpf', 'x61-hang'];

describe('page structs of real dumps', needsDumps, () => {
  test.each(ALL)('a frame of %s leads to its page struct and back', (name) => {
    const target = sharedTarget(name);
    for (const pfn of [0, 1, 4095, 4096, 70_000, 100_001]) {
      const page = pfnToPage(target, pfn);
      expect(page && pageToPfn(target, page)).toBe(pfn);
    }
  });

  test('an address inside a page struct is no page struct', () => {
    const target = sharedTarget('kd61-null');
    expect(pageToPfn(target, va(pfnToPage(target, 5)! + 8n))).toBeUndefined();
  });

  test('a frame beyond the last section has no page struct', () => {
    const target = sharedTarget('kd61-null');
    expect(pfnToPage(target, 6 * 32_768)).toBeUndefined();
    expect(pfnToPage(target, 2 ** 34)).toBeUndefined();
    expect(pageOfFrame(target, 6 * 32_768)).toBeUndefined();
  });

  test.each(ALL)('the runs of %s hold every page struct of every section once', (name) => {
    const target = sharedTarget(name);
    const table = sectionTable(target);
    let expected = 0;
    for (const { nr } of table.all()) {
      expect(expected).toBe(nr * table.pagesPerSection);
      expected += table.pagesPerSection;
    }
    let next = 0;
    for (const { pfn, count, bytes } of pageRuns(target)) {
      expect(pfn).toBe(next);
      expect(bytes?.length).toBeGreaterThanOrEqual(count * table.structSize);
      next += count;
    }
    expect(next).toBe(expected);
  });

  test('a tail page names the head of its compound page, a head itself', () => {
    const target = sharedTarget('kd61-null');
    const head = va(0xfffffbb880047e00n);
    expect(compoundHead(target, va(0xfffffbb880047e80n))).toBe(head);
    expect(compoundHead(target, head)).toBe(head);
  });

  test('a slab page is known by its flag in 6.1 and by its page type in 6.12', () => {
    expect(isSlabPage(sharedTarget('kd61-null'), va(0xfffffbb880bfdc80n))).toBe(true);
    const newer = sharedTarget('x612-gpf');
    const slab = va(0xfffffb50000a0a00n);
    expect(pageFlagNames(newer, pageAt(newer, slab, pageToPfn(newer, slab)!).flags)).toEqual([]);
    expect(isSlabPage(newer, slab)).toBe(true);
    expect(isSlabPage(newer, pfnToPage(newer, 1)!)).toBe(false);
  });

  test('the two poisoned pages of the hwpoison dump say so', () => {
    const target = sharedTarget('x61-hwpoison-1g');
    let poisoned = 0;
    for (const run of pageRuns(target)) {
      for (const { flagNames } of pagesOfRun(target, run))
        if (flagNames.includes('hwpoison')) poisoned++;
    }
    expect(poisoned).toBe(2);
  });

  test.each(ALL)('rows made of bytes are the rows made of records (%s)', (name) => {
    const target = sharedTarget(name);
    const flags = new FlagNames((word) => pageFlagNames(target, word));
    let runs = 0;
    for (const run of pageRuns(target)) {
      if (runs++ % 37 !== 0 || !run.bytes) continue;
      const records = pagesOfRun(target, run)
        .map((page) => `${pageRow(page, 8)}\n`)
        .join('');
      const rows = pageRunRows({ ...run, bytes: run.bytes }, pageLayout(target), flags, 8);
      expect(rows).toBe(records);
    }
    expect(runs).toBeGreaterThan(100);
  });
});

describe('vmalloc space of real dumps', needsDumps, () => {
  test.each(ALL)('a frame that vmalloc space of %s maps is found where it is mapped', (name) => {
    const target = sharedTarget(name);
    for (const area of vmapAreas(target).areas.filter((_, i) => i % 40 === 0)) {
      const physical = target.kernel.translate(area.start);
      if (physical === undefined) continue;
      const found = vmapAreaOfPfn(target, Number(physical >> 12n));
      expect(found && target.kernel.translate(found.address)).toBe(physical);
    }
  });

  test('a frame that only the direct map maps is not found', () => {
    expect(vmapAreaOfPfn(sharedTarget('kd61-null'), 1)).toBeUndefined();
  });
});

describe('free memory of real dumps', needsDumps, () => {
  test.each(ALL)('the free lists of %s hold as many pages as the zones count', (name) => {
    const target = sharedTarget(name);
    for (const { zones } of memoryNodes(target)) {
      for (const zone of zones.filter(({ spannedPages }) => spannedPages > 0)) {
        let pages = 0;
        for (const list of freeLists(target, zone)) {
          for (const _ of freeBlocks(target, list)) pages += 2 ** list.order;
        }
        expect(pages).toBe(zone.freePages);
      }
    }
  });

  test('the last page of a free block is found in it, the page behind it is not', () => {
    const target = sharedTarget('kd61-null');
    const zone = memoryNodes(target)[0]!.zones[1]!;
    const list = [...freeLists(target, zone)].find(({ order, type }) => order === 3 && type === 1)!;
    const [block] = [...freeBlocks(target, list)];
    const first = pageToPfn(target, block!)!;
    expect(findFreeBlock(target, first + 7)).toMatchObject({ page: block, offset: 7, list });
    expect(findFreeBlock(target, first + 8)?.page).not.toBe(block);
  });

  test('the summary adds up: free pages are the global counter, sharing is counted page by page', () => {
    const target = sharedTarget('x61-hang');
    const work = memoryUse(target);
    let step = work.next();
    while (!step.done) step = work.next();
    const use = step.value;
    expect(use.free).toBe(vmCounter(target, 'NR_FREE_PAGES'));
    expect(use.shared).toBeGreaterThan(0);
    expect(use.total).toBeGreaterThan(use.free + use.slab + use.cached);
    expect(use.swap).toEqual({ total: 16_383, used: 3090 });
  });
});
