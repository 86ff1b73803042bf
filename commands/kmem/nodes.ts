import { hex, type VAddr } from '../../src/base/address.ts';
import type { Target } from '../../src/kernel/core/target.ts';
import { type MemoryBlock, memoryBlocks } from '../../src/kernel/mm/memory-blocks.ts';
import { type MemoryNode, memoryNodes, type Zone } from '../../src/kernel/mm/nodes.ts';
import { pfnToPage, type Section, sectionTable } from '../../src/kernel/mm/sections.ts';
import { type Counter, zoneStatistics } from '../../src/kernel/mm/vmstat.ts';
import { center } from '../../src/output/text/justify.ts';
import { error, type Notice, type Out } from '../../src/session/command/command.ts';
import { type PrinterByKind, titleOnce } from '../../src/session/command/printing.ts';
import { type Layout, printCounters } from './parts.ts';

export type NodeRecord =
  | {
      readonly kind: 'node';
      readonly node: MemoryNode;
      readonly memMap: VAddr;
      readonly zones: readonly { readonly zone: Zone; readonly memMap: VAddr }[];
    }
  | { readonly kind: 'section'; readonly section: Section; readonly pfn: number }
  | { readonly kind: 'memory-block'; readonly block: MemoryBlock }
  | {
      readonly kind: 'zone';
      readonly node: number;
      readonly zone: Zone;
      readonly counters: readonly Counter[];
    };

/** `kmem -n` */
export function* nodes(target: Target): Generator<NodeRecord | Notice> {
  const none = 0n as VAddr;
  for (const node of memoryNodes(target)) {
    const zones = node.zones.map((zone) => ({
      zone,
      memMap: zone.spannedPages === 0 ? none : (pfnToPage(target, zone.startPfn) ?? none),
    }));
    for (const problem of node.problems) yield error(problem);
    yield { kind: 'node', node, memMap: pfnToPage(target, node.startPfn) ?? none, zones };
  }
  const table = sectionTable(target);
  for (const section of table.all()) {
    yield { kind: 'section', section, pfn: section.nr * table.pagesPerSection };
  }
  for (const block of memoryBlocks(target)) yield { kind: 'memory-block', block };
}

/** `kmem -z` */
export function* zones(target: Target): Generator<NodeRecord | Notice> {
  const all = memoryNodes(target);
  for (let node = 0; node < all.length; node++) {
    for (const problem of all[node]!.problems) yield error(problem);
    for (const zone of all[node]!.zones) {
      const counters = zone.spannedPages === 0 ? [] : zoneStatistics(target, zone.vmStat);
      yield { kind: 'zone', node, zone, counters };
    }
  }
}

const ZONE_TITLE = 'ZONE  NAME         SIZE       MEM_MAP      START_PADDR  START_MAPNR';
const RULE = '-'.repeat(67);
const paddr = (pfn: number): string => hex(BigInt(pfn) << 12n);

function printNode({ node, memMap, zones }: Extract<NodeRecord, { kind: 'node' }>, out: Out): void {
  const titles = ['PGLIST_DATA', 'BOOTMEM_DATA', 'NODE_ZONES'].map((title) => center(title, 16));
  out.line(`NODE  ${center('SIZE', 8)}  ${titles.join('  ')}`);
  const size = center(String(node.spannedPages), 8);
  const [zone, ...others] = node.zones;
  const at = center(hex(node.address), 16);
  const lead = ` ${String(node.id).padStart(2)}   ${size}  ${at}  ${center('----', 16)}  `;
  out.line(`${lead}${zone ? center(hex(zone.address), 16) : ''}`);
  for (const other of others) out.line(' '.repeat(lead.length) + hex(other.address));
  out.line(`${center('MEM_MAP', 16)}     START_PADDR    START_MAPNR`);
  const start = center(paddr(node.startPfn), 16, 'right');
  out.line(`${center(hex(memMap), 16)}  ${start}  ${center(String(node.startPfn), 11, 'right')}`);
  out.line();
  out.line(ZONE_TITLE);
  for (const { zone, memMap } of zones) {
    const place = zone.spannedPages === 0 ? 0 : zone.startPfn;
    const lead = ` ${String(zone.index).padStart(2)}   ${zone.name.padEnd(9)} `;
    const map = `${String(zone.spannedPages).padStart(7)}  ${hex(memMap).padStart(16)}`;
    const begin = paddr(zone.startPfn).padStart(11);
    out.line(`${lead}${map}  ${begin}  ${String(place).padStart(11)}`);
  }
}

