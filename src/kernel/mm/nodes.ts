import { plus, type VAddr } from '../../base/address.ts';
import { MissingError, ReadError } from '../../base/errors.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';

/** A memory node: struct pglist_data. */
export interface MemoryNode {
  readonly id: number;
  readonly address: VAddr;
  readonly startPfn: number;
  readonly spannedPages: number;
  readonly presentPages: number;
  readonly zones: readonly Zone[];
  /** Why zones are missing: one line each. */
  readonly problems: readonly string[];
}

/** struct zone of include/linux/mmzone.h. */
export interface Zone {
  /** Position in pglist_data.node_zones. */
  readonly index: number;
  readonly address: VAddr;
  readonly name: string;
  readonly startPfn: number;
  readonly spannedPages: number;
  readonly presentPages: number;
  readonly freePages: number;
  /** Address of zone.vm_stat[]. */
  readonly vmStat: VAddr;
  /** WMARK_MIN, WMARK_LOW, WMARK_HIGH. */
  readonly watermarks: readonly [number, number, number];
}

/** MAX_NUMNODES is 1024 at most (CONFIG_NODES_SHIFT 10). */
const MAX_NODES = 1024;

/** The online memory nodes, by the start of their memory. */
export const memoryNodes = (target: Target): readonly MemoryNode[] => target.memo(readNodes);

function readNodes(target: Target): MemoryNode[] {
  const nodes = [...nodeAddresses(target)].map((address) => readNode(target, address));
  return nodes.sort((a, b) => a.startPfn - b.startPfn);
}

function* nodeAddresses(target: Target): Generator<VAddr> {
  const table = target.findSymbol('node_data');
  // Without CONFIG_NUMA there is one node, in a variable.
  if (table === undefined) {
    const only = target.symbol('contig_page_data');
    yield only;
    return;
  }
  for (const id of onlineNodes(target)) {
    const address = target.kernel.pointer(plus(table, id * target.kernel.pointerSize));
    if (address !== 0n) yield address;
  }
}

/** Node numbers of node_states[N_ONLINE], which VMCOREINFO calls node_online_map. */
export function onlineNodes(target: Target): number[] {
  const limit = Math.min(
    target.vmcoreinfo.length('node_data') ?? (target.vmcoreinfo.size('nodemask_t') ?? 128) * 8,
    MAX_NODES,
  );
  const map = target.findSymbol('node_online_map') ?? onlineState(target);
  const bytes =
    map === undefined ? undefined : target.kernel.tryRead(map, Math.ceil(limit / 64) * 8);
  if (!bytes) return [0];
  const nodes: number[] = [];
  for (let id = 0; id < limit; id++) if ((bytes[id >> 3]! >> (id & 7)) & 1) nodes.push(id);
  return nodes;
}

/** node_states[] is an array of masks by enum node_states; N_ONLINE is its second. */
function onlineState(target: Target): VAddr | undefined {
  const states = target.findSymbol('node_states');
  if (states === undefined) return undefined;
  const size = target.vmcoreinfo.size('nodemask_t') ?? target.types.sizeof('nodemask_t');
  return plus(states, Number(target.types.enumerator('N_ONLINE') ?? 1n) * size);
}

function readNode(target: Target, address: VAddr): MemoryNode {
  const node = target.object('pglist_data', address);
  const zones: Zone[] = [];
  const problems: string[] = [];
  const { size } = node.member('node_zones');
  const zoneSize = target.types.sizeof('zone');
  const first = node.addressOf('node_zones');
  for (let index = 0; index < Math.floor(size / zoneSize); index++) {
    const zone = target.object('zone', plus(first, index * zoneSize));
    try {
      zones.push(readZone(target, zone, index));
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      problems.push(`${error.message}  type: "zone buffer"`);
    }
  }
  return {
    id: node.num('node_id'),
    address,
    startPfn: node.num('node_start_pfn'),
    spannedPages: node.num('node_spanned_pages'),
    presentPages: node.num('node_present_pages'),
    zones,
    problems,
  };
}

function readZone(target: Target, zone: KernelObject, index: number): Zone {
  // watermark[] was renamed in 5.0 (a921444382b4, mm: move zone watermark accesses behind an accessor).
  const marks = zone.pick('_watermark', 'watermark');
  const mark = (name: string, fallback: number): number =>
    zone.num(`${marks}[${target.types.enumerator(name) ?? fallback}]`);
  return {
    index,
    address: zone.address,
    name: zoneName(target, zone),
    startPfn: zone.num('zone_start_pfn'),
    spannedPages: zone.num('spanned_pages'),
    presentPages: zone.num('present_pages'),
    // Folded from per-CPU deltas: may be below zero for a moment.
    freePages: Number(
      BigInt.asIntN(64, zone.big(`vm_stat[${target.types.enumerator('NR_FREE_PAGES') ?? 0}]`)),
    ),
    vmStat: zone.addressOf('vm_stat'),
    watermarks: [mark('WMARK_MIN', 0), mark('WMARK_LOW', 1), mark('WMARK_HIGH', 2)],
  };
}

const zoneName = (target: Target, zone: KernelObject): string =>
  target.losses.attempt('name of a zone', zone.address, () => zone.string('name', 32)) ??
  '(unknown)';

/** The node whose range contains a frame: its number and its index among the nodes. Undefined when there is none. */
export function nodeOfPfn(target: Target, pfn: number): number | undefined {
  const nodes = memoryNodes(target);
  const place = nodes.findIndex(
    ({ startPfn, spannedPages }) => pfn >= startPfn && pfn < startPfn + spannedPages,
  );
  return place < 0 ? undefined : place;
}

/** Hexadecimal digits of the highest physical address of the nodes: crash's width of a physical address. */
export const physicalDigits = (target: Target): number => target.memo(countDigits);
function countDigits(target: Target): number {
  let end = 1;
  try {
    for (const node of memoryNodes(target)) end = Math.max(end, node.startPfn + node.spannedPages);
  } catch (error) {
    // Only a column's width: a default for a machine whose nodes cannot be read.
    if (!(error instanceof ReadError || error instanceof MissingError)) throw error;
    end = target.memory.maxPfn;
  }
  return target.pfnAddress(end).toString(16).length;
}
