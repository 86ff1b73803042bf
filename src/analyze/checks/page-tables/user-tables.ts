import { hex, plus } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { pfnToPage as pfnPage } from '../../../kernel/mm/sections.ts';
import { attempt } from '../../scene/scene.ts';
import type { Check, Finding } from '../check.ts';
import { ADDRESS, ENTRY, reservedMask } from './bits.ts';
import { type Census, censusOf, type LostEntry } from './census.ts';
import { mapcountAddress, pageShape } from './page-facts.ts';
import { countedTables, KINDS, mayLag, rssCounter, userSpaces } from './spaces.ts';
import { surveyOf } from './survey.ts';
import type { SpaceSurvey, Survey, Suspect, Table } from './survey-records.ts';
import { entryAddress, hasWideTables } from './walk.ts';

/** One look at all address spaces and struct pages, which several checks share. */
interface Whole {
  readonly survey: Survey;
  readonly census: Census;
}
const wholeOf = (target: Target): Whole => target.memo(readWhole);
function readWhole(target: Target): Whole {
  const survey = surveyOf(target, userSpaces(target).spaces);
  return { survey, census: censusOf(target, survey) };
}

/** The entries of user address spaces. */
export const pageTablesCheck: Check = {
  name: 'page-tables',
  title: 'page-table entries of processes against mappings, struct pages and swap areas',
  *run(target, tally) {
    if (!hasWideTables(target)) return;
    const { lost } = userSpaces(target);
    const { survey, census } = wholeOf(target);
    tally.checked += survey.checked;
    tally.skipped += survey.skipped + lost;
    const told = new Set<bigint>();
    for (const suspect of survey.suspects) {
      if (told.has(suspect.entry.at)) continue;
      told.add(suspect.entry.at);
      yield suspectFinding(target, suspect, census.lost.get(suspect.entry.at)?.[0]);
    }
    for (const [at, pages] of census.lost) {
      const [first] = pages;
      if (first && !told.has(at)) yield lostFinding(target, survey, first, pages.length);
    }
  },
};

const REVERSE = 'says that it is mapped there';

function suspectFinding(target: Target, suspect: Suspect, page: LostEntry | undefined): Finding {
  const { space, entry, wrong } = suspect;
  const frame = page && target.pfnAddress(page.facts.pfn);
  const flags = entry.entry & ~(ADDRESS | reservedMask(target));
  const known = frame === undefined ? '' : `; the page ${hex(frame)} ${REVERSE}`;
  return {
    address: entryAddress(target, entry.at),
    found: entry.entry,
    expected: frame === undefined || entry.level !== 'PTE' ? suspect.expected : flags | frame,
    text: `the ${entry.level} entry of ${hex(entry.address)} of ${space.comm} (${space.pid}) is ${hex(entry.entry)}: it ${wrong}${known}`,
    command: `vtop -c ${space.pid} ${hex(entry.address)}`,
  };
}

function lostFinding(target: Target, survey: Survey, lost: LostEntry, pages: number): Finding {
  const { space, address, facts, walk } = lost;
  const last = walk.steps.at(-1);
  const at = last?.entryAddress ?? 0n;
  const isLast = last?.level === 'PTE';
  const frame = isLast ? target.pfnAddress(facts.pfn) : lostTable(target, survey, lost);
  const flags = isLast ? flagsNear(target, lost) : upperFlags(survey, last?.level);
  const who =
    pages === 1
      ? `the page ${hex(target.pfnAddress(facts.pfn))} ${REVERSE}`
      : `${pages} pages say that they are mapped through it`;
  return {
    address: entryAddress(target, at),
    found: last?.entry ?? 0n,
    expected: frame === undefined || flags === undefined ? undefined : flags | frame,
    text: `the ${last?.level} entry of ${hex(address)} of ${space.comm} (${space.pid}) is ${last?.entry ? hex(last.entry) : 'zero'}; ${who}`,
    command: `vtop -c ${space.pid} ${hex(address)}`,
  };
}

