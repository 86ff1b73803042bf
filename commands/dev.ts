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
  type Out,
  UsageOnly,
} from '../src/session/command/command.ts';
import { byKind, type OfKind, titleOnce } from '../src/session/command/printing.ts';

type DevRecord =
  | {
      readonly kind: 'character' | 'block';
      readonly major: number;
      readonly name: string;
      /** Its cdev or gendisk; 0 for none. */
      readonly address: VAddr;
      /** Name of its file_operations or block_device_operations. */
      readonly operations: string;
    }
  | ({ readonly kind: 'port' | 'memory' } & IoResource)
  | ({ readonly kind: 'bus' } & PciBus)
  | ({ readonly kind: 'pci' } & PciDevice)
  | {
      readonly kind: 'disk';
      readonly disk: Disk;
      /** Undefined where the queue is not served by blk-mq; an error follows. */
      readonly inFlight: InFlight | undefined;
    };
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

  *run({ flags, operands }, { target }): Yield {
    if (flags.V || flags.v !== undefined) {
      throw new CommandError('no device dumps found in this dumpfile');
    }
    if (operands.file.length > 0) throw new UsageOnly('');
    if (flags.i) yield* resources(target);
    else if (flags.p) yield* pci(target);
    else if (flags.d || flags.D) yield* diskRows(target, flags.D === true);
    else yield* deviceNumbers(target);
  },

  printer({ flags }) {
    const titles = {
      character: titleOnce(deviceNumberHeader('CHRDEV', 'CDEV')),
      block: titleOnce('', deviceNumberHeader('BLKDEV', 'GENDISK')),
      port: titleOnce(resourceHeader(true)),
      memory: titleOnce('', resourceHeader(false)),
    };
    const diskTitle = titleOnce(diskHeader);
    let pciTitle = titleOnce();
    let last: DevRecord['kind'] | undefined;
    const number = (record: OfKind<DevRecord, 'character'>, out: Out): void => {
      titles[record.kind](out);
      const { major, name, address, operations } = record;
      out.line(deviceNumberRow(major, name, address, operations));
    };
    const resource = (record: OfKind<DevRecord, 'port'>, out: Out): void => {
      titles[record.kind](out);
      out.line(resourceRow(record, record.kind === 'port'));
    };
    const print = byKind<DevRecord>({
      character: number,
      block: number,
      port: resource,
      memory: resource,
      bus(bus, out) {
        if (last) out.line();
        out.line(pciBusHeader);
        out.line(pciBusRow(bus));
        pciTitle = titleOnce(pciDeviceHeader);
      },
      pci(device, out) {
        pciTitle(out);
        out.line(pciDeviceRow(device));
      },
      disk({ disk, inFlight }, out) {
        diskTitle(out);
        if (inFlight) out.line(diskRow(disk, inFlight));
      },
    });
    return Object.assign(
      (record: DevRecord, out: Out): void => {
        print(record, out);
        last = record.kind;
      },
      {
        end(out: Out): void {
          if (
            flags.i ? last !== 'memory' : flags.p ? last : !(flags.d || flags.D || last === 'block')
          )
            out.line();
          if (flags.d || flags.D) diskTitle(out);
        },
      },
    );
  },
});

function* deviceNumbers(target: Target): Yield {
  for (const { major, name, cdev, operations } of characterDevices(target)) {
    const served = nameOf(target, operations);
    yield { kind: 'character', major, name, address: cdev, operations: served };
  }
  const byMajor = new Map<number, Disk>();
  for (const disk of disks(target)) byMajor.set(disk.major, disk);
  for (const { major, name } of blockMajors(target)) {
    const disk = byMajor.get(major);
    const operations = nameOf(target, disk?.operations ?? va(0n));
    yield { kind: 'block', major, name, address: disk?.address ?? va(0n), operations };
  }
}

/** The name of a table of functions; its address where no symbol begins there. */
function nameOf(target: Target, address: VAddr): string {
  const found = target.symbols.at(address);
  return found?.offset === 0 ? found.symbol.name : hex(address);
}

function* resources(target: Target): Yield {
  for (const [kind, root] of [
    ['port', 'ioport_resource'],
    ['memory', 'iomem_resource'],
  ] as const) {
    for (const resource of ioResources(target, target.symbol(root))) yield { kind, ...resource };
  }
}

function* pci(target: Target): Yield {
  for (const bus of rootBuses(target)) {
    yield { kind: 'bus', ...bus };
    for (const device of pciDevices(target, bus.address)) yield { kind: 'pci', ...device };
  }
}

/** Memory and loop devices have no driver with outstanding requests. */
const NO_DRIVER = /^(ram|loop)\d/;

function* diskRows(target: Target, busyOnly: boolean): Yield {
  for (const disk of disks(target)) {
    if (NO_DRIVER.test(disk.name) || disk.queue === 0n) continue;
    const inFlight = requestsInFlight(target, disk.queue);
    if (!inFlight) {
      yield { kind: 'disk', disk, inFlight };
      yield error(`${disk.name}: its request queue ${hex(disk.queue)} is not served by blk-mq`);
      continue;
    }
    if (busyOnly && inFlight.reads + inFlight.writes === 0) continue;
    yield { kind: 'disk', disk, inFlight };
  }
}
