import type { Walk } from '../../../arch/types.ts';
import { pa, type VAddr } from '../../../base/address.ts';
import { viewOf } from '../../../base/bytes.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { pageRuns } from '../../../kernel/mm/sections.ts';
import { attempt } from '../../scene/scene.ts';
import {
  factsIn,
  isAnon,
  isFile,
  isSlab,
  kindOf,
  type PageFacts,
  pageShape,
} from './page-facts.ts';
import { placesOf } from './reverse-map.ts';
import { mayLag, rssCounter, type Space } from './spaces.ts';
import type { SpaceSurvey, Survey } from './survey-records.ts';

/** An entry that should map a page and does not. */
export interface LostEntry {
  readonly space: Space;
  readonly address: VAddr;
  /** The page that says that it is mapped there. */
  readonly facts: PageFacts;
  readonly walk: Walk;
}

/** A struct page whose count of mappings is not the number of entries. */
export interface WrongCount {
  readonly facts: PageFacts;
  readonly entries: number;
  /** Undefined where an entry may be missing, and which one cannot be told. */
  readonly expected: number | undefined;
  /** Physical addresses of the entries that may be missing. */
  readonly mayBe: readonly bigint[];
}

/** What all struct pages say of their mappings. */
export interface Census {
  /** By the entry's physical address. */
  readonly lost: ReadonlyMap<bigint, readonly LostEntry[]>;
  readonly counts: readonly WrongCount[];
  readonly checked: number;
  readonly skipped: number;
}

/** Pages with a wrong count that are looked into: each costs a look at all its mappings. */
const MOST_WRONG = 20_000;

/** Compares each struct page's number of mappings with the entries of a survey of all address spaces. */
export function censusOf(target: Target, survey: Survey): Census {
  const { layout, mapcount, isLocked, isReserved } = pageShape(target);
  const wrong: { facts: PageFacts; entries: number }[] = [];
  let checked = 0;
  let skipped = 0;
  for (const run of pageRuns(target)) {
    target.kernel.checkpoint();
    if (!run.bytes) {
      skipped += run.count;
      continue;
    }
    const view = viewOf(run.bytes);
    for (let i = 0; i < run.count; i++) {
      const at = i * layout.size;
      const says = view.getInt32(at + mapcount, true);
      if (says < 0 || view.getInt32(at + layout.count, true) <= 0) continue;
      const entries = survey.mapped.get(run.pfn + i) ?? 0;
      if (entries === says + 1) {
        checked++;
        continue;
      }
      const facts = factsIn(target, view, at, run.page, run.pfn + i);
      if (facts.isCompound || (facts.flags & (isLocked | isReserved)) !== 0n) continue;
      if (isSlab(target, facts)) continue;
      if (!isAnon(facts) && !isFile(facts)) continue;
      const page = (run.page + BigInt(at)) as VAddr;
      if (wrong.length < MOST_WRONG) wrong.push({ facts: { ...facts, page, head: page }, entries });
      else skipped++;
    }
  }
  const sorter = new Sorter(target, survey);
  for (const each of wrong) sorter.add(each.facts, each.entries);
  const { lost, counts } = sorter;
  return { lost, counts, checked: checked + sorter.checked, skipped: skipped + sorter.skipped };
}

/** Decides of each page with a wrong count whether the count or an entry is to blame. */
class Sorter {
  readonly lost = new Map<bigint, LostEntry[]>();
  readonly counts: WrongCount[] = [];
  checked = 0;
  skipped = 0;
  readonly #target: Target;
  readonly #spaces: ReadonlyMap<VAddr, SpaceSurvey>;
  readonly #short = new Map<string, boolean>();
  readonly #suspects: ReadonlySet<bigint>;

  constructor(target: Target, survey: Survey) {
    this.#target = target;
    this.#spaces = new Map(survey.spaces.map((each) => [each.space.mm, each]));
    this.#suspects = new Set(survey.suspects.map(({ entry }) => entry.at));
  }

  add(facts: PageFacts, entries: number): void {
    const places = attempt(() => placesOf(this.#target, facts));
    const missing = places && this.#missingAt(facts, places);
    if (!missing) {
      this.skipped++;
      return;
    }
    this.checked++;
    const delta = facts.mapcount + 1 - entries;
    if (delta > 0) {
      // An entry that cannot be right is the one, where there is one.
      const wrong = missing.filter((each) => this.#isSuspect(each));
      const own = wrong.length > 0 ? wrong : missing.filter((each) => this.#mayBeLost(each));
      if (own.length > 0 && own.length <= delta) {
        for (const each of own) this.#keep(each);
        return;
      }
      if (own.length > delta) {
        const mayBe = own.map(({ walk }) => walk.steps.at(-1)?.entryAddress ?? 0n);
        this.counts.push({ facts, entries, expected: undefined, mayBe });
        return;
      }
    }
    this.counts.push({ facts, entries, expected: entries - 1, mayBe: [] });
  }

  /** The places of a page where no entry maps it; undefined where one of them cannot be looked at. */
  #missingAt(
    facts: PageFacts,
    places: readonly { readonly mm: VAddr; readonly address: VAddr }[],
  ): LostEntry[] | undefined {
    const missing: LostEntry[] = [];
    for (const { mm, address } of places) {
      const known = this.#spaces.get(mm);
      // An address space without a task: one that is just going away, or that something else holds.
      if (!known) return undefined;
      const { space } = known;
      if (mayLag(this.#target, mm)) return undefined;
      const walk = this.#target.userSpace(pa(space.root)).walk(address);
      if (walk.outcome === 'unreadable') return undefined;
      const frame = walk.physical === undefined ? undefined : this.#target.pfnOf(walk.physical);
      const isSuspect = this.#suspects.has(walk.steps.at(-1)?.entryAddress ?? -1n);
      if (frame !== facts.pfn || isSuspect) missing.push({ space, address, facts, walk });
    }
    return missing;
  }

  #isSuspect({ walk }: LostEntry): boolean {
    return this.#suspects.has(walk.steps.at(-1)?.entryAddress ?? -1n);
  }

  /** Whether the entry of a place may be the one that is lost: its address space counts more pages than it has. */
  #mayBeLost({ space, facts, walk }: LostEntry): boolean {
    const last = walk.steps.at(-1);
    if (!last) return false;
    // Another page may have taken its place.
    if (walk.outcome === 'mapped' || last.entry !== 0n) return false;
    return this.#isShort(space, facts);
  }

  #isShort(space: Space, facts: PageFacts): boolean {
    const kind = kindOf(this.#target, facts);
    const key = `${space.mm} ${kind}`;
    let short = this.#short.get(key);
    if (short === undefined) {
      const counter = attempt(() => rssCounter(this.#target, space.mm, kind));
      const counts = this.#spaces.get(space.mm)?.counts[kind] ?? 0;
      short = counter !== undefined && counter.value + counter.parts > counts;
      this.#short.set(key, short);
    }
    return short;
  }

  #keep(lost: LostEntry): void {
    const at = lost.walk.steps.at(-1)?.entryAddress ?? 0n;
    const list = this.lost.get(at);
    if (list) list.push(lost);
    else this.lost.set(at, [lost]);
  }
}
