import type { VAddr } from '../src/base/address.ts';
import type { Target } from '../src/kernel/core/target.ts';
import { physToVirt } from '../src/kernel/mm/address-map.ts';
import { vmapAreas } from '../src/kernel/mm/vmalloc.ts';
import { cpuCount } from '../src/kernel/task/tasks.ts';
import {
  CommandError,
  defineCommand,
  error,
  type Notice,
  UsageOnly,
  warning,
} from '../src/session/command/command.ts';
import { byKind } from '../src/session/command/printing.ts';
import { parseCpus } from '../src/session/line/numbers.ts';
import {
  type CounterRecord,
  counterPrinters,
  counters,
  hugePages,
  perCpuOffsets,
} from './kmem/counters.ts';
import { type FreeRecord, freeBlockOf, freeListing, freePrinters } from './kmem/free.ts';
import { type NodeRecord, nodePrinters, nodes, zones } from './kmem/nodes.ts';
import {
  chosenMembers,
  everyPage,
  flagTable,
  type PageRecord,
  pagePrinters,
  pageRecordAt,
} from './kmem/pages.ts';
import type { Layout } from './kmem/parts.ts';
import { isPhysical, type Mode, readRequest } from './kmem/request.ts';
import { identify, type SearchRecord, searchPrinters } from './kmem/search.ts';
import { slabPrinters } from './kmem/slab-text.ts';
import {
  cacheAt,
  cacheNames,
  caches,
  hasRootCaches,
  type SlabRecord,
  slabAt,
} from './kmem/slabs.ts';
import { type SummaryRecord, summary, summaryPrinters } from './kmem/summary.ts';
import { type VmapRecord, vmalloc, vmapPrinters } from './kmem/vmalloc.ts';

type KmemRecord =
  | CounterRecord
  | FreeRecord
  | NodeRecord
  | PageRecord
  | SearchRecord
  | SlabRecord
  | SummaryRecord
  | VmapRecord;

/** The options besides the mode. */
interface Choice {
  readonly members: string | undefined;
  readonly ignored: readonly string[];
  readonly cpus: readonly number[] | undefined;
  readonly physical: boolean;
  readonly name: string | undefined;
  readonly escaped: boolean;
}
type Items = Iterable<KmemRecord | Notice>;

const unsupported = (letter: string) =>
  function* (): Generator<Notice> {
    yield error(`-${letter} option not supported or applicable on this architecture or kernel`);
  };

/** The output of each option without an address. */
const WITHOUT_ADDRESS: Record<Mode, (target: Target, choice: Choice) => Items> = {
  i: summary,
  p: (target) => everyPage(target, []),
  m: (target, { members }) => everyPage(target, chosenMembers(target, members)),
  f: (target) => freeListing(target, false),
  F: (target) => freeListing(target, true),
  h: hugePages,
  s: (target, choice) => slabs(target, choice, false),
  S: (target, choice) => slabs(target, choice, true),
  r: (target, choice) =>
    hasRootCaches(target)
      ? caches(target, { ...choice, objects: false, roots: true })
      : unsupported('r')(),
  v: (target) => vmalloc(target),
  c: unsupported('c'),
  C: unsupported('C'),
  l: unsupported('l'),
  L: unsupported('L'),
  n: nodes,
  z: zones,
  V: counters,
  o: perCpuOffsets,
  g: (target) => [flagTable(target, 0n)],
};

function slabs(target: Target, choice: Choice, objects: boolean): Items {
  if (choice.name === 'list' && !choice.escaped) return cacheNames(target);
  return caches(target, { ...choice, objects, roots: false });
}

/** `kmem -x address ...`: one after the other. */
function* atAddresses(
  target: Target,
  mode: Mode | undefined,
  addresses: readonly VAddr[],
  choice: Choice,
): Generator<KmemRecord | Notice> {
  const members = mode === 'm' ? chosenMembers(target, choice.members) : [];
  if (mode === 'v') yield { kind: 'vmap-areas', areas: vmapAreas(target).areas.length };
  for (const address of addresses) {
    const physical = choice.physical || isPhysical(address);
    yield { kind: 'address', address, physical };
    if (mode === undefined) {
      yield* identify(target, address, physical);
    } else if (mode === 'p' || mode === 'm') {
      yield* pageRecordAt(target, address, physical, members);
    } else if (mode === 'f') {
      yield* freeBlockOf(target, address, physical);
    } else if (mode === 'v') {
      yield* vmalloc(target, { address, physical });
    } else if (mode === 'g') {
      yield flagTable(target, address);
    } else if (mode === 's' || mode === 'S') {
      yield* slabOf(target, address, physical, mode === 'S', choice);
    } else {
      yield* unsupported(mode)();
    }
  }
}

