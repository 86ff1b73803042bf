import { expect, it } from 'vitest';
import type { Check } from '../../src/analyze/checks/check.ts';
import { directMapCheck } from '../../src/analyze/checks/page-tables/direct-map.ts';
import { userSpaces } from '../../src/analyze/checks/page-tables/spaces.ts';
import {
  accountingCheck,
  mapcountCheck,
  pageTablesCheck,
} from '../../src/analyze/checks/page-tables/user-tables.ts';
import {
  type Entry,
  entryAddress,
  tableAddress,
  walkEntries,
} from '../../src/analyze/checks/page-tables/walk.ts';
import { vmallocCheck } from '../../src/analyze/checks/vmalloc.ts';
import { pa } from '../../src/base/address.ts';
import type { Dump } from '../../src/dump/types.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { addressMap } from '../../src/kernel/mm/address-map.ts';
import { compoundHead } from '../../src/kernel/mm/pages.ts';
import { pfnToPage } from '../../src/kernel/mm/sections.ts';
import { vmapAreas } from '../../src/kernel/mm/vmalloc.ts';
import { expectedVmallocPage } from '../../src/kernel/mm/vmalloc-pages.ts';
import { openTarget } from '../../src/kernel/open/open.ts';
import {
  differences,
  findingsOf,
  type Plant,
  pick,
  planted,
  plantingIn,
  random,
  word,
} from './plant.ts';

const PLACES = 200;
const ADDRESS = 0x000f_ffff_ffff_f000n;
const SPECIAL = 0x200n;

/** Entries of a range, that map pages. */
function leaves(target: Target, root: bigint, from: bigint, to: bigint): Entry[] {
  const found: Entry[] = [];
  walkEntries(target, root, from, to, {
    table: () => true,
    leaf: (entry) => void found.push(entry),
    absent() {},
    missing() {},
  });
  return found;
}

const directEntries = (target: Target): Entry[] => {
  const { direct } = addressMap(target);
  const from = tableAddress(target, direct.start);
  return leaves(target, target.kernel.root, from, from + (BigInt(target.memory.maxPfn) << 12n));
};

const vmallocEntries = (target: Target): Entry[] =>
  vmapAreas(target).areas.flatMap(({ start, end }) => {
    const from = tableAddress(target, start);
    return leaves(target, target.kernel.root, from, from + (end - start)).filter(
      ({ address, level }) => level === 'PTE' && expectedVmallocPage(target, address) !== undefined,
    );
  });

/** Entries of small pages of processes that the kernel counts: with a struct page of their own that is not reserved. */
function userEntries(target: Target, isAnonymous: boolean): Entry[] {
  return userSpaces(target).spaces.flatMap(({ root, areas }) =>
    leaves(target, root, 0n, target.arch.userEnd).filter(({ level, entry, address }) => {
      if (level !== 'PTE' || (entry & SPECIAL) !== 0n) return false;
      const area = areas.find(({ start, end }) => address >= start && address < end);
      const page = pfnToPage(target, Number((entry & ADDRESS) >> 12n));
      if (page === undefined || !area || (area.flags & 0x40_0000n) !== 0n) return false;
      const mapping = target.object('page', page).pointer('mapping');
      // Which of several processes lost a page of a file is told by their counters: one at a time.
      return (
        (mapping & 1n) === (isAnonymous ? 1n : 0n) &&
        mapping !== 0n &&
        compoundHead(target, page) === page
      );
    }),
  );
}

const anonymous = (target: Target): Entry[] => userEntries(target, true);
const ofFiles = (target: Target): Entry[] => userEntries(target, false);
const all = (target: Target): Entry[] => [...anonymous(target), ...ofFiles(target)];

const asIs = (entry: bigint): bigint => entry;
const plantOf = (target: Target, { at, entry }: Entry, now: bigint): Plant => ({
  at: pa(at),
  bytes: word(now),
  address: entryAddress(target, at),
  expected: entry,
});

/** Flags beside the frame depend on who touched the page last: of a lost entry the frame is what can be known. */
const sameFrame = (found: bigint | undefined): bigint | undefined =>
  found === undefined ? undefined : found & ADDRESS;

interface Kind {
  readonly name: string;
  readonly checks: readonly Check[];
  readonly entries: (target: Target) => Entry[];
  readonly now: (entry: bigint, next: (below: number) => number, maxPfn: number) => bigint;
}

const otherFrame: Kind['now'] = (entry, next, maxPfn) => {
  const frame = BigInt(next(maxPfn)) << 12n;
  return frame === (entry & ADDRESS) ? entry ^ 0x1000n : (entry & ~ADDRESS) | frame;
};
const reserved: Kind['now'] = (entry, next) => entry | (1n << BigInt(47 + next(5)));

const USER = [pageTablesCheck, accountingCheck, mapcountCheck];
const KINDS: readonly Kind[] = [
  { name: 'direct map: zero', checks: [directMapCheck], entries: directEntries, now: () => 0n },
  {
    name: 'direct map: reserved bit',
    checks: [directMapCheck],
    entries: directEntries,
    now: reserved,
  },
  { name: 'direct map: frame', checks: [directMapCheck], entries: smallDirect, now: otherFrame },
  { name: 'vmalloc: zero', checks: [vmallocCheck], entries: vmallocEntries, now: () => 0n },
  { name: 'vmalloc: reserved bit', checks: [vmallocCheck], entries: vmallocEntries, now: reserved },
  { name: 'vmalloc: frame', checks: [vmallocCheck], entries: vmallocEntries, now: otherFrame },
  { name: 'process: zero', checks: USER, entries: anonymous, now: () => 0n },
  { name: 'process: reserved bit', checks: USER, entries: all, now: reserved },
  { name: 'process: frame', checks: USER, entries: all, now: otherFrame },
];

function smallDirect(target: Target): Entry[] {
  return directEntries(target).filter(({ level }) => level === 'PTE');
}

const frames = (plants: readonly Plant[]): Plant[] =>
  plants.map((each) => ({ ...each, expected: sameFrame(each.expected) }));

function check(dump: Dump, seed: number): void {
  const sound = openTarget(dump);
  for (const { name, checks, entries, now } of KINDS) {
    const next = random(seed);
    const all = entries(sound);
    const plants = pick(all, PLACES, seed).map((each) =>
      plantOf(sound, each, now(asIs(each.entry), next, sound.memory.maxPfn)),
    );
    it(`${name}, ${plants.length} entries`, () => {
      const found = findingsOf(planted(dump, plants), ...checks);
      const compared = found.map((each) => ({ ...each, expected: sameFrame(each.expected) }));
      expect(differences(frames(plants), compared)).toEqual([]);
    });
  }
}

plantingIn('entries of %s', (dump) => {
  check(dump, 1);
});
