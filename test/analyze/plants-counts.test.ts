import { expect, it } from 'vitest';
import type { Check } from '../../src/analyze/checks/check.ts';
import { listsCheck } from '../../src/analyze/checks/lists.ts';
import { mapcountAddress, pageFacts } from '../../src/analyze/checks/page-tables/page-facts.ts';
import {
  countedTables,
  rssCounter,
  userSpaces,
} from '../../src/analyze/checks/page-tables/spaces.ts';
import { surveyOf } from '../../src/analyze/checks/page-tables/survey.ts';
import {
  accountingCheck,
  mapcountCheck,
  pageTablesCheck,
} from '../../src/analyze/checks/page-tables/user-tables.ts';
import { entryAddress } from '../../src/analyze/checks/page-tables/walk.ts';
import { stacksCheck } from '../../src/analyze/checks/stacks.ts';
import { topLevelCheck } from '../../src/analyze/checks/top-level.ts';
import { pa, plus, type VAddr } from '../../src/base/address.ts';
import type { Dump } from '../../src/dump/types.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import { taskStack } from '../../src/kernel/task/stack.ts';
import { isExiting } from '../../src/kernel/task/state.ts';
import { taskTable } from '../../src/kernel/task/tasks.ts';
import {
  differences,
  findingsOf,
  type Plant,
  physical,
  pick,
  planted,
  plantingIn,
  random,
  word,
} from './plant.ts';

const PLACES = 200;

/** A word in kernel memory that is another one. */
function changed(target: Target, address: VAddr, now: bigint, size: 1 | 4 | 8 = 8): Plant {
  const was = size === 4 ? BigInt(target.kernel.u32(address)) : target.kernel.u64(address);
  return { at: physical(target, address), bytes: word(now, size), address, expected: was };
}

type Make = (target: Target, next: (below: number) => number) => Plant[];

const stackEnds: Make = (target, next) =>
  taskTable(target).tasks.flatMap((task) => {
    const stack = isExiting(task) ? undefined : taskStack(target, task);
    return stack ? [changed(target, stack.base, BigInt(next(2 ** 31)))] : [];
  });

const canaries: Make = (target, next) =>
  taskTable(target).tasks.map((task) => {
    const address = target.object('task_struct', task.address).addressOf('stack_canary');
    const now = target.kernel.u64(address) | BigInt(1 + next(255));
    return { ...changed(target, address, now), expected: undefined };
  });

const mapcounts: Make = (target, next) => {
  const { mapped } = surveyOf(target, userSpaces(target).spaces);
  return [...mapped.keys()].flatMap((pfn) => {
    const facts = pageFacts(target, pfn);
    if (!facts || (facts.mapping & 3n) === 3n || facts.mapping === 0n) return [];
    // More than were, or fewer, and never none: a page that nothing maps is another fault.
    const by = 1 + next(5);
    const now = facts.mapcount + (facts.mapcount > by && next(2) === 0 ? -by : by);
    return [changed(target, mapcountAddress(target, facts), BigInt(now), 4)];
  });
};

const tableBytes: Make = (target, next) =>
  userSpaces(target).spaces.flatMap(({ mm }) => {
    const counted = countedTables(target, mm);
    const pages = BigInt(1 + next(9)) * 4096n;
    return counted ? [changed(target, counted.address, BigInt(counted.bytes) + pages)] : [];
  });

const residentPages: Make = (target, next) =>
  userSpaces(target).spaces.flatMap(({ mm }) =>
    (['MM_ANONPAGES', 'MM_FILEPAGES', 'MM_SHMEMPAGES'] as const).flatMap((kind) => {
      const counter = rssCounter(target, mm, kind);
      return counter
        ? [changed(target, counter.address, BigInt(counter.value + 1 + next(1000)))]
        : [];
    }),
  );

/** Entries of upper tables that lead to the table of another entry. */
const tablesTwice: Make = (target, next) => {
  const { spaces } = surveyOf(target, userSpaces(target).spaces);
  const lower = spaces.flatMap(({ tables }) => tables).filter(({ by }) => by.level === 'PMD');
  return lower.flatMap((table, i) => {
    // A free place after the entry, so that the one that was there first is met first.
    const at = table.by.at + 8n;
    const isFree = at % 4096n !== 0n && target.memory.physical.u64(pa(at)) === 0n;
    if (i % 2 === 1 || !isFree) return [];
    const other = lower[next(i + 1)] as typeof table;
    const isBefore = lower.indexOf(other) <= i;
    const now = other.by.entry;
    return isBefore
      ? [{ at: pa(at), bytes: word(now), address: entryAddress(target, at), expected: undefined }]
      : [];
  });
};

const topLevels: Make = (target, next) =>
  userSpaces(target).spaces.flatMap(({ root }) =>
    Array.from({ length: 12 }, (_, i) => {
      const at = root + BigInt(8 * (256 + i * 20 + next(20)));
      const was = target.memory.physical.u64(pa(at));
      return {
        at: pa(at),
        bytes: word(was ^ (0x1000n << BigInt(next(20)))),
        address: entryAddress(target, at),
        expected: was,
      };
    }),
  );

/** prev of entries of the list of tasks, and of that of modules: each of every third, so that the others stand. */
const listBacks: Make = (target, next) => {
  const link = target.types.member('task_struct', 'tasks').offset;
  const places = taskTable(target).tasks.filter(({ pid, tgid }) => pid !== 0 && pid === tgid);
  return places
    .filter((_, i) => i % 3 === 0)
    .map(({ address }) => {
      const now = 0xffff_8880_0000_0000n + BigInt(next(2 ** 20) * 8);
      return changed(target, plus(address, link + 8), now);
    });
};

/** next of one entry of a list that is another word: of each third. */
const listNexts: Make = (target, next) => {
  const link = target.types.member('task_struct', 'tasks').offset;
  const places = taskTable(target).tasks.filter(({ pid, tgid }) => pid !== 0 && pid === tgid);
  const words = [0xffff_8880_0000_0000n, 0xdead_0000_0000_0100n, 0n, 0x4141_4141_4141_4141n];
  return places
    .filter((_, i) => i % 3 === 0)
    .map(({ address }) => {
      const now = (words[next(words.length)] as bigint) + BigInt(next(2 ** 10) * 8);
      return changed(target, plus(address, link), now);
    });
};

const KINDS: readonly (readonly [
  name: string,
  checks: readonly Check[],
  make: Make,
  most: number,
])[] = [
  ['end magic of a stack', [stacksCheck], stackEnds, PLACES],
  ['canary', [stacksCheck], canaries, PLACES],
  ['mapcount', [pageTablesCheck, mapcountCheck, accountingCheck], mapcounts, PLACES],
  ['bytes of page tables', [accountingCheck], tableBytes, PLACES],
  ['resident pages', [accountingCheck], residentPages, PLACES],
  ['a table twice', [pageTablesCheck, mapcountCheck, accountingCheck], tablesTwice, PLACES],
  ['copy of a top-level entry', [topLevelCheck], topLevels, PLACES],
  ['prev of a list', [listsCheck], listBacks, PLACES],
  ['next of a list', [listsCheck], listNexts, PLACES],
];

function check(dump: Dump): void {
  const sound = openTarget(dump);
  for (const [name, checks, make, most] of KINDS) {
    const plants = pick(make(sound, random(7)), most, 7);
    it(`${name}, ${plants.length} places`, () => {
      expect(plants.length).toBeGreaterThan(10);
      expect(differences(plants, findingsOf(planted(dump, plants), ...checks))).toEqual([]);
    });
  }
}

plantingIn('planted in %s', (dump) => {
  check(dump);
});
