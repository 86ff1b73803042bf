import type { Target } from '../src/kernel/core/target.ts';
import { type MemoryShare, memoryShares } from '../src/kernel/mm/memory-shares.ts';
import { type SlabCache, slabCaches } from '../src/kernel/mm/slab/caches.ts';
import { cacheNodes } from '../src/kernel/mm/slab/shares.ts';
import { countObjects } from '../src/kernel/mm/slab/usage.ts';
import { memoryUsage } from '../src/kernel/mm/task-memory.ts';
import { type Task, taskTable } from '../src/kernel/task/tasks.ts';
import { taskWords } from '../src/output/task/wait-lines.ts';
import { displayBytes } from '../src/output/text/escape.ts';
import { defineCommand, type Out } from '../src/session/command/command.ts';
import { blankBetween, byKind } from '../src/session/command/printing.ts';

type MemoryRecord =
  | {
      readonly kind: 'total';
      /** Pages of the kernel's size that the page allocator manages. */
      readonly pages: number;
      readonly pageSize: number;
      /** Pages that it never got: the kernel's image, page structs, firmware. */
      readonly reserved: number;
      /** Pages for contiguous memory, which are a part of the shares; both absent in a kernel that has none. */
      readonly cmaPages?: number;
      readonly cmaFree?: number;
    }
  | ({ readonly kind: 'share' } & MemoryShare)
  | {
      readonly kind: 'cache';
      readonly name: string;
      readonly address: SlabCache['address'];
      /** Pages of its slabs. */
      readonly pages: number;
      readonly slabs: number;
      /** Bytes of an object. */
      readonly objectSize: number;
      /** Objects in use; absent when the cache's lists are broken. */
      readonly objects?: number;
    }
  | {
      readonly kind: 'process';
      readonly task: Task;
      /** Resident pages. */
      readonly pages: number;
    };

/** Caches and processes that are shown without -a. */
const SHOWN = 8;

export default defineCommand({
  name: 'memory',
  group: 'memory',
  summary: 'who uses memory',
  synopsis: '[-a]',
  flags: { a: { help: 'all slab caches and all processes, not only the largest' } },
  operands: [],
  help: `Shows who uses memory: the shares of all that the page allocator manages,
then the largest slab caches and processes. The kernel's counters are taken
with what each CPU has counted and not added yet. Huge pages of the pools are
one share, used or not. Processes share pages: their sum may be more than
there is.

"unaccounted" are pages that somebody took from the page allocator and that no
counter has: those of drivers, and where leaks hide that are no slabs.`,
  examples: [{ run: 'memory', on: 'healthy', shows: 'the shares, with bars' }],

  *run({ flags }, { target }): Generator<MemoryRecord> {
    const { total, shares, reserved, cma } = memoryShares(target);
    yield {
      kind: 'total',
      pages: total,
      pageSize: target.pageSize,
      reserved,
      ...(cma ? { cmaPages: cma.total, cmaFree: cma.free } : {}),
    };
    const order = [...shares].sort((a, b) => b.pages - a.pages);
    for (const share of order) if (share.pages !== 0) yield { kind: 'share', ...share };
    const shown = flags.a ? Number.POSITIVE_INFINITY : SHOWN;
    yield* caches(target, shown);
    yield* processes(target, shown);
  },

  printer() {
    const part = blankBetween();
    let page = 1;
    let total = 0;
    let last = '';
    const title = (kind: string, text: string, out: Out): void => {
      if (kind === last) return;
      part(out);
      out.line(text);
      last = kind;
    };
    const row = (pages: number, name: string): string =>
      `${size(pages * page)} ${percent(pages, total)}  ${bar(pages, total)} ${name}`;
    return byKind<MemoryRecord>({
      total({ pages, pageSize, reserved, cmaPages, cmaFree }, out) {
        [page, total] = [pageSize, pages];
        part(out);
        out.line(`${size(pages * page).trim()} in ${pages} pages`);
        out.line(`${size(reserved * page).trim()} more for the kernel itself and for firmware`);
        if (cmaPages !== undefined) {
          const free = cmaFree === undefined ? '' : `, ${size(cmaFree * page).trim()} of it free`;
          out.line(`${size(cmaPages * page).trim()} can be had in one piece (CMA)${free}`);
        }
      },
      share({ name, pages }, out) {
        title('share', 'USED BY', out);
        out.line(row(pages, SHARE_WORDS[name]));
      },
      cache({ name, pages, objects, objectSize }, out) {
        title('cache', 'SLAB CACHES', out);
        const count = objects === undefined ? '' : `, ${objects} objects of ${objectSize}`;
        out.line(row(pages, `${displayBytes(name)}${count}`));
      },
      process({ task, pages }, out) {
        title('process', 'PROCESSES', out);
        out.line(row(pages, taskWords(task)));
      },
    });
  },
});

