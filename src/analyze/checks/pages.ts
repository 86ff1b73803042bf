import { hex, plus, type VAddr } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import type { Target } from '../../kernel/core/target.ts';
import { type FreeList, freeLists } from '../../kernel/mm/buddy.ts';
import { memoryNodes, type Zone } from '../../kernel/mm/nodes.ts';
import { buddyTest, pageFlagBit, pageLayout } from '../../kernel/mm/pages.ts';
import { pageRuns, pageToPfn, pfnToPage } from '../../kernel/mm/sections.ts';
import type { Check, Finding, Tally } from './check.ts';
import { isAnyCpuIn } from './page-tables/spaces.ts';

/** Flags that no free page has: PAGE_FLAGS_CHECK_AT_FREE, include/linux/page-flags.h. */
const NEVER_FREE = [
  'locked',
  'lru',
  'active',
  'private',
  'private_2',
  'writeback',
  'reserved',
  'unevictable',
  'mlocked',
  'slab',
];
/** Functions that take blocks from free lists and put them there: mm/page_alloc.c. */
const ALLOCATING =
  /^(?:rmqueue\w*|__rmqueue\w*|get_page_from_freelist|__?free_\w*pages?\w*|free_pcppages_bulk|free_one_page|expand|steal_suitable_fallback|move_freepages\w*|compaction_alloc|isolate_\w+)$/;

/** The free pages of the page allocator. */
export const pagesCheck: Check = {
  name: 'pages',
  title: 'free pages: lists, orders, counts, flags; reference counts of all pages',
  *run(target, tally) {
    const found = [...readPages(target, tally)];
    // A CPU that was at work on the lists leaves them between two states.
    if (found.length > 0 && isAnyCpuIn(target, ALLOCATING)) tally.skipped += found.length;
    else yield* found;
  },
};

/** A page struct that is the head of a free block. */
interface Head {
  readonly pfn: number;
  readonly page: VAddr;
  readonly order: number;
}

function* readPages(target: Target, tally: Tally): Generator<Finding> {
  const isBuddy = buddyTest(target);
  const listed = new Map<number, number>();
  const { types } = target;
  const link = (types.findMember('page', 'buddy_list') ?? types.member('page', 'lru')).offset;
  let isWhole = true;
  for (const { zones } of memoryNodes(target))
    for (const zone of zones) {
      // The lists of a zone without memory were never set up.
      if (zone.spannedPages === 0) continue;
      const counts = new Map<number, number>();
      for (const list of freeLists(target, zone)) {
        target.kernel.checkpoint();
        let length: number | undefined;
        const broken: Finding[] = [];
        yield* tally.one(() => {
          length = walkFree(target, list, link, listed, broken);
          return undefined;
        });
        yield* broken;
        if (length === undefined) isWhole = false;
        counts.set(list.order, (counts.get(list.order) ?? 0) + (length ?? Number.NaN));
      }
      yield* wrongCounts(target, tally, zone, counts);
    }
  if (isBuddy) yield* checkStructs(target, tally, isBuddy, listed, isWhole);
}

/**
 * The blocks of one list: their number; undefined where a link to the next one is wrong. What is wrong is added to `broken`. Throws
 * ReadError.
 */
function walkFree(
  target: Target,
  { head, order }: FreeList,
  link: number,
  listed: Map<number, number>,
  broken: Finding[],
): number | undefined {
  let count = 0;
  for (let entry = head; ; ) {
    const next = target.kernel.pointer(entry);
    const pfn = next === head ? undefined : pageToPfn(target, plus(next, -link));
    const isPage = next === head || pfn !== undefined;
    const back = isPage ? target.kernel.pointer(plus(next, target.arch.pointerSize)) : undefined;
    if (back !== entry) {
      const isNext = !isPage || (back !== undefined && target.kernel.tryWord(back) === next);
      const address = isNext ? entry : plus(next, target.arch.pointerSize);
      broken.push({
        address,
        found: isNext ? next : (back ?? 0n),
        expected: isNext ? undefined : entry,
        text: `on a list of free blocks of order ${order} ${hex(entry)}.next is ${hex(next)}${back === undefined ? ', which is no struct page' : `, whose prev is ${hex(back)}`}`,
        command: `list -H ${hex(head)}`,
      });
      if (isNext) return undefined;
    }
    if (pfn === undefined || listed.has(pfn)) return count;
    listed.set(pfn, order);
    count++;
    entry = next;
  }
}

