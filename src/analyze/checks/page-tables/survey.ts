import { hex, type VAddr } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { absentEntry } from '../../../kernel/mm/swap-entry.ts';
import { absentProblem } from './absent-entries.ts';
import { ADDRESS, ENTRY, reservedMask } from './bits.ts';
import {
  headFacts,
  isHugetlb,
  isHugeZero,
  isReserved,
  tableProblem,
  VM,
  wrongFrame,
  zeroFrame,
} from './frames.ts';
import {
  foreignKind,
  ifReadable,
  isAnon,
  kindOf,
  type PageFacts,
  pageFacts,
} from './page-facts.ts';
import type { Area, Kind, Space } from './spaces.ts';
import type { SpaceSurvey, Survey, Suspect, Table } from './survey-records.ts';
import { type Entry, type Visitor, walkEntries } from './walk.ts';

/** Looks at every entry of some address spaces. Throws MissingError where types are missing. */
export function surveyOf(target: Target, spaces: readonly Space[]): Survey {
  const all: Gathered = {
    suspects: [],
    mapped: new Map(),
    tables: new Map(),
    checked: 0,
    skipped: 0,
  };
  const found = spaces.map((space) => {
    const one = new SpaceVisitor(target, space, all);
    walkEntries(target, space.root, 0n, target.arch.userEnd, one);
    return one.survey();
  });
  return { ...all, spaces: found };
}

interface Gathered {
  suspects: Suspect[];
  mapped: Map<number, number>;
  /** By frame the entry that led there first. */
  tables: Map<number, { readonly entry: Entry; readonly space: Space }>;
  checked: number;
  skipped: number;
}

