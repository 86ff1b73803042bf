import { type Bits, plus, type VAddr } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { walkList } from '../lib/lists.ts';
import { sectionTable } from './sections.ts';

/** A block of memory that can be hot-plugged: struct memory_block of include/linux/memory.h. */
export interface MemoryBlock {
  readonly address: VAddr;
  readonly name: string;
  readonly startSection: number;
  /** First byte and last byte, physical. */
  readonly start: Bits;
  readonly end: Bits | undefined;
  readonly node: number | undefined;
  readonly state: string;
}

/** Values of memory_block.state: MEM_ONLINE ... in include/linux/memory.h. */
const STATES: Readonly<Record<number, string>> = {
  1: 'ONLINE',
  2: 'GOING_OFFLINE',
  4: 'OFFLINE',
  8: 'GOING_ONLINE',
  16: 'CANCEL_ONLINE',
  32: 'CANCEL_OFFLINE',
};
/** An enum (enum memory_block_state) numbered from 0 since 6.19. */
const STATE_ENUM: readonly (readonly [string, string])[] = [
  ['MEM_ONLINE', 'ONLINE'],
  ['MEM_GOING_OFFLINE', 'GOING_OFFLINE'],
  ['MEM_OFFLINE', 'OFFLINE'],
  ['MEM_GOING_ONLINE', 'GOING_ONLINE'],
  ['MEM_CANCEL_ONLINE', 'CANCEL_ONLINE'],
  ['MEM_CANCEL_OFFLINE', 'CANCEL_OFFLINE'],
];

/**
 * The memory blocks of /sys/devices/system/memory, in its order; none in a kernel without memory hotplug.
 * Throws BrokenListError, MissingError, ReadError.
 */
export function* memoryBlocks(target: Target): Generator<MemoryBlock, void> {
  const subsystem = target.findSymbol('memory_subsys');
  if (subsystem === undefined || !target.types.has('memory_block')) return;
  const owner = subsystemOf(target, subsystem);
  if (owner === undefined) return;
  const { types } = target;
  const head = target.object('subsys_private', owner).addressOf('klist_devices.k_list');
  const link = types.member('device_private', 'knode_bus.n_node').offset;
  const inBlock = types.member('memory_block', 'dev').offset;
  const states = target.memo(stateNames);
  for (const entry of walkList(target.kernel, head)) {
    const device = target.object('device_private', plus(entry, -link)).pointer('device');
    yield readBlock(target, plus(device, -inBlock), states);
  }
}

function readBlock(target: Target, address: VAddr, states: (value: number) => string): MemoryBlock {
  const block = target.object('memory_block', address);
  const table = sectionTable(target);
  const sectionBytes = target.pfnAddress(table.pagesPerSection);
  const startSection = block.num('start_section_nr');
  const start = BigInt(startSection) * sectionBytes;
  return {
    address,
    name: target.kernel.cstring(block.at('dev').pointer('kobj.name'), 64),
    startSection,
    start,
    end: blockEnd(target, start, address, sectionBytes),
    node: block.has('nid') ? block.num('nid') : undefined,
    state: states(block.num('state')),
  };
}

function blockEnd(
  target: Target,
  start: bigint,
  address: VAddr,
  sectionBytes: bigint,
): bigint | undefined {
  const probed = target.findSymbol('memory_block_size_probed');
  if (probed !== undefined) return start + target.kernel.u64(probed) - 1n;
  const block = target.object('memory_block', address);
  // Removed in 5.4 (b6c88d3b9d38, drivers/base/memory.c: don't store end_section_nr in memory blocks), when all blocks
  // became the same size.
  if (!block.has('end_section_nr')) return undefined;
  return (block.big('end_section_nr') + 1n) * sectionBytes - 1n;
}

function stateNames(target: Target): (value: number) => string {
  const named = STATE_ENUM.map(([name, text]) => [target.types.enumerator(name), text] as const);
  if (named.some(([value]) => value !== undefined)) {
    return (value) => named.find(([number]) => number === BigInt(value))?.[1] ?? 'UNKNOWN';
  }
  return (value) => STATES[value] ?? 'UNKNOWN';
}

/** The subsys_private of the "memory" bus. */
function subsystemOf(target: Target, subsystem: VAddr): VAddr | undefined {
  // Since 6.3 (d2bf38c088e0, driver core: remove private pointer from struct bus_type) struct bus_type has no pointer:
  // the bus is found in the list of all.
  const own = target.findMember('bus_type', 'p');
  if (own) return target.kernel.pointer(plus(subsystem, own.offset));
  const kset = target.kernel.pointer(target.symbol('bus_kset'));
  const list = target.object('kset', kset).addressOf('list');
  const entry = target.types.member('kobject', 'entry').offset;
  const inKset = target.types.member('kset', 'kobj').offset;
  const inPrivate = target.types.member('subsys_private', 'subsys').offset;
  for (const link of walkList(target.kernel, list)) {
    const owner = target.object('subsys_private', plus(link, -entry - inKset - inPrivate));
    if (owner.pointer('bus') === subsystem) return owner.address;
  }
  return undefined;
}
