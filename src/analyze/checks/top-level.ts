import type { LevelName } from '../../arch/types.ts';
import { hex, plus, type VAddr } from '../../base/address.ts';
import { physToVirt } from '../../kernel/mm/address-map.ts';
import { taskTable } from '../../kernel/task/tasks.ts';
import type { Check } from './check.ts';

/** Accessed and dirty bits, which the processor sets in each table for itself: Intel SDM volume 3, 4.8. */
const TOUCHED = 0x60n;

/** The kernel's half of every address space's top table against the kernel's own. */
export const topLevelCheck: Check = {
  name: 'top-level',
  title: 'top-level page-table entries of the kernel, which all address spaces share',
  *run(target, tally) {
    const { arch, kernel } = target;
    const count = target.pageSize / arch.entrySize;
    // A machine whose kernel has not just the upper half shares its tables in another way.
    const shift = BigInt(arch.levelShift(arch.levels[0] as LevelName));
    if (Number((arch.userEnd >> shift) & BigInt(count - 1)) !== count / 2) return;
    const own = physToVirt(target, kernel.root);
    // Tables of address spaces get entries of vmalloc space when they are met, unless they were filled at the start.
    const isFilled = target.findSymbol('preallocate_vmalloc_pages') !== undefined;
    const seen = new Set<VAddr>();
    for (const { mm } of taskTable(target).tasks) {
      if (mm === 0n || seen.has(mm)) continue;
      seen.add(mm);
      kernel.checkpoint();
      let pgd: VAddr | undefined;
      yield* tally.one(() => {
        pgd = target.object('mm_struct', mm).pointer('pgd');
        return undefined;
      });
      if (pgd === undefined || pgd === 0n) continue;
      for (let i = count / 2; i < count; i++) {
        const at = plus(pgd, i * arch.entrySize);
        yield* tally.one(() => {
          const found = kernel.u64(at);
          const expected = kernel.u64(plus(own, i * arch.entrySize));
          const isSame = (found & ~TOUCHED) === (expected & ~TOUCHED);
          if (isSame || (found === 0n && !isFilled)) return undefined;
          return {
            address: at,
            found,
            expected,
            text: `entry ${i} of the top table of the address space ${hex(mm)} is ${hex(found)}, and the kernel's own is ${hex(expected)}`,
            command: `rd ${hex(at)}`,
          };
        });
      }
    }
  },
};
