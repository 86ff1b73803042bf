import { hex } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { addressMap } from '../../kernel/mm/address-map.ts';
import { memoryNodes } from '../../kernel/mm/nodes.ts';
import { panicTask } from '../../kernel/panic/panic.ts';
import { memorySize, processorSpeed } from '../../kernel/system/system.ts';
import { stackSize } from '../../kernel/task/stack.ts';
import { activeTasks, taskTable } from '../../kernel/task/tasks.ts';
import { ticksPerSecond } from '../../kernel/time/clock.ts';

type Fact = string | number | bigint | undefined;
type Facts = Readonly<Record<string, (target: Target) => Fact>>;

/** `help -m`: names of crash's machdep_table where tscrash has the fact. */
const MACHINE: Facts = {
  kvbase: (target) => addressMap(target).direct.start,
  identity_map_base: (target) => addressMap(target).direct.start,
  pagesize: (target) => target.pageSize,
  pageshift: (target) => Math.log2(target.pageSize),
  pagemask: (target) => BigInt.asUintN(target.arch.pointerSize * 8, -BigInt(target.pageSize)),
  pageoffset: (target) => BigInt(target.pageSize - 1),
  stacksize: stackSize,
  hz: ticksPerSecond,
  mhz: processorSpeed,
  memsize: memorySize,
  bits: (target) => target.arch.pointerSize * 8,
  'page table levels': (target) => target.arch.levels.join(' '),
  phys_base: (target) => {
    const { image } = addressMap(target);
    return image && BigInt.asUintN(64, image.physical);
  },
  page_offset: (target) => addressMap(target).direct.start,
  vmalloc_start_addr: (target) => addressMap(target).vmalloc.start,
  vmalloc_end: (target) => addressMap(target).vmalloc.end - 1n,
  vmemmap_vaddr: (target) => addressMap(target).vmemmap?.start,
  vmemmap_end: (target) => {
    const { vmemmap } = addressMap(target);
    return vmemmap && vmemmap.end - 1n;
  },
  modules_vaddr: (target) => addressMap(target).modules.start,
  modules_end: (target) => addressMap(target).modules.end - 1n,
};

/** `help -t`: of crash's task_table. */
const TASKS: Facts = {
  running_tasks: (target) => taskTable(target).tasks.length,
  nr_threads: (target) => taskTable(target).count,
  panic_task: (target) => panicTask(target)?.address,
  panic_processor: (target) => panicTask(target)?.cpu,
  active_set: (target) =>
    [...activeTasks(target)].map(([cpu, { address }]) => `[${cpu}]: ${hex(address)}`).join(' '),
  stacksize: stackSize,
};

/** `help -v`: of crash's vm_table. */
const MEMORY: Facts = {
  kernel_pgd: (target) => BigInt(target.memory.kernel.root),
  high_memory: (target) => target.kernel.pointer(target.symbol('high_memory')),
  vmalloc_start: (target) => addressMap(target).vmalloc.start,
  numnodes: (target) => memoryNodes(target).length,
  total_pages: (target) => memoryNodes(target).reduce((sum, node) => sum + node.presentPages, 0),
  max_mapnr: (target) => target.memory.maxPfn,
};

const TABLES: Readonly<Record<string, Facts>> = { '-m': MACHINE, '-t': TASKS, '-v': MEMORY };

/**
 * What tscrash knows of a dump, in the names of crash's tables, one fact a line: undefined for another option. What cannot be read is
 * a loss and (unknown), what this machine does not have (none).
 */
export function insideOf(target: Target, option: string): string[] | undefined {
  if (option === '-r') return registerLines(target);
  const table = Object.hasOwn(TABLES, option) ? TABLES[option] : undefined;
  if (!table) return undefined;
  const width = Math.max(...Object.keys(table).map(({ length }) => length));
  return Object.entries(table).map(([name, read]) => {
    let isThere = false;
    const fact = target.losses.attempt(name, undefined, () => {
      const found = read(target);
      isThere = true;
      return found;
    });
    return `${name.padStart(width)}: ${fact === undefined ? (isThere ? '(none)' : '(unknown)') : textOf(fact)}`;
  });
}

const textOf = (fact: NonNullable<Fact>): string =>
  typeof fact === 'bigint' ? hex(fact) : String(fact);

/** `help -r`: every set of registers that the dump file has, in the file's order. */
function registerLines(target: Target): string[] {
  const digits = target.arch.pointerSize * 2;
  const lines = target.facts.cpus.flatMap(({ cpu, source, registers }) => [
    `CPU ${cpu} (${source}):`,
    ...rows(
      Object.entries(registers).map(
        ([name, value]) =>
          `${name.toUpperCase().padStart(8)}: ${hex(value ?? 0n).padStart(digits, '0')}`,
      ),
    ),
  ]);
  if (lines.length === 0)
    target.losses.report({ what: 'register', reason: 'the dump file has no notes of CPUs' });
  return lines;
}

/** Three registers a line. */
function rows(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < words.length; at += 3) lines.push(words.slice(at, at + 3).join('  '));
  return lines;
}
