import { hex, va } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { addressMap } from '../../../kernel/mm/address-map.ts';
import { isPoisoned } from '../../detectors/kernel-address.ts';
import type { Check, Finding, Tally } from '../check.ts';
import { ADDRESS, ENTRY, isWritableCode, reservedMask } from './bits.ts';
import { isUsableRam } from './ram-map.ts';
import {
  type Entry,
  entryAddress,
  hasWideTables,
  tableAddress,
  type Visitor,
  walkEntries,
} from './walk.ts';

/** The kernel's map of all memory: each entry against its own place. */
export const directMapCheck: Check = {
  name: 'direct-map',
  title: 'entries of the direct map: each maps its own place, and none is writable code',
  *run(target, tally) {
    if (!hasWideTables(target)) return;
    // Where the variable that has its start is not in the dump nothing can be said of it.
    const variable = target.findSymbol('page_offset_base');
    if (variable !== undefined) target.kernel.word(variable);
    const { direct } = addressMap(target);
    const base = direct.start - direct.physical;
    const end = direct.start + (BigInt(target.memory.maxPfn) << 12n);
    const from = tableAddress(target, direct.start);
    const found: Finding[] = [];
    const entries = new LinearEntries(target, base, tally, found);
    walkEntries(target, target.kernel.root, from, from + (end - direct.start), entries);
    entries.gapUpTo(end);
    yield* found;
  },
};

/** The first megabyte: firmware, and code that starts processors, ran there. */
const LOW_MEMORY = 1n << 20n;
/** Entries without an entry that are looked at one by one in a hole of the map; holes of devices are large. */
const MOST_HOLES = 4096;

class LinearEntries implements Visitor {
  readonly #target: Target;
  readonly #base: bigint;
  readonly #tally: Tally;
  readonly #found: Finding[];
  readonly #reserved: bigint;
  #last: Entry | undefined;
  #holes = 0;

  constructor(target: Target, base: bigint, tally: Tally, found: Finding[]) {
    this.#target = target;
    this.#base = base;
    this.#tally = tally;
    this.#found = found;
    this.#reserved = reservedMask(target);
  }

  table(): boolean {
    return true;
  }

  missing(by: Entry | undefined): void {
    this.#tally.skipped++;
    if (by) this.#last = by;
  }

  /** What the kernel takes out of the map (hwpoison, secretmem, KFENCE) keeps its frame in the entry, upright or inverted. */
  absent(entry: Entry): void {
    this.gapUpTo(entry.address);
    this.#last = entry;
    const physical = entry.address - this.#base;
    const frame = entry.entry & ADDRESS;
    if (frame === physical || (~entry.entry & ADDRESS) === physical) {
      this.#tally.checked++;
      return;
    }
    this.#nothingThere(entry);
  }

  leaf(entry: Entry, pfn: number): void {
    this.gapUpTo(entry.address, entry);
    this.#tally.checked++;
    const physical = entry.address - this.#base;
    const bits = entry.entry;
    const reserved = bits & this.#reserved;
    const linear = (bits & ~(ADDRESS | this.#reserved)) | physical;
    if (reserved !== 0n) {
      this.#report(entry, linear, `has bits that this processor's addresses do not have`);
    } else if (pfn !== this.#target.pfnOf(physical)) {
      const frame = this.#target.pfnAddress(pfn);
      this.#report(entry, linear, `maps the frame ${hex(frame)}, not that of its place`);
    } else if ((bits & ENTRY.user) !== 0n) {
      this.#report(entry, bits & ~ENTRY.user, 'lets user space in');
    } else if (isWritableCode(bits) && physical >= LOW_MEMORY) {
      this.#report(entry, bits | ENTRY.noExecute, 'can be written and executed');
    }
    this.#last = entry;
  }

  /** Memory between the last entry and this address that no entry maps. `after`: the entry that is there. */
  gapUpTo(end: bigint, after?: Entry): void {
    let at = this.#last ? this.#last.address + this.#last.size : this.#base;
    while (at < end && this.#holes < MOST_HOLES) {
      this.#holes++;
      const walk = this.#target.kernel.walk(va(at));
      const last = walk.steps.at(-1);
      if (!last || walk.outcome !== 'not-present') return;
      const size = 1n << BigInt(this.#target.arch.levelShift(last.level));
      const entry: Entry = { ...last, at: last.entryAddress, address: va(at), size };
      const next = at - (at & (size - 1n)) + size;
      if (last.entry === 0n) this.#nothingThere(entry, after);
      at = next;
    }
  }

  #nothingThere(entry: Entry, after?: Entry): void {
    const { size, address } = entry;
    const first = this.#target.pfnOf(address - this.#base);
    const pages = Number(size >> 12n);
    const places = pages === 1 ? [first] : [first, first + pages / 2, first + pages - 1];
    // The first megabyte is mapped whatever it is: init_mem_mapping(), arch/x86/mm/init.c.
    const isLow = address - this.#base < LOW_MEMORY;
    if (!isLow && !places.every((pfn) => isUsableRam(this.#target, pfn))) return;
    if (isPoisoned(this.#target, first)) return;
    this.#tally.checked++;
    const near = [this.#last, after].find(
      (each) => each?.size === size && (each.entry & ENTRY.present) !== 0n,
    );
    const flags = near && near.entry & ~(ADDRESS | this.#reserved);
    const expected = flags === undefined ? undefined : flags | (address - this.#base);
    this.#report(entry, expected, entry.entry === 0n ? 'is zero' : 'maps nothing');
  }

  #report(entry: Entry, expected: bigint | undefined, wrong: string): void {
    const { level, at, address } = entry;
    const frame = hex(address - this.#base);
    const what = entry.entry === 0n ? wrong : `is ${hex(entry.entry)}: it ${wrong}`;
    this.#found.push({
      address: entryAddress(this.#target, at),
      found: entry.entry,
      expected,
      text: `the ${level} entry of ${hex(address)} ${what}; in the direct map it is for the frame ${frame}`,
      command: `vtop ${hex(address)}`,
    });
  }
}