/** The flags of an entry near one that is lost, in the same table: those of the next present one. */
function flagsNear(target: Target, { walk }: LostEntry): bigint | undefined {
  const last = walk.steps.at(-1);
  if (!last) return undefined;
  const { physical } = target.memory;
  for (let distance = 1n; distance < 64n; distance++) {
    for (const side of [-1n, 1n]) {
      const at = last.entryAddress + side * distance * 8n;
      if (at < last.table || at >= last.table + 4096n) continue;
      const entry = attempt(() => physical.u64(at as typeof last.entryAddress)) ?? 0n;
      if ((entry & ENTRY.present) !== 0n && (entry & ENTRY.special) === 0n) return entry & ~ADDRESS;
    }
  }
  return undefined;
}

const upperFlags = (survey: Survey, level: string | undefined): bigint | undefined => {
  for (const { tables } of survey.spaces)
    for (const { by } of tables) if (by.level === level) return by.entry & ~ADDRESS;
  return undefined;
};

/** Frames that are tried as the table that an entry has lost. */
const MOST_TRIED = 1 << 16;

/** The frame of a table that no entry leads to and that maps the page where it says: only for the tables of pages. */
function lostTable(
  target: Target,
  survey: Survey,
  { address, facts, walk }: LostEntry,
): bigint | undefined {
  if (walk.steps.at(-1)?.level !== 'PMD') return undefined;
  const known = new Set(survey.spaces.flatMap(({ tables }) => tables.map(({ pfn }) => pfn)));
  const type = usualType(survey);
  if (type === undefined) return undefined;
  const index = BigInt((Number(address >> 12n) & 511) * 8);
  const { mapcount } = pageShape(target);
  let tried = 0;
  for (let pfn = 0; pfn < target.memory.maxPfn && tried < MOST_TRIED; pfn++) {
    if (known.has(pfn)) continue;
    const own = attempt(() => pageTypeOf(target, pfn, mapcount));
    if (own !== type) continue;
    tried++;
    const at = target.pfnAddress(pfn) + index;
    const entry = attempt(() =>
      target.memory.physical.u64(at as Parameters<typeof target.memory.physical.u64>[0]),
    );
    if (entry !== undefined && Number((entry & ADDRESS) >> 12n) === facts.pfn)
      return target.pfnAddress(pfn);
  }
  return undefined;
}

function pageTypeOf(target: Target, pfn: number, offset: number): number | undefined {
  const page = attempt(() => pfnPage(target, pfn));
  return page === undefined ? undefined : target.kernel.i32(plus(page, offset));
}

