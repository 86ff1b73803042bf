import { plus } from '../../../base/address.ts';
import { CorruptError, MissingError } from '../../../base/errors.ts';
import { knownTypes } from '../../core/known-types.ts';
import type { Target } from '../../core/target.ts';
import type { FirmwareRange } from '../types.ts';

/** E820_MAX_ENTRIES with NUMA: 128 + 3 * 1024. */
const MAX_RANGES = 4096;

/** The e820 map that the kernel uses: struct e820_table, arch/x86/include/asm/e820/types.h. Throws MissingError. */
export function firmwareMap(target: Target): readonly FirmwareRange[] {
  const { kernel } = target;
  // e820 was renamed in 4.12; both are pointers to the table.
  const pointer = target.findSymbol('e820_table') ?? target.findSymbol('e820');
  if (pointer === undefined) {
    throw new MissingError('symbol', 'e820_table', 'neither e820 or e820_table symbols exist');
  }
  const table = kernel.pointer(pointer);
  const count = kernel.u32(table);
  if (count > MAX_RANGES) throw new CorruptError(`the e820 map has ${count} entries`, table);
  // Entries are packed: u64 address, u64 size, u32 type.
  const types = knownTypes(target);
  const size = types?.has('e820_entry') ? types.sizeof('e820_entry') : 20;
  const view = kernel.view(plus(table, 4), count * size);
  return Array.from({ length: count }, (_, index) => {
    const start = view.getBigUint64(index * size, true);
    return {
      start,
      end: start + view.getBigUint64(index * size + 8, true),
      type: view.getUint32(index * size + 16, true),
    };
  });
}
