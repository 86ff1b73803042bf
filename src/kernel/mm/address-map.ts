import { type PAddr, pa, type VAddr, va } from '../../base/address.ts';
import type { AddressMap, AddressRange, Region } from '../arch/types.ts';
import { LossLog } from '../core/losses.ts';
import type { Target } from '../core/target.ts';

/** The memory map of this kernel. Throws MissingError, ReadError where it is in variables that cannot be read. */
export function addressMap(target: Target): AddressMap {
  const { map, lost } = target.memo(readAddressMap);
  // What rests on a base that had to be guessed is told each time.
  if (!lost.isEmpty) target.losses.reportAll(lost);
  return map;
}
function readAddressMap(target: Target): { readonly map: AddressMap; readonly lost: LossLog } {
  const lost = new LossLog();
  return { map: target.losses.apart(lost, () => target.machine.addressMap(target)), lost };
}

const isIn = ({ start, end }: AddressRange, address: bigint): boolean =>
  address >= start && address < end;

/** The region of an address: `other` outside the map. */
export function regionOf(target: Target, address: VAddr): Region {
  if (target.arch.isUser(address)) return 'user';
  const found = addressMap(target).regions.find(([, range]) => isIn(range, address));
  return found ? found[0] : 'other';
}

/** Whether an address is below all kernel addresses. A gap between the halves counts as below. */
export const isBelowKernel = ({ arch }: Target, address: bigint): boolean =>
  address < arch.kernelStart;

/** Start of the mapping of the kernel image: on some machines a part of the direct map. */
export function imageStart(target: Target): VAddr {
  const { image, direct } = addressMap(target);
  return (image ?? direct).start;
}

/** The direct-map address of a physical one: phys_to_virt. RAM need not exist there. */
export function physToVirt(target: Target, physical: PAddr): VAddr {
  const { direct } = addressMap(target);
  return va(physical - direct.physical + direct.start);
}

/** The physical address of a direct-map or kernel-image address, by arithmetic: __pa. */
export function virtToPhys(target: Target, address: VAddr): PAddr {
  const { image, direct } = addressMap(target);
  const { start, physical } = image && isIn(image, address) ? image : direct;
  return pa(address - start + physical);
}
