import type { Walk } from '../../arch/types.ts';
import { type PAddr, pa, type VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { SMALLEST_PAGE } from '../../base/pages.ts';
import type { LastResort } from '../../memory/address-space.ts';
import type { Target } from '../core/target.ts';

/**
 * The physical address of a direct-map address whose page tables are not in the dump: the map is linear, so its start
 * and the address suffice. Undefined for all other addresses, and for one after the dump's last frame. The use of
 * arithmetic in place of tables is remarked once.
 */
export function directMapResort(target: Target): LastResort {
  // Finding the start of the map reads memory itself, which must not ask here again.
  let isAsking = false;
  return (address: VAddr, walk: Walk): PAddr | undefined => {
    if (walk.outcome !== 'unreadable' || isAsking) return undefined;
    isAsking = true;
    try {
      const { direct } = target.machine.addressMap(target);
      if (address < direct.start || address >= direct.end) return undefined;
      const physical = address - direct.start + direct.physical;
      if (physical >= BigInt(target.memory.maxPfn) * BigInt(SMALLEST_PAGE)) return undefined;
      target.losses.remark(
        'page tables of the direct map are missing: its addresses are translated by arithmetic',
      );
      return pa(physical);
    } catch (error) {
      if (error instanceof CrashError) return undefined;
      throw error;
    } finally {
      isAsking = false;
    }
  };
}
