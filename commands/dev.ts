import { hex, type VAddr, va } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { blockMajors, characterDevices } from '../src/kernel/drivers/device-numbers.ts';
import { type Disk, disks, type InFlight, requestsInFlight } from '../src/kernel/drivers/disks.ts';
import { type IoResource, ioResources } from '../src/kernel/drivers/io-resources.ts';
import { type PciBus, type PciDevice, pciDevices, rootBuses } from '../src/kernel/drivers/pci.ts';
import {
  deviceNumberHeader,
  deviceNumberRow,
  diskHeader,
  diskRow,
  pciBusHeader,
  pciBusRow,
  pciDeviceHeader,
  pciDeviceRow,
  resourceHeader,
  resourceRow,
} from '../src/output/system/device-lines.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  UsageOnly,
} from '../src/session/command/command.ts';

type DevRecord =
  | {
      readonly kind: 'character' | 'block';
      readonly major: number;
      readonly name: string;
      /** Its cdev or gendisk; 0n for none. */
      readonly address: VAddr;
      /** Name of its file_operations or block_device_operations. */
      readonly operations: string;
      readonly first: boolean;
    }
  | {
      readonly kind: 'port' | 'memory';
      readonly resource: IoResource;
      readonly first: boolean;
    }
  | { readonly kind: 'bus'; readonly bus: PciBus }
  | { readonly kind: 'pci'; readonly device: PciDevice; readonly first: boolean }
  | {
      readonly kind: 'disk';
      readonly disk: Disk;
      readonly inFlight: InFlight;
    }
  | { readonly kind: 'disks' }
  | { readonly kind: 'blank' };
type Yield = Generator<DevRecord | Notice, void>;

export default defineCommand({
  name: 'dev',
  group: 'system',
  summary: 'device data',
  synopsis: '[-i | -p | -d | -D ] [-V | -v index [file]]',
  flags: {
    i: { help: 'I/O ports and I/O memory' },
    p: { help: 'PCI devices' },
    d: { help: 'disks, and the requests that their drivers have not finished' },
    D: { help: 'the same, without the idle disks' },
    V: { help: 'the device dumps in the dump file' },
    v: { value: 'text', help: 'one device dump' },
  },
  operands: [{ name: 'file', kind: 'file', arity: '*', help: 'with -v: where to write it' }],
  help: `Shows the registered character and block devices with what serves them.`,
  examples: [
    { run: 'dev -d', on: '', shows: 'which disk is stuck, and with how many requests' },
    { run: 'dev -i', on: '', shows: 'what lies where in physical memory' },
  ],

  *run({ flags, operands }, { target }) {
    if (flags.V || flags.v !== undefined) {
      throw new CommandError('no device dumps found in this dumpfile');
    }
    if (operands.file.length > 0) throw new UsageOnly('');
    if (flags.i) yield* resources(target);
    else if (flags.p) yield* pci(target);
    else if (flags.d || flags.D) yield* diskRows(target, flags.D === true);
    else yield* deviceNumbers(target);
  },

  print(record: DevRecord, out) {
    if (record.kind === 'blank') out.line();
    else if (record.kind === 'disks') out.line(diskHeader);
    else if (record.kind === 'character' || record.kind === 'block') {
      if (record.first) out.line(TITLES[record.kind]);
      out.line(deviceNumberRow(record.major, record.name, record.address, record.operations));
    } else if (record.kind === 'port' || record.kind === 'memory') {
      if (record.first) out.line(resourceHeader(record.kind === 'port'));
      out.line(resourceRow(record.resource, record.kind === 'port'));
    } else if (record.kind === 'bus') {
      out.line(pciBusHeader);
      out.line(pciBusRow(record.bus));
    } else if (record.kind === 'pci') {
      if (record.first) out.line(pciDeviceHeader);
      out.line(pciDeviceRow(record.device));
    } else if (record.kind === 'disk') out.line(diskRow(record.disk, record.inFlight));
  },
});

const TITLES = {
  character: deviceNumberHeader('CHRDEV', 'CDEV'),
  block: deviceNumberHeader('BLKDEV', 'GENDISK'),
} as const;

function* deviceNumbers(target: Target): Yield {
  let first = true;
  for (const { major, name, cdev, operations } of characterDevices(target)) {
    const served = nameOf(target, operations);
    yield { kind: 'character', major, name, address: cdev, operations: served, first };
    first = false;
  }
  yield { kind: 'blank' };
  const byMajor = new Map<number, Disk>();
  for (const disk of disks(target)) byMajor.set(disk.major, disk);
  first = true;
  for (const { major, name } of blockMajors(target)) {
    const disk = byMajor.get(major);
    const operations = nameOf(target, disk?.operations ?? va(0n));
    yield { kind: 'block', major, name, address: disk?.address ?? va(0n), operations, first };
    first = false;
  }
}

/** The name of a table of functions; its address where no symbol is exactly there. */
function nameOf(target: Target, address: VAddr): string {
  const found = target.symbols.at(address);
  return found?.offset === 0 ? found.symbol.name : hex(address);
}

function* resources(target: Target): Yield {
  for (const [kind, root] of [
    ['port', 'ioport_resource'],
    ['memory', 'iomem_resource'],
  ] as const) {
    let first = true;
    if (kind === 'memory') yield { kind: 'blank' };
    for (const resource of ioResources(target, target.symbol(root))) {
      yield { kind, resource, first };
      first = false;
    }
  }
}

function* pci(target: Target): Yield {
  for (const bus of rootBuses(target)) {
    yield { kind: 'bus', bus };
    let first = true;
    for (const device of pciDevices(target, bus.address)) {
      yield { kind: 'pci', device, first };
      first = false;
    }
    yield { kind: 'blank' };
  }
}

/** Memory and loop devices have no driver that requests could be stuck in. */
const NO_DRIVER = /^(ram|loop)\d/;

function* diskRows(target: Target, busyOnly: boolean): Yield {
  yield { kind: 'disks' };
  for (const disk of disks(target)) {
    if (NO_DRIVER.test(disk.name) || disk.queue === 0n) continue;
    const inFlight = requestsInFlight(target, disk.queue);
    if (!inFlight) {
      yield error(`${disk.name}: its request queue ${hex(disk.queue)} is not served by blk-mq`);
      continue;
    }
    if (busyOnly && inFlight.reads + inFlight.writes === 0) continue;
    yield { kind: 'disk', disk, inFlight };
  }
}