function* wrongCounts(
  target: Target,
  tally: Tally,
  zone: Zone,
  counts: ReadonlyMap<number, number>,
): Generator<Finding> {
  for (const [order, count] of counts) {
    if (Number.isNaN(count)) continue;
    yield* tally.one(() => {
      const zoneObject = target.object('zone', zone.address);
      const path = `free_area[${order}].nr_free`;
      const says = zoneObject.num(path);
      return says === count
        ? undefined
        : {
            address: zoneObject.addressOf(path),
            found: BigInt(says),
            expected: BigInt(count),
            text: `zone ${zone.name} counts ${says} free blocks of order ${order}, and its lists have ${count}`,
            command: 'kmem -f',
          };
    });
  }
}

/** Each struct page: heads of free blocks against the lists, flags and references. */
function* checkStructs(
  target: Target,
  tally: Tally,
  isBuddy: (type: number) => boolean,
  listed: ReadonlyMap<number, number>,
  isWhole: boolean,
): Generator<Finding> {
  const layout = pageLayout(target);
  const order = target.types.member('page', 'private').offset;
  const never = NEVER_FREE.reduce((sum, name) => {
    const bit = pageFlagBit(target, `PG_${name}`);
    return bit === undefined ? sum : sum | (1n << BigInt(bit));
  }, 0n);
  const seen = new Set<number>();
  const finding = (
    page: VAddr,
    offset: number,
    found: bigint,
    expected: bigint | undefined,
    text: string,
  ): Finding => ({
    address: plus(page, offset),
    found: BigInt.asUintN(64, found),
    expected,
    text,
    command: `kmem ${hex(page)}`,
  });
  for (const run of pageRuns(target)) {
    target.kernel.checkpoint();
    if (!run.bytes) {
      tally.skipped += run.count;
      continue;
    }
    const view = viewOf(run.bytes);
    const wrong: Finding[] = [];
    for (let i = 0; i < run.count; i++) {
      const at = i * layout.size;
      const type = view.getUint32(at + layout.type, true);
      const count = view.getInt32(at + layout.count, true);
      const pfn = run.pfn + i;
      tally.checked++;
      if (count < 0) {
        const page = plus(run.page, at);
        const text = `the page ${hex(page)} has ${count} references`;
        wrong.push(finding(page, layout.count, BigInt.asUintN(32, BigInt(count)), undefined, text));
      }
      if (!isBuddy(type)) continue;
      seen.add(pfn);
      const head: Head = {
        pfn,
        page: plus(run.page, at),
        order: Number(view.getBigUint64(at + order, true)),
      };
      const own = listed.get(pfn);
      const { page } = head;
      if (own === undefined) {
        if (isWhole) {
          const text = `the page ${hex(page)} is marked as a free block, and no list has it`;
          wrong.push(finding(page, layout.type, BigInt(type), undefined, text));
        }
        continue;
      }
      if (own !== head.order) {
        const text = `the free block ${hex(page)} says that its order is ${head.order}, and it is on a list of order ${own}`;
        wrong.push(finding(page, order, BigInt(head.order), BigInt(own), text));
      }
      if (count > 0) {
        const text = `the free block ${hex(page)} has ${count} references`;
        wrong.push(finding(page, layout.count, BigInt(count), 0n, text));
      }
      const flags = view.getBigUint64(at + layout.flags, true);
      if ((flags & never) !== 0n) {
        const text = `the free block ${hex(page)} has flags that no free page has: ${hex(flags & never)}`;
        wrong.push(finding(page, layout.flags, flags, flags & ~never, text));
      }
    }
    yield* wrong;
  }
  for (const [pfn] of listed) {
    if (seen.has(pfn)) continue;
    yield* tally.one(() => {
      const page = pfnToPage(target, pfn);
      if (page === undefined) return undefined;
      const type = target.kernel.u32(plus(page, layout.type));
      if (isBuddy(type)) return undefined;
      const text = `the page ${hex(page)} is on a list of free blocks, and is not marked as one`;
      return finding(page, layout.type, BigInt(type), usualMark(target, isBuddy), text);
    });
  }
}

/** What free blocks are marked with, where one word can say it. */
function usualMark(target: Target, isBuddy: (type: number) => boolean): bigint | undefined {
  const value = target.vmcoreinfo.number('PAGE_BUDDY_MAPCOUNT_VALUE');
  const word = value === undefined ? undefined : BigInt.asUintN(32, value);
  return word !== undefined && isBuddy(Number(word)) && (word & 0xffffffn) !== 0n
    ? word
    : undefined;
}
