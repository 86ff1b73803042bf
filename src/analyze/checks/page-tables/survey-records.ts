import type { Kind, Space } from './spaces.ts';
import type { Entry } from './walk.ts';

/** An entry that cannot be right. */
export interface Suspect {
  readonly space: Space;
  readonly entry: Entry;
  /** What is wrong, as the end of a sentence that begins with the entry. */
  readonly wrong: string;
  /** What should stand there, where the entry alone tells. */
  readonly expected: bigint | undefined;
}

/** A table and the entry that leads to it. */
export interface Table {
  readonly pfn: number;
  readonly by: Entry;
  readonly type: number | undefined;
}

/** What the tables of one address space have. */
export interface SpaceSurvey {
  readonly space: Space;
  readonly counts: Readonly<Record<Kind, number>>;
  /** Tables below the top one, of those levels that the kernel counts. */
  readonly tables: readonly Table[];
  /** Tables that lie ready beside huge pages. */
  readonly deposited: number;
  /** Tables that are not in the dump: what they map is not known. */
  readonly missing: number;
  /** Present pages of which the kind is not known. */
  readonly unknown: number;
}

/** The user half of all address spaces. */
export interface Survey {
  readonly spaces: readonly SpaceSurvey[];
  readonly suspects: readonly Suspect[];
  /** How often each frame of a single page is mapped by an entry that may be right. */
  readonly mapped: ReadonlyMap<number, number>;
  readonly checked: number;
  readonly skipped: number;
}
