import { hex, type VAddr } from '../../base/address.ts';
import type { Disk, InFlight } from '../../kernel/drivers/disks.ts';
import type { IoResource } from '../../kernel/drivers/io-resources.ts';
import type { PciBus, PciDevice } from '../../kernel/drivers/pci.ts';
import { displayBytes } from '../text/escape.ts';
import { center } from '../text/justify.ts';

const WIDTH = 16;
const ABSENT = center('(none)', WIDTH);

/** Title of the device numbers of a kind: `CHRDEV` with its `CDEV`, `BLKDEV` with its `GENDISK`. */
export const deviceNumberHeader = (kind: string, address: string): string =>
  `${kind}    ${'NAME'.padEnd(15)}${center(address, WIDTH, 'right')}  ${'OPERATIONS'.padEnd(WIDTH)}`;

/** One device number; `operations` is the name of the table of its functions. */
export function deviceNumberRow(
  major: number,
  name: string,
  address: VAddr,
  operations: string,
): string {
  const start = `${String(major).padStart(4)}      ${displayBytes(name).padEnd(13)}  `;
  return address === 0n ? `${start}${ABSENT}` : `${start}${hex(address)}  ${operations}`;
}

/** Columns of the numbers at both ends of a range. */
const digitsOf = (isPorts: boolean): number => (isPorts ? 4 : 8);

/** Title of I/O ports, or of I/O memory. */
export const resourceHeader = (isPorts: boolean): string =>
  `${center('RESOURCE', WIDTH)}  ${center('RANGE', 2 * digitsOf(isPorts) + 1)}  NAME`;

/** One range. */
export function resourceRow(resource: IoResource, isPorts: boolean): string {
  const digits = digitsOf(isPorts);
  const [start, end] = [resource.start, resource.end].map((at) =>
    at.toString(16).padStart(digits, '0'),
  );
  return `${hex(resource.address)}  ${start}-${end}  ${displayBytes(resource.name)}`;
}

/** Titles of PCI buses and of the devices on one. */
export const pciBusHeader = `${center('ROOT BUS', WIDTH)} BUSNAME`;
export const pciDeviceHeader = `  ${center('PCI DEV', WIDTH)} DO:BU:SL.FN  CLASS   PCI_ID      TYPE   `;

/** One root bus. */
export const pciBusRow = ({ address, name }: PciBus): string =>
  `${hex(address)} ${displayBytes(name)}`;

/** PCI_EXP_TYPE_*, include/uapi/linux/pci_regs.h. */
const PORT_TYPES = [
  'ENDPOINT',
  'LEG_END',
  '',
  '',
  'ROOT_PORT',
  'UPSTREAM',
  'DOWNSTREAM',
  'PCI_BRIDGE',
  'PCIE_BRIDGE',
  'RC_END',
  'RC_EC',
];

/** One PCI function. */
export function pciDeviceRow(device: PciDevice): string {
  const four = (value: number): string => value.toString(16).padStart(4, '0');
  const type =
    device.portType ?? (device.subordinate === 0n ? 0 : PORT_TYPES.indexOf('PCI_BRIDGE'));
  const identity = `${four(device.classCode)}  ${four(device.vendor)}:${four(device.device)}`;
  return `  ${hex(device.address)} ${displayBytes(device.name)}  ${identity}  ${PORT_TYPES[type] || 'UNKNOWN'} `;
}

/** Title of the disks. */
export const diskHeader =
  'MAJOR GENDISK            NAME       REQUEST_QUEUE      TOTAL  READ WRITE ';

/** One disk and its driver's requests. */
export function diskRow(
  { major, address, name, queue }: Disk,
  { reads, writes }: InFlight,
): string {
  const counts = `${String(reads + writes).padStart(8)}${String(reads).padStart(6)}${String(writes).padStart(6)} `;
  return `${String(major).padStart(5)} ${hex(address).padEnd(18)} ${displayBytes(name).padEnd(10)} ${hex(queue)}${counts}`;
}
