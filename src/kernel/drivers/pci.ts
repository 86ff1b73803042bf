import { type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';

/** A PCI function: struct pci_dev, include/linux/pci.h. */
export interface PciDevice {
  readonly address: VAddr;
  /** `domain:bus:slot.function`. */
  readonly name: string;
  /** Base class and sub-class. */
  readonly classCode: number;
  readonly vendor: number;
  readonly device: number;
  /** The port type of the PCI Express capability; undefined for a device without one. */
  readonly portType: number | undefined;
  /** The bus behind a bridge; 0n for others. */
  readonly subordinate: VAddr;
}

/** A root bus, with no bus above it: struct pci_bus. */
export interface PciBus {
  readonly address: VAddr;
  /** `domain:bus`. */
  readonly name: string;
}

/** Largest number of bridges above a bus: bus numbers have eight bits. */
const MAX_DEPTH = 256;
const MAX_NAME = 64;

/** The root buses. Throws MissingError, ReadError. */
export function* rootBuses(target: Target): Generator<PciBus, void> {
  const node = target.types.member('pci_bus', 'node').offset;
  for (const at of walkList(target.kernel, target.symbol('pci_root_buses'))) {
    const address = va(at - BigInt(node));
    yield { address, name: deviceName(target, address, 'pci_bus') };
  }
}

/** The functions on a bus, and behind each bridge those of its bus, depth first. Throws ReadError. */
export function* pciDevices(target: Target, bus: VAddr, depth = 0): Generator<PciDevice, void> {
  if (depth >= MAX_DEPTH) return;
  const link = target.types.member('pci_dev', 'bus_list').offset;
  const head = target.object('pci_bus', bus).addressOf('devices');
  for (const at of walkList(target.kernel, head)) {
    const device = readPciDevice(target, va(at - BigInt(link)));
    yield device;
    if (device.subordinate !== 0n && device.subordinate !== bus)
      yield* pciDevices(target, device.subordinate, depth + 1);
  }
}

function readPciDevice(target: Target, address: VAddr): PciDevice {
  const device = target.object('pci_dev', address);
  const express = device.num('pcie_cap') !== 0;
  return {
    address,
    name: deviceName(target, address, 'pci_dev'),
    classCode: (device.num('class') >> 8) & 0xffff,
    vendor: device.num('vendor'),
    device: device.num('device'),
    // PCI_EXP_FLAGS_TYPE, include/uapi/linux/pci_regs.h.
    portType: express ? (device.num('pcie_flags_reg') & 0xf0) >> 4 : undefined,
    subordinate: device.pointer('subordinate'),
  };
}

const deviceName = (target: Target, address: VAddr, type: string): string =>
  target.kernel.cstring(target.object(type, address).pointer('dev.kobj.name'), MAX_NAME);
