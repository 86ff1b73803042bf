import type { VAddr } from '../base/address.ts';
import { MissingError } from '../base/errors.ts';
import type { Kallsyms } from './kallsyms.ts';
import { findKallsyms } from './kallsyms-scan.ts';
import { openKallsyms } from './open-kallsyms.ts';
import type { Reader } from './types.ts';
import type { Vmcoreinfo } from './vmcoreinfo.ts';
import { VmlinuxView } from './vmlinux-view.ts';

/**
 * The kernel's own symbols, as a vmlinux would list them, from the dump: by VMCOREINFO's addresses of kallsyms, or before 6.0
 * by looking through the kernel image, which costs some tenths of a second: no image of the machine lies below
 * `imageFloor`. Throws MissingError, CorruptError or ReadError when they cannot be had.
 */
export function openKernelTable(reader: Reader, info: Vmcoreinfo, imageFloor: bigint): VmlinuxView {
  return new VmlinuxView(open(reader, info, imageFloor), reader);
}

function open(reader: Reader, info: Vmcoreinfo, imageFloor: bigint): Kallsyms {
  try {
    return openKallsyms(reader, info);
  } catch (error) {
    if (!(error instanceof MissingError)) throw error;
    for (const [start, end] of imageRanges(info.symbols, imageFloor)) {
      try {
        return findKallsyms(reader, start, end, info.symbols);
      } catch (notThere) {
        if (!(notThere instanceof MissingError)) throw notThere;
      }
    }
    throw error;
  }
}

/**
 * Ranges that may hold kallsyms: .rodata, between the code (`_stext`) and the variables that VMCOREINFO names; then the
 * range of those variables.
 */
function imageRanges(
  symbols: ReadonlyMap<string, VAddr>,
  imageFloor: bigint,
): (readonly [VAddr, VAddr])[] {
  const inImage = [...symbols.values()].filter((address) => address >= imageFloor);
  inImage.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [code, data] = inImage;
  const last = inImage.at(-1);
  if (code === undefined || data === undefined || last === undefined) return [];
  return [
    [code, data],
    [data, last],
  ];
}