const STATE_LETTERS = 'PMOED';

const sectionTitles = ['SECTION', 'CODED_MEM_MAP', 'MEM_MAP'].map((title) => center(title, 16));

/** Title of the memory blocks: older kernels have no range and no node. */
function blockTitle({ end, node }: MemoryBlock, digits: number): string {
  const withNode = node !== undefined;
  const title = end === undefined ? 'PHYSICAL START' : 'PHYSICAL RANGE';
  const range = center(title, digits * 2 + (withNode ? 2 : 0));
  const lead = `${center('MEM_BLOCK', 16)} ${center('NAME', 10)}   ${range}`;
  return `${lead}${withNode ? '   NODE ' : '   '} ${'STATE'.padEnd(7)} START_SECTION_NO`;
}

export function nodePrinters({ settings, widths }: Layout): PrinterByKind<NodeRecord> {
  let hasNodes = false;
  const sectionTitle = titleOnce('', RULE, '', `NR  ${sectionTitles.join('  ')}  STATE PFN`);
  let hasBlocks = false;
  return {
    node(record, out) {
      if (hasNodes) for (const line of ['', '-'.repeat(ZONE_TITLE.length), '']) out.line(line);
      hasNodes = true;
      printNode(record, out);
    },
    section({ section, pfn }, out) {
      sectionTitle(out);
      const addresses = [section.address, section.coded, section.memMap]
        .map((address) => center(hex(address), 16))
        .join('  ');
      const letters = [...STATE_LETTERS].filter((_, bit) => (section.flags >> bit) & 1).join('');
      const frame = pfn.toString(settings.radix).padEnd(16);
      out.line(`${String(section.nr).padStart(2)}  ${addresses}  ${center(letters, 5)} ${frame}`);
    },
    'memory-block'({ block }, out) {
      const digits = widths.physical;
      const withNode = block.node !== undefined;
      if (!hasBlocks) for (const line of ['', blockTitle(block, digits)]) out.line(line);
      hasBlocks = true;
      const range =
        block.end === undefined
          ? center(hex(block.start), digits * 2 + 3)
          : `${hex(block.start).padStart(digits)} - ${hex(block.end).padStart(digits)}`;
      const name = center(block.name, withNode ? 12 : 10);
      const node = withNode ? ` ${center(String(block.node), 4)}` : '';
      const state = block.state.padEnd(7);
      const section = String(block.startSection).padEnd(12);
      out.line(` ${hex(block.address)} ${name} ${range}${node}  ${state} ${section}`);
    },
    zone({ node, zone, counters }, out) {
      out.line(
        `NODE: ${node}  ZONE: ${zone.index}  ADDR: ${hex(zone.address)}  NAME: "${zone.name}"`,
      );
      if (zone.spannedPages === 0) {
        out.line('  [unpopulated]');
        out.line();
        return;
      }
      const present =
        zone.presentPages < zone.spannedPages ? `  PRESENT: ${zone.presentPages}` : '';
      out.line(
        `  SIZE: ${zone.spannedPages}${present}  MIN/LOW/HIGH: ${zone.watermarks.join('/')}`,
      );
      out.line('  VM_STAT:');
      printCounters(counters, out);
      out.line();
      out.line();
    },
  };
}
