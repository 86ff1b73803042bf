import { plus, type VAddr } from '../../base/address.ts';
import { MissingError } from '../../base/errors.ts';
import { machineCpus, perCpuAddress } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';

/** A named counter of the kernel's statistics. */
export interface Counter {
  readonly name: string;
  readonly value: bigint;
}

/** Counters under crash's title for them. */
export interface CounterTable {
  readonly title: string;
  readonly counters: readonly Counter[];
}

/** The enum with the names of an array's counters; the enum's last value is the array's length. */
interface Source {
  readonly title: string;
  readonly symbol: string;
  readonly type: string;
  readonly end: string;
}
const ZONE: Source = {
  title: 'VM_ZONE_STAT',
  symbol: 'vm_zone_stat',
  type: 'zone_stat_item',
  end: 'NR_VM_ZONE_STAT_ITEMS',
};
/**
 * One array for zones and nodes, before 4.8 (75ef71840539, mm, vmstat: add infrastructure for per-node vmstats) and 4.8
 * (599d0c954f91, mm, vmscan: move LRU lists to node).
 */
const SINGLE: Source = { ...ZONE, title: 'VM_STAT', symbol: 'vm_stat' };
const NODE: Source = {
  title: 'VM_NODE_STAT',
  symbol: 'vm_node_stat',
  type: 'node_stat_item',
  end: 'NR_VM_NODE_STAT_ITEMS',
};
/**
 * Since 4.14 (3a321d2a3dde, mm: change the call sites of numa statistics items), before 5.14 (f19298b9516c, mm/vmstat:
 * convert NUMA statistics to basic NUMA counters).
 */
const NUMA: Source = {
  title: 'VM_NUMA_STAT',
  symbol: 'vm_numa_stat',
  type: 'numa_stat_item',
  end: 'NR_VM_NUMA_STAT_ITEMS',
};
const MAX_COUNTERS = 1024;

/** Global memory statistics: of the zones, of the nodes and, where kept, of NUMA placement. Throws MissingError. */
export function vmStatistics(target: Target): CounterTable[] {
  const sources = target.findSymbol('vm_zone_stat') === undefined ? [SINGLE] : [ZONE, NODE, NUMA];
  return sources
    .filter(({ symbol }, i) => i === 0 || target.findSymbol(symbol) !== undefined)
    .map((source) => ({
      title: source.title,
      counters: readCounters(target, source, target.symbol(source.symbol)),
    }));
}

/** The statistics of one zone; `vmStat` is the address of zone.vm_stat. */
export const zoneStatistics = (target: Target, vmStat: VAddr): Counter[] =>
  readCounters(target, ZONE, vmStat);

/** A global counter by name (`NR_FILE_PAGES`); undefined when the kernel has none of that name. */
export function vmCounter(target: Target, name: string): number | undefined {
  for (const { counters } of target.memo(vmStatistics)) {
    const found = counters.find((counter) => counter.name === name);
    if (found) return Number(found.value);
  }
  return undefined;
}

function readCounters(target: Target, source: Source, address: VAddr): Counter[] {
  const names = counterNames(target, source.type, source.end);
  const { kernel } = target;
  const view = kernel.view(address, names.length * kernel.pointerSize);
  return names.map((name, i) => ({ name, value: kernel.longIn(view, i * kernel.pointerSize) }));
}

/** Names by value; of several names of one value the last is taken, since the first ones are marks (NR_LRU_BASE). */
function counterNames(target: Target, type: string, end: string): string[] {
  const values = target.types.enumOf(type)?.values;
  const last = values?.find(({ name }) => name === end)?.value;
  if (!values || last === undefined || last > MAX_COUNTERS) {
    throw new MissingError('type', `enum ${type}`);
  }
  const names = new Array<string>(Number(last)).fill('');
  for (const { name, value } of values) {
    if (value >= 0n && value < last) names[Number(value)] = name;
  }
  return names;
}

/** Event counters, summed over the CPUs. Undefined without CONFIG_VM_EVENT_COUNTERS. */
export function vmEvents(target: Target): CounterTable | undefined {
  if (target.findSymbol('vm_event_states') === undefined) return undefined;
  const names = counterNames(target, 'vm_event_item', 'NR_VM_EVENT_ITEMS');
  const sums = new Array<bigint>(names.length).fill(0n);
  const { kernel } = target;
  for (const cpu of machineCpus(target)) {
    const at = plus(perCpuAddress(target, 'vm_event_states', cpu), 0);
    const words = kernel.wordsOf(kernel.read(at, names.length * kernel.pointerSize));
    for (const [i, count] of words.entries()) sums[i] = BigInt.asUintN(64, sums[i]! + count);
  }
  return {
    title: 'VM_EVENT_STATES',
    counters: names.map((name, i) => ({ name, value: sums[i]! })),
  };
}