class SpaceVisitor implements Visitor {
  readonly #target: Target;
  readonly #space: Space;
  readonly #all: Gathered;
  readonly #reserved: bigint;
  readonly #zeroPage: number | undefined;
  readonly #counts: Record<Kind, number> = {
    MM_FILEPAGES: 0,
    MM_ANONPAGES: 0,
    MM_SWAPENTS: 0,
    MM_SHMEMPAGES: 0,
  };
  readonly #tables: Table[] = [];
  #missing = 0;
  #deposited = 0;
  #unknown = 0;
  #area = 0;

  constructor(target: Target, space: Space, all: Gathered) {
    this.#target = target;
    this.#space = space;
    this.#all = all;
    this.#reserved = reservedMask(target);
    this.#zeroPage = zeroFrame(target);
  }

  survey(): SpaceSurvey {
    return {
      space: this.#space,
      counts: this.#counts,
      tables: this.#tables,
      deposited: this.#deposited,
      missing: this.#missing,
      unknown: this.#unknown,
    };
  }

  table(entry: Entry, pfn: number): boolean {
    this.#all.checked++;
    const bits = entry.entry;
    const reserved = bits & this.#reserved;
    if (reserved !== 0n) {
      this.#suspect(entry, RESERVED, bits & ~this.#reserved);
      // The table is the one that the other bits say, where there is one.
      return this.#enter(
        { ...entry, entry: bits & ~this.#reserved },
        pfnWithout(bits, this.#reserved),
      );
    }
    if ((bits & ENTRY.large) !== 0n) {
      this.#suspect(
        entry,
        'has the page size bit, which means nothing at this level',
        bits & ~ENTRY.large,
      );
      return this.#enter(entry, pfn);
    }
    return this.#enter(entry, pfn);
  }

  #enter(entry: Entry, pfn: number): boolean {
    const facts = ifReadable(() => pageFacts(this.#target, pfn));
    const kind = facts && tableProblem(this.#target, facts);
    if (pfn >= this.#target.memory.maxPfn) {
      this.#suspect(entry, 'leads to a table outside of memory', undefined);
      return false;
    }
    if (kind !== undefined) {
      this.#suspect(entry, `leads to a table in a frame that is ${kind}`, undefined);
      return false;
    }
    const known = this.#all.tables.get(pfn);
    if (known) {
      if (isHugetlb(this.#areaAt(entry.address))) return false;
      const where = hex(known.entry.address);
      this.#suspect(
        entry,
        `leads to the table of ${where} (${known.space.comm}, ${known.space.pid})`,
        undefined,
      );
      return false;
    }
    this.#all.tables.set(pfn, { entry, space: this.#space });
    // mm_inc_nr_puds(), _pmds() and _ptes(): tables of the fifth level are not counted.
    const isCounted = !(entry.level === 'PGD' && this.#target.arch.levels.includes('P4D'));
    if (isCounted) this.#tables.push({ pfn, by: entry, type: facts?.mapcount });
    return true;
  }

  missing(): void {
    this.#missing++;
    this.#all.skipped++;
  }

  absent(entry: Entry): void {
    this.#all.checked++;
    const meaning = absentEntry(this.#target, entry.entry);
    if (meaning.kind === 'swap') this.#counts.MM_SWAPENTS++;
    if (meaning.kind === 'migration') {
      const pages = Number(entry.size / BigInt(this.#target.pageSize));
      const facts = ifReadable(() => pageFacts(this.#target, Number(meaning.pfn)));
      if (facts && !isHugetlb(this.#areaAt(entry.address))) this.#count(facts, pages);
    }
    const wrong = ifReadable(() => absentProblem(this.#target, entry, meaning));
    if (wrong !== undefined) this.#suspect(entry, wrong, undefined);
  }

  leaf(entry: Entry, pfn: number): void {
    const area = this.#areaAt(entry.address);
    const { entry: bits, level } = entry;
    this.#all.checked++;
    // What kind of memory it is cannot be told: a mapping may be on a page that is missing.
    if (!area) this.#unknown++;
    if ((bits & ENTRY.present) !== 0n && (bits & this.#reserved) !== 0n) {
      this.#suspect(entry, RESERVED, bits & ~this.#reserved);
      const real = pfnWithout(bits, this.#reserved);
      if (level === 'PTE') this.#small({ ...entry, entry: bits & ~this.#reserved }, real, area);
      return;
    }
    // A mapping of what is no counted memory: a device, the zero page, the vDSO's data.
    if ((bits & ENTRY.special) !== 0n || pfn === this.#zeroPage) return;
    if (area && (area.flags & (VM.pfnMap | VM.io)) !== 0n) return;
    if (level === 'PTE') this.#small(entry, pfn, area);
    else this.#huge(entry, pfn, area);
  }

  #huge(entry: Entry, pfn: number, area: Area | undefined): void {
    const { level } = entry;
    const pages = Number(entry.size / BigInt(this.#target.pageSize));
    if (pfn % pages !== 0) {
      this.#suspect(
        entry,
        `maps ${pages} pages, and their first frame is not aligned so`,
        undefined,
      );
      return;
    }
    if (pfn >= this.#target.memory.maxPfn && !area?.file) {
      this.#suspect(entry, 'maps frames outside of memory', undefined);
      return;
    }
    const facts = ifReadable(() => pageFacts(this.#target, pfn));
    if (!facts) {
      this.#unknown++;
      return;
    }
    // A table lies ready for the time when a huge page of anonymous memory is split; it is counted.
    const isAnonymous = level === 'PMD' && (isAnon(facts) || isHugeZero(this.#target, pfn));
    if (isAnonymous && !isHugetlb(area)) this.#deposited++;
    if (isHugeZero(this.#target, pfn)) return;
    const kind = foreignKind(this.#target, facts);
    if (kind !== undefined && !facts.isCompound) {
      this.#suspect(entry, `maps ${pages} pages at once, and the frame is ${kind}`, undefined);
      return;
    }
    if (!facts.isCompound && facts.flags !== 0n && !isReserved(this.#target, facts)) {
      this.#suspect(
        entry,
        `maps ${pages} pages at once, and the frame is a single page`,
        undefined,
      );
      return;
    }
    if (!isHugetlb(area)) this.#count(facts, pages);
  }

  #small(entry: Entry, pfn: number, area: Area | undefined): void {
    const facts = ifReadable(() => pageFacts(this.#target, pfn) ?? 'no memory');
    if (facts === 'no memory') {
      const frame = hex(this.#target.pfnAddress(pfn));
      this.#suspect(entry, `maps the frame ${frame}, which is no memory`, undefined);
      return;
    }
    if (!facts) {
      this.#unknown++;
      this.#all.skipped++;
      return;
    }
    if (isReserved(this.#target, facts) && facts.mapcount >= 0) {
      // The code of the vDSO lies in the kernel's image; it is counted as a page of a file.
      this.#count(facts, 1);
      return;
    }
    const wrong = wrongFrame(this.#target, entry, facts, area);
    if (wrong !== undefined) {
      this.#suspect(entry, wrong, undefined);
      return;
    }
    this.#count(facts, 1);
    if (facts.isCompound) return;
    this.#all.mapped.set(pfn, (this.#all.mapped.get(pfn) ?? 0) + 1);
  }

  #count(facts: PageFacts, pages: number): void {
    const head =
      facts.isCompound && facts.head !== facts.page
        ? (ifReadable(() => headFacts(this.#target, facts)) ?? facts)
        : facts;
    this.#counts[kindOf(this.#target, head)] += pages;
  }

  /** The mapping of an address: entries come in ascending order. */
  #areaAt(address: VAddr): Area | undefined {
    const { areas } = this.#space;
    let area = areas[this.#area];
    while (area && area.end <= address) area = areas[++this.#area];
    return area && area.start <= address ? area : undefined;
  }

  #suspect(entry: Entry, wrong: string, expected: bigint | undefined): void {
    this.#all.suspects.push({ space: this.#space, entry, wrong, expected });
  }
}

const RESERVED = `has bits that this processor's addresses do not have`;

const pfnWithout = (bits: bigint, reserved: bigint): number =>
  Number((bits & ADDRESS & ~reserved) >> 12n);