/** `kmem -s address`: the address of a cache, of a slab's page struct, or of an object. */
function* slabOf(
  target: Target,
  address: VAddr,
  physical: boolean,
  objects: boolean,
  choice: Choice,
): Generator<KmemRecord | Notice> {
  let at = address;
  if (physical) {
    if (address >= target.pfnAddress(target.memory.maxPfn)) {
      yield warning(`cannot make virtual-to-physical translation: ${address.toString(16)}`);
    } else {
      at = physToVirt(target, address as never);
    }
  }
  const cache = cacheAt(target, at);
  if (cache === undefined) {
    yield* slabAt(target, at, objects, true);
    return;
  }
  if (choice.name !== undefined) {
    throw new CommandError('only one kmem_cache reference is allowed');
  }
  yield* caches(target, { ...choice, name: cache.name, objects, roots: false });
}

export default defineCommand({
  name: 'kmem',
  group: 'memory',
  summary: 'kernel memory',
  synopsis: `[-f|-F|-c|-C|-i|-v|-V|-n|-z|-o|-h] [-p | -m member[,member]]
       [[-s|-S|-S=cpu[s]|-r] [slab] [-I slab[,slab]]] [-g [flags]] [[-P] address]]`,
  flags: {
    i: { help: 'what memory is used for' },
    f: {
      help: 'free lists of the page allocator, counted; with an address, the free block it is in',
    },
    F: { help: 'free lists with the first page of every block' },
    v: { help: 'areas of vmalloc space; with an address, its area' },
    V: { help: 'memory statistics and event counters' },
    n: { help: 'memory nodes, sections and memory blocks' },
    z: { help: 'zones with their watermarks and counters' },
    o: { help: 'offsets of the per-cpu areas' },
    h: { help: 'pools of huge pages' },
    p: { help: 'every page struct; with an address, that of its page' },
    m: { value: 'member', help: 'as -p, with these members of struct page' },
    s: { help: 'slab caches; with an address, the object it is in' },
    S: {
      value: 'text',
      attached: true,
      help: 'slab caches with all their objects; -S=cpus shows only those cpus',
    },
    r: { help: 'slab caches with what memory cgroups made of them added in' },
    I: { value: 'slab', help: 'caches to leave out, separated by commas' },
    g: { help: 'page flags; with a number, those that it has' },
    P: { help: 'the addresses are physical' },
    c: { hidden: true, help: 'page hash table of old kernels' },
    C: { hidden: true, help: 'page hash table of old kernels' },
    l: { value: 'text', hidden: true, help: 'page lists of old kernels' },
    L: { value: 'text', hidden: true, help: 'page lists of old kernels' },
  },
  operands: [
    {
      name: 'what',
      kind: 'slab',
      arity: '*',
      help: 'addresses, in hexadecimal; with -s, -S and -r also a cache',
    },
  ],
  help: `Shows how the kernel uses its memory. An address alone is looked up
everywhere: as a symbol, in vmalloc space, in the slab caches, among the free
pages, as a task or its stack; its page struct is shown last.`,
  examples: [
    { run: 'kmem -i', on: 'healthy', shows: 'how much memory is free, cached, in slabs, in swap' },
    { run: 'kmem -s task_struct', on: '', shows: 'how many task_structs there are' },
    { run: 'kmem -p 1000', on: '', shows: 'the page struct of the second page of memory' },
  ],

  *run({ flags, operands, order }, { target }): Generator<KmemRecord | Notice> {
    if ([flags.l, flags.L].some((list) => list !== undefined && !/^(a|i|ic|id)$/.test(list))) {
      throw new UsageOnly('');
    }
    const spec = typeof flags.S === 'string' ? flags.S : undefined;
    const cpus = spec === undefined ? undefined : parseCpus(spec, cpuCount(target));
    if (flags.m !== undefined) chosenMembers(target, flags.m);
    const request = readRequest(order, operands.what.words);
    const choice: Choice = {
      members: flags.m,
      ignored: flags.I?.split(',') ?? [],
      cpus,
      physical: flags.P === true,
      name: request.name,
      escaped: request.escaped,
    };
    if (request.addresses.length > 0) {
      yield* atAddresses(target, request.modes[0], request.addresses, choice);
      return;
    }
    for (const mode of request.modes) yield* WITHOUT_ADDRESS[mode](target, choice);
  },

  printer({ flags, operands, order }, { settings, widths }) {
    const { modes, addresses, name } = readRequest(order, operands.what.words);
    const layout: Layout = {
      mode: modes.find((mode) => mode !== 'n' && mode !== 'z') ?? modes[0],
      isAddressed: addresses.length > 0,
      isNamed: name !== undefined,
      members: flags.m?.split(',') ?? [],
      settings,
      widths,
    };
    return byKind<KmemRecord>({
      ...counterPrinters(),
      ...freePrinters(layout),
      ...nodePrinters(layout),
      ...pagePrinters(layout),
      ...searchPrinters(layout),
      ...slabPrinters(layout),
      ...summaryPrinters,
      ...vmapPrinters(layout),
    });
  },
});
