import { hex, type VAddr } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import { addressMap, regionOf } from '../../../kernel/mm/address-map.ts';
import { expectedVmallocPage } from '../../../kernel/mm/vmalloc-pages.ts';
import { attempt } from '../../scene/scene.ts';
import type { Check, Finding } from '../check.ts';
import { ENTRY, isWritableCode, reservedMask } from './bits.ts';
import { type Entry, entryAddress, hasWideTables, tableAddress, walkEntries } from './walk.ts';

/** Of the pages that can be executed so many may be writable, in percent, in a kernel that forbids it (STRICT_KERNEL_RWX). */
const MOST_WRITABLE = 10;

/** The kernel's own mappings outside the direct map: no code that can be written, no bits that the processor has not. */
export const permissionsCheck: Check = {
  name: 'permissions',
  title: 'kernel page-table entries: none is writable and executable, or has reserved bits',
  *run(target, tally) {
    if (!hasWideTables(target)) return;
    const { direct, vmemmap } = addressMap(target);
    const half = tableAddress(target, target.arch.kernelStart) || target.arch.userEnd;
    const reserved = reservedMask(target);
    const found: Finding[] = [];
    const writable: Finding[] = [];
    const seen = new Set<number>();
    let code = 0;
    const finding = (entry: Entry, expected: bigint, wrong: string): Finding => ({
      address: entryAddress(target, entry.at),
      found: entry.entry,
      expected,
      text: `the ${entry.level} entry of ${hex(entry.address)} is ${hex(entry.entry)}: it ${wrong}`,
      command: `vtop ${hex(entry.address)}`,
    });
    const isElsewhere = (address: bigint): boolean =>
      (address >= direct.start && address < direct.end) ||
      (vmemmap !== undefined && address >= vmemmap.start && address < vmemmap.end);
    const check = (entry: Entry): boolean => {
      tally.checked++;
      if ((entry.entry & reserved) === 0n) return true;
      const wrong = `has bits that this processor's addresses do not have`;
      found.push(finding(entry, entry.entry & ~reserved, wrong));
      return false;
    };
    walkEntries(target, target.kernel.root, half, half * 2n, {
      // The tables of the space for 16-bit stacks (espfix) are used many times; each is looked at once.
      table: (entry, pfn) =>
        !(isElsewhere(entry.address) && isElsewhere(entry.address + entry.size - 1n)) &&
        check(entry) &&
        !seen.has(pfn) &&
        seen.add(pfn) !== undefined,
      leaf(entry) {
        if (isElsewhere(entry.address) || ofAnArea(target, entry.address) || !check(entry)) return;
        if ((entry.entry & ENTRY.noExecute) === 0n) code++;
        if (!isWritableCode(entry.entry) || (entry.entry & ENTRY.present) === 0n) return;
        const wrong = 'can be written and executed';
        writable.push(finding(entry, entry.entry | ENTRY.noExecute, wrong));
      },
      absent() {
        tally.checked++;
      },
      missing() {
        tally.skipped++;
      },
    });
    yield* found;
    // A kernel before STRICT_KERNEL_RWX has all of its modules so.
    if (writable.length * 100 <= code * MOST_WRITABLE) yield* writable;
  },
};

/** Pages of vmalloc areas are compared with the arrays of pages, which say more. */
function ofAnArea(target: Target, address: VAddr): boolean {
  return (
    regionOf(target, address) === 'vmalloc' &&
    attempt(() => expectedVmallocPage(target, address)) !== undefined
  );
}
