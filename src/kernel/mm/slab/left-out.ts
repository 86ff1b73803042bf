import { CrashError, ReadError } from '../../../base/errors.ts';
import type { Target } from '../../core/target.ts';
import { isSlabPage } from '../pages.ts';
import { pfnToPage } from '../sections.ts';

/** Slabs of a sample, and how many of them the filter left out. */
export interface LeftOutSlabs {
  readonly sampled: number;
  readonly missing: number;
}

/** Frames of one place of the sample: those of a page of the memory map. */
const FRAMES = 64;
/** Places, evenly over the machine's memory: the cost does not grow with the dump. */
const PLACES = 160;
/** Fewer say nothing. */
const FEWEST = 8;

/**
 * How many slabs a filtered dump lacks, by a sample of page structs. No filter level leaves out slab pages; a makedumpfile
 * that is older than the kernel takes them for user pages (it then says "The kernel version is not supported"). Undefined
 * for dumps that are not filtered, where nothing is missing, and where it cannot be told. Never throws CrashError.
 */
export const leftOutSlabs = (target: Target): LeftOutSlabs | undefined => target.memo(sample);

function sample(target: Target): LeftOutSlabs | undefined {
  if ((target.facts.dumpLevel ?? 0) === 0) return undefined;
  const end = target.memory.maxPfn;
  const count = { sampled: 0, missing: 0 };
  try {
    for (let place = 0; place < PLACES; place++) {
      const first = Math.floor((end * place) / PLACES / FRAMES) * FRAMES;
      for (let pfn = first; pfn < Math.min(first + FRAMES, end); pfn++) look(target, pfn, count);
    }
  } catch (error) {
    if (error instanceof CrashError) return undefined;
    throw error;
  }
  return count.missing > 0 && count.sampled >= FEWEST ? count : undefined;
}

function look(target: Target, pfn: number, count: { sampled: number; missing: number }): void {
  const page = pfnToPage(target, pfn);
  if (page === undefined) return;
  try {
    if (!isSlabPage(target, page)) return;
  } catch (error) {
    // A part of the memory map that is missing is no slab.
    if (error instanceof ReadError) return;
    throw error;
  }
  count.sampled++;
  if (target.memory.status(pfn) === 'excluded') count.missing++;
}

/** The sentence of the banner. */
export function leftOutSentence({ sampled, missing }: LeftOutSlabs): string {
  const share = Math.max(1, Math.round((100 * missing) / sampled));
  return `about ${share}% of the slab pages are not in the dump (${missing} of ${sampled} sampled): its makedumpfile did not know this kernel. Tasks, files and lists are incomplete: filter again with a newer one`;
}
