import { hex, plus } from '../../../base/address.ts';
import type { Target } from '../../../kernel/core/target.ts';
import {
  type AbsentEntry,
  swapEntryOf,
  swapFilesLimit,
  swapTable,
} from '../../../kernel/mm/swap-entry.ts';
import { pageFacts, pageShape } from './page-facts.ts';
import type { Entry } from './walk.ts';

/** Why an entry that is not present cannot be right; undefined for one that may be. Throws ReadError, MissingError. */
export function absentProblem(
  target: Target,
  { entry }: Entry,
  meaning: AbsentEntry,
): string | undefined {
  switch (meaning.kind) {
    case 'swap':
      if (meaning.pages !== undefined && meaning.offset >= BigInt(meaning.pages))
        return `is page ${meaning.offset} of the swap area ${meaning.device}, which has ${meaning.pages}`;
      return emptySlot(target, entry)
        ? `is page ${meaning.offset} of the swap area ${meaning.device}, which nobody has in use`
        : undefined;
    case 'hwpoison':
    case 'migration': {
      const frame = hex(target.pfnAddress(meaning.pfn));
      if (meaning.pfn >= BigInt(target.memory.maxPfn))
        return `is for the frame ${frame}, which is outside of memory`;
      const facts = pageFacts(target, Number(meaning.pfn));
      const { isPoisoned, isLocked } = pageShape(target);
      if (!facts) return undefined;
      if (meaning.kind === 'hwpoison')
        return facts.isCompound || (facts.flags & isPoisoned) !== 0n
          ? undefined
          : `is for bad memory at ${frame}, which is not marked so`;
      return facts.isCompound || (facts.flags & isLocked) !== 0n
        ? undefined
        : `is for the page ${frame} on its way to another frame, and that page is not locked`;
    }
    case 'unknown': {
      const limit = swapFilesLimit(target);
      return limit > 0 && meaning.type < limit
        ? `is a page of swap area ${meaning.type}, and there is none`
        : undefined;
    }
  }
}

/** Whether the slot of a swap entry has no users: swap_info_struct.swap_map, a byte a slot, in kernels that have it. */
function emptySlot(target: Target, entry: bigint): boolean {
  const decoded = swapEntryOf(target, entry);
  if (decoded.kind === 'none' || !target.findMember('swap_info_struct', 'swap_map')) return false;
  const at = plus(swapTable(target), decoded.type * target.arch.pointerSize);
  const area = target.kernel.pointer(at);
  if (area === 0n) return false;
  const info = target.object('swap_info_struct', area);
  const map = info.pointer('swap_map');
  if (map === 0n || decoded.offset >= info.big('max')) return false;
  return target.kernel.u8(plus(map, decoded.offset)) === 0;
}