/** The page type of the tables of pages, where the kernel gives them one: what nearly all of them have. */
export function usualType(survey: Survey): number | undefined {
  const counts = new Map<number, number>();
  let all = 0;
  for (const { tables } of survey.spaces)
    for (const { by, type } of tables) {
      if (by.level !== 'PMD' || type === undefined) continue;
      all++;
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best && all >= 8 && best[1] * 10 >= all * 9 && best[0] < -1 ? best[0] : undefined;
}

/** Page counts against the number of entries. */
export const mapcountCheck: Check = {
  name: 'mapcount',
  title: 'how often each page says that it is mapped, against the entries that map it',
  *run(target, tally) {
    if (!hasWideTables(target)) return;
    const { lost } = userSpaces(target);
    const { survey, census } = wholeOf(target);
    // An address space that could not be looked at may have any of the entries that are missing.
    if (lost > 0 || survey.spaces.some(({ missing }) => missing > 0)) {
      tally.skipped += census.checked + census.skipped;
      return;
    }
    tally.checked += census.checked;
    tally.skipped += census.skipped;
    for (const { facts, entries, expected, mayBe } of census.counts) {
      // Other pages have shown which entry is lost.
      if (mayBe.some((at) => census.lost.has(at))) continue;
      const frame = hex(target.pfnAddress(facts.pfn));
      const doubt = expected === undefined ? ': the count or an entry is wrong' : '';
      yield {
        address: mapcountAddress(target, facts),
        found: BigInt.asUintN(32, BigInt(facts.mapcount)),
        expected: expected === undefined ? undefined : BigInt.asUintN(32, BigInt(expected)),
        text: `the page ${frame} says that ${facts.mapcount + 1} entries map it, and ${entries} do${doubt}`,
        command: `kmem ${hex(facts.page)}`,
      };
    }
  },
};

/** What an address space counts of itself against its entries. */
export const accountingCheck: Check = {
  name: 'accounting',
  title: 'counters of address spaces (page tables, resident pages) against their entries',
  *run(target, tally) {
    if (!hasWideTables(target)) return;
    const { survey, census } = wholeOf(target);
    const wrong = new Map<bigint, number>();
    const blame = (mm: bigint, count: number): void => {
      wrong.set(mm, (wrong.get(mm) ?? 0) + count);
    };
    for (const { space, entry } of survey.suspects) blame(space.mm, Number(entry.size >> 12n));
    for (const pages of census.lost.values()) {
      // An upper entry that is lost takes with it what its table has: swap entries, and tables.
      const isLast = pages[0]?.walk.steps.at(-1)?.level === 'PTE';
      blame(pages[0]?.space.mm ?? 0n, isLast ? pages.length : Number.POSITIVE_INFINITY);
    }
    const type = usualType(survey);
    for (const one of survey.spaces) {
      const { space, missing, unknown } = one;
      if (missing > 0) {
        tally.skipped++;
        continue;
      }
      const slack = wrong.get(space.mm) ?? 0;
      yield* tally.one(() => tablesFinding(target, one, type, slack));
      if (unknown > 0) continue;
      for (const kind of KINDS)
        yield* tally.one(() => {
          const counter = rssCounter(target, space.mm, kind);
          const entries = one.counts[kind];
          if (!counter || Math.abs(counter.value + counter.parts - entries) <= slack)
            return undefined;
          if (mayLag(target, space.mm)) return 'changing';
          const says = counter.value + counter.parts;
          return {
            address: counter.address,
            found: BigInt.asUintN(64, BigInt(counter.value)),
            expected: BigInt.asUintN(64, BigInt(entries - counter.parts)),
            text: `${space.comm} (${space.pid}) counts ${says} pages of kind ${kind}, and its page tables have ${entries}`,
            command: `vm ${space.pid}`,
          };
        });
    }
  },
};

function tablesFinding(
  target: Target,
  { space, tables, deposited, unknown }: SpaceSurvey,
  type: number | undefined,
  slack: number,
): Finding | 'changing' | undefined {
  const counted = countedTables(target, space.mm);
  if (!counted) return undefined;
  // Of huge pages of an unknown kind it is not known whether a table lies beside them.
  if (unknown > 0) return undefined;
  const own = tables.length + deposited;
  const difference = own - counted.bytes / target.pageSize;
  if (difference === 0 || (slack > 0 && difference < 0)) return undefined;
  if (mayLag(target, space.mm)) return 'changing';
  const spare = difference > 0 ? spareTables(space.areas, tables, type) : [];
  const [one] = spare;
  if (one && spare.length === difference)
    return {
      address: entryAddress(target, one.by.at),
      found: one.by.entry,
      expected: 0n,
      text: `the ${one.by.level} entry of ${hex(one.by.address)} of ${space.comm} (${space.pid}) is ${hex(one.by.entry)}: it leads to a table too many: no mapping lies there, and pgtables_bytes does not count it`,
      command: `vtop -c ${space.pid} ${hex(one.by.address)}`,
    };
  return {
    address: counted.address,
    found: BigInt.asUintN(64, BigInt(counted.bytes)),
    expected: BigInt(own * target.pageSize),
    text: `${space.comm} (${space.pid}) has ${own} page tables, and counts ${counted.bytes} bytes of them`,
    command: `struct mm_struct.pgtables_bytes ${hex(space.mm)}`,
  };
}

/** Tables for addresses that no mapping has, and those that are not marked as tables are. */
function spareTables(
  areas: SpaceSurvey['space']['areas'],
  tables: readonly Table[],
  type: number | undefined,
): readonly Table[] {
  return tables.filter(({ by, type: own }) => {
    if (by.level === 'PMD' && type !== undefined && own !== type) return true;
    const end = by.address + by.size;
    return !areas.some((area) => area.start < end && area.end > by.address);
  });
}