const SHARE_WORDS: Readonly<Record<MemoryShare['name'], string>> = {
  free: 'free',
  'free-on-cpus': 'free, on lists of CPUs',
  anonymous: 'processes (anonymous)',
  shmem: 'shared memory and tmpfs',
  'swap-cache': 'swap cache',
  file: 'cache of files',
  slab: 'slab',
  'slab-reclaimable': 'slab, reclaimable',
  'page-tables': 'page tables',
  'kernel-stacks': 'kernel stacks',
  vmalloc: 'vmalloc',
  percpu: 'per-CPU memory',
  hugetlb: 'huge pages of pools',
  'misc-reclaimable': 'other reclaimable memory',
  zsmalloc: 'zsmalloc',
  iommu: 'IOMMU page tables',
  unaccounted: 'unaccounted',
};

/** Columns of a bar. */
const BAR = 20;

/** A part of a whole in twenty columns; a part that is there has one at least. */
function bar(part: number, whole: number): string {
  const length = whole > 0 ? Math.round((Math.max(0, part) / whole) * BAR) : 0;
  const shown = Math.min(BAR, part > 0 ? Math.max(1, length) : 0);
  return '#'.repeat(shown).padEnd(BAR, '.');
}

const percent = (part: number, whole: number): string =>
  `${(whole > 0 ? (100 * part) / whole : 0).toFixed(1).padStart(5)}%`;

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in the largest unit of which there is one: `  213.0 MiB`. */
function size(bytes: number): string {
  let value = bytes / 1024;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit++;
  }
  return `${value.toFixed(1).padStart(7)} ${UNITS[unit]}`;
}

/** The caches with the most pages. Only of those that are shown the objects are counted, which walks their lists. */
function* caches(target: Target, shown: number): Generator<MemoryRecord> {
  const all = [...slabCaches(target).byAddress.values()]
    .flatMap((cache) => {
      const nodes = target.losses.attempt(`slab cache ${cache.name}`, cache.address, () =>
        cacheNodes(target, cache),
      );
      const slabs = nodes?.reduce((sum, node) => sum + node.slabs, 0) ?? 0;
      return slabs === 0
        ? []
        : [{ cache, slabs, pages: (slabs * cache.slabSize) / target.pageSize }];
    })
    .sort((a, b) => b.pages - a.pages);
  for (const { cache, slabs, pages } of all.slice(0, shown)) {
    const { usage } = countObjects(target, cache);
    yield {
      kind: 'cache',
      name: cache.name,
      address: cache.address,
      pages,
      slabs,
      objectSize: cache.objectSize,
      ...(usage ? { objects: usage.allocated } : {}),
    };
  }
}

/** The processes with the most resident pages; one of those that share their memory. */
function* processes(target: Target, shown: number): Generator<MemoryRecord> {
  const seen = new Set<Task['mm']>([0n as Task['mm']]);
  const found: { task: Task; pages: number }[] = [];
  for (const task of taskTable(target).tasks) {
    if (seen.has(task.mm)) continue;
    seen.add(task.mm);
    const pages = memoryUsage(target, task).residentPages;
    if (pages !== undefined && pages > 0) found.push({ task, pages });
  }
  found.sort((a, b) => b.pages - a.pages);
  for (const each of found.slice(0, shown)) yield { kind: 'process', ...each };
}
