import { hex } from '../../src/base/address.ts';
import type { SlabCache } from '../../src/kernel/mm/slab/caches.ts';
import type { SlabContents } from '../../src/kernel/mm/slab/objects.ts';
import type { SlabUsage } from '../../src/kernel/mm/slab/usage.ts';
import { displayBytes } from '../../src/output/text/escape.ts';
import type { Out } from '../../src/session/command/command.ts';
import { type PrinterByKind, titleOnce } from '../../src/session/command/printing.ts';
import type { Layout } from './parts.ts';
import type { SlabRecord } from './slabs.ts';

const TITLE = 'CACHE             OBJSIZE  ALLOCATED     TOTAL  SLABS  SSIZE  NAME';
const SLAB_TITLE = '  SLAB              MEMORY            NODE  TOTAL  ALLOCATED  FREE';

function cacheRow(
  { address, objectSize, slabSize, name }: SlabCache,
  usage: SlabUsage | undefined,
): string {
  const [allocated, total, slabs] = usage
    ? [usage.allocated, usage.total, usage.slabs].map(String)
    : ['?', '?', '?'];
  const counts = `${allocated?.padStart(9)}  ${total?.padStart(8)}  ${slabs?.padStart(5)}`;
  const size = `${String(slabSize / 1024).padStart(4)}k`;
  return `${hex(address)} ${String(objectSize).padStart(8)}  ${counts}  ${size}  ${displayBytes(name)}`;
}

function slabRow(slab: SlabContents): string {
  const places = `${hex(slab.address)}  ${hex(slab.memory)}  ${String(slab.node).padStart(4)}`;
  const counts = `${String(slab.total).padStart(5)}  ${String(slab.allocated).padStart(9)}`;
  return `  ${places}  ${counts}  ${String(slab.free).padStart(4)}`;
}

function printObjects(
  record: Extract<SlabRecord, { kind: 'slab' }>,
  out: Out,
  redzone: boolean,
): void {
  const { slab, address, objectSize, redLeftPad } = record;
  if (slab.objects.length === 0) return;
  out.line('  FREE / [ALLOCATED]');
  for (const { start, free, held } of slab.objects) {
    if (address !== undefined && (address < start || address >= start + BigInt(objectSize))) {
      continue;
    }
    // The object of an address is that object; a list of all shows the slots, unless "set redzone off".
    const isSlot = redzone && address === undefined;
    const at = hex(isSlot ? start : start + BigInt(redLeftPad));
    const text = free ? ` ${at}  ` : `[${at}]`;
    out.line(`  ${text}${held === undefined ? '' : `(${held})`}`);
  }
}

export function slabPrinters({
  mode,
  isAddressed,
  isNamed,
  settings,
}: Layout): PrinterByKind<SlabRecord> {
  const withObjects = mode === 'S';
  /** One title for a list of caches, or one for each cache. */
  const isList = !withObjects && !isNamed && !isAddressed;
  let slabTitle = titleOnce(SLAB_TITLE);
  return {
    caches({ caches }, out) {
      if (isList || caches === 0) out.line(TITLE);
    },
    cache({ cache, usage }, out) {
      if (!isList) out.line(TITLE);
      out.line(cacheRow(cache, usage));
    },
    'cache-name'({ cache }, out) {
      out.line(`${hex(cache.address)} ${displayBytes(cache.name)}`);
    },
    'cache-ignored'({ cache }, out) {
      if (!isList) out.line(TITLE);
      out.line(`${hex(cache.address)} ${'[IGNORED]'.padEnd(43)}  ${displayBytes(cache.name)}`);
    },
    slab(record, out) {
      out.line(SLAB_TITLE);
      out.line(slabRow(record.slab));
      printObjects(record, out, settings.redzone !== false);
    },
    'listed-slab'({ slab }, out) {
      slabTitle(out);
      out.line(slabRow(slab));
    },
    'cpu-slab'({ cpu, address, empty }, out) {
      out.line(`CPU ${cpu} KMEM_CACHE_CPU:`);
      out.line(`  ${hex(address)}`);
      out.line(`CPU ${cpu} SLAB:`);
      if (empty) out.line('  (empty)');
    },
    'cpu-partial'({ cpu, empty }, out) {
      out.line(`CPU ${cpu} PARTIAL:`);
      if (empty) out.line('  (empty)');
    },
    sheaves({ owner, sheaves }, out) {
      out.line(`${owner} SHEAVES:`);
      out.line('  SHEAF             OBJECTS');
      for (const { address, objects } of sheaves) {
        out.line(`  ${hex(address)}  ${String(objects.length).padStart(7)}`);
      }
    },
    'cache-node'({ node, perCpu }, out) {
      out.line('KMEM_CACHE_NODE   NODE  SLABS  PARTIAL  PER-CPU');
      const counts = `${String(node.slabs).padStart(5)}  ${String(node.partialCount).padStart(7)}`;
      const place = String(node.node).padStart(4);
      out.line(`${hex(node.address)}  ${place}  ${counts}  ${String(perCpu).padStart(7)}`);
    },
    'node-list'({ node, list, state }, out) {
      slabTitle = titleOnce(SLAB_TITLE);
      out.line(`NODE ${node} ${list}:`);
      if (state !== 'filled') out.line(`  (${state})`);
    },
    'cache-end'(_, out) {
      out.line();
    },
  };
}
