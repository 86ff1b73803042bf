import { hex, plus } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import type { Check, Finding } from '../check.ts';
import { ADDRESS } from './bits.ts';
import { VM } from './frames.ts';
import { ifReadable, type PageFacts, pageFacts, pageShape } from './page-facts.ts';
import { type Area, type Space, userSpaces } from './spaces.ts';
import { type Entry, entryAddress, hasWideTables, walkEntries } from './walk.ts';

/** How many entries beside one must follow the sequence, and how many of them on each side. */
const NEIGHBOURS = 7;
const FEWEST = 2;

/** A huge page's entry and its first frame. */
interface Huge {
  readonly entry: Entry;
  readonly pfn: number;
}

/** Huge pages whose frames rise or fall by the same distance, and one that does not. */
export const sequenceCheck: Check = {
  name: 'sequence',
  title: 'huge pages: an entry whose frame is not what the entries on both of its sides say',
  *run(target, tally) {
    if (!hasWideTables(target)) return;
    const { spaces } = userSpaces(target);
    for (const space of spaces) {
      if (!space.areas.some(({ start, end }) => end - start >= 0x20_0000n)) continue;
      let run: Huge[] = [];
      const found: Finding[] = [];
      const end = (): void => {
        found.push(...outOfSequence(target, space, run));
        run = [];
      };
      walkEntries(target, space.root, 0n, target.arch.userEnd, {
        // Only the upper tables have entries of huge pages.
        table: ({ level }) => level !== 'PMD',
        leaf(entry, pfn) {
          tally.checked++;
          const last = run.at(-1)?.entry;
          const isNext = last?.size === entry.size && last.address + last.size === entry.address;
          if (!isNext) end();
          run.push({ entry, pfn });
        },
        absent() {},
        missing() {
          tally.skipped++;
        },
      });
      end();
      yield* found;
    }
  },
};

/** The entries of a run of neighbours that are not what both of their sides say. */
function* outOfSequence(target: Target, space: Space, run: readonly Huge[]): Generator<Finding> {
  for (let i = FEWEST; i + FEWEST < run.length; i++) {
    const [here, left, right] = [run[i], run[i - 1], run[i + 1]];
    if (!here || !left || !right) continue;
    const step = (right.pfn - left.pfn) / 2;
    if (step === 0 || here.pfn === left.pfn + step) continue;
    const [before, after] = [agreeing(run, i, -1, step), agreeing(run, i, 1, step)];
    if (Math.min(before, after) < FEWEST || before + after < NEIGHBOURS) continue;
    const expected = left.pfn + step;
    if (isWhereItBelongs(target, space, here, expected)) continue;
    yield finding(target, space, here, expected);
  }
}

/** How many entries on one side of an entry follow each other by a step, up to {@link NEIGHBOURS}. */
function agreeing(run: readonly Huge[], i: number, side: 1 | -1, step: number): number {
  let count = 1;
  for (; count < NEIGHBOURS; count++) {
    const [near, far] = [run[i + side * count], run[i + side * (count + 1)]];
    if (!near || !far || far.pfn - near.pfn !== side * step) break;
  }
  return count;
}

/**
 * Whether the page says itself that it belongs to this place: the kernel put it there. A page that was moved away from bad
 * memory says so, too; it is told all the same where the frame that the neighbours say is marked as bad.
 */
function isWhereItBelongs(
  target: Target,
  space: Space,
  { entry, pfn }: Huge,
  expected: number,
): boolean {
  const area = space.areas.find(({ start, end }) => entry.address >= start && entry.address < end);
  const facts = ifReadable(() => pageFacts(target, pfn));
  // A transparent huge page stands anywhere: only its own word against it counts.
  if (!area || (area.flags & VM.hugetlb) === 0n)
    return !facts?.isCompound || saysSo(target, facts, area, entry);
  if (!facts?.isCompound || !saysSo(target, facts, area, entry)) return false;
  const other = ifReadable(() => pageFacts(target, expected));
  return other === undefined || (other.flags & pageShape(target).isPoisoned) === 0n;
}

function saysSo(target: Target, facts: PageFacts, area: Area | undefined, entry: Entry): boolean {
  if (!area || (facts.mapping === 0n && facts.index === 0n)) return area === undefined;
  const index = area.pageOffset + BigInt(target.pfnOf(entry.address) - target.pfnOf(area.start));
  // hugetlbfs counted in huge pages before 6.7.
  return facts.index === index || facts.index === index / (entry.size >> 12n);
}

function finding(target: Target, space: Space, { entry, pfn }: Huge, expected: number): Finding {
  const { level, at, address } = entry;
  const frame = target.pfnAddress(expected);
  return {
    address: entryAddress(target, at),
    found: entry.entry,
    expected: plus((entry.entry & ~ADDRESS) as typeof frame, frame),
    text: `the ${level} entry of ${hex(address)} of ${space.comm} (${space.pid}) is ${hex(entry.entry)}: it maps the frame ${hex(target.pfnAddress(pfn))}, and the sequence of its neighbours on both sides says ${hex(frame)}`,
    command: `vtop -c ${space.pid} ${hex(address)}`,
  };
}
