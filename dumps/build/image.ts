import { buildElf } from './elf.ts';
import { Files, type MountSpec } from './files.ts';
import { buildGlobals, buildMemoryCounters, type GlobalsSpec } from './globals.ts';
import { buildKallsyms } from './kallsyms.ts';
import { type KdumpSpec, kdumpFile, type Packing } from './kdump.ts';
import { Kernel, type KernelRelease } from './kernel.ts';
import { buildLog, type LogLine } from './log.ts';
import type { MachineSpec } from './machine.ts';
import { type BuiltModule, buildModules, type ModuleSpec } from './modules.ts';
import { note, prstatus, vmcoreinfo } from './notes.ts';
import type { BuiltPages } from './pages.ts';
import { PAGE, wordBytes } from './ram.ts';
import { type SparseFile, wholeFile } from './sparse-file.ts';
import { linkTasks } from './task-links.ts';
import { type BuiltTask, TaskBuilder, type TaskSpec } from './tasks.ts';
import type { FunctionSpec } from './text.ts';

/**
 * An image as an incident tells it. What is left out has a plausible default; `{ name, summary, kernel, globals }` is a
 * machine that idles. Everything is decided by the spec: the same spec gives the same bytes.
 */
export interface ImageSpec {
  /** Its name for --sample: kebab-case. */
  readonly name: string;
  /** One line on what can be seen in it. */
  readonly summary: string;
  readonly kernel: KernelRelease;
  readonly machine?: MachineSpec;
  readonly globals: GlobalsSpec;
  readonly functions?: Readonly<Record<string, FunctionSpec>>;
  readonly modules?: readonly ModuleSpec[];
  readonly mounts?: readonly MountSpec[];
  /** Tasks in any order in which parents and thread leaders come first; idle tasks are made. */
  readonly tasks?: readonly TaskSpec[] | ((story: Story) => readonly TaskSpec[]);
  readonly log?: readonly LogLine[] | ((story: Story) => readonly LogLine[]);
  /** Whatever else lies in memory: called when the tasks are made, before lists are closed and the log is written. */
  also?(story: Story): void;
  /** The last word over the finished memory: damage. Structures have their final bytes. */
  damage?(story: Story): void;
  /** makedumpfile's -d of the bundled file: 31 when left out, 1 keeps user and cache pages. */
  readonly dumpLevel?: number;
  /** Lines to add to VMCOREINFO. */
  readonly vmcoreinfo?: readonly string[];
}

/** The image being built, and afterwards the oracle: the address of everything. */
export interface Story {
  readonly spec: ImageSpec;
  readonly kernel: Kernel;
  readonly files: Files;
  readonly tasks: TaskBuilder;
  readonly modules: ReadonlyMap<string, BuiltModule>;
  /** The task of a pid. */
  task(pid: number): BuiltTask;
  /** Objects that a specification's tests need, by a name of its own. */
  readonly notes: Map<string, bigint>;
}

export interface DumpOptions {
  readonly packing?: Packing;
  /** makedumpfile -d. Default: the spec's dumpLevel. */
  readonly level?: number;
  /** This file's part of a split set, in page frames. */
  readonly split?: { readonly start: number; readonly end: number };
  /** Another VMCOREINFO than the kernel's own; an empty one is none. */
  readonly vmcoreinfo?: string;
}

/** An image with all of its memory. */
export interface BuiltImage {
  readonly story: Story;
  readonly pages: BuiltPages;
  readonly log: readonly LogLine[];
  readonly vmcoreinfo: string;
  /** As a kdump-compressed file, version 6. */
  kdump(options?: DumpOptions): Uint8Array;
  /** The same file, without the holes that a machine of far islands leaves in its bitmaps. */
  kdumpFile(options?: DumpOptions): SparseFile;
  /** As an ELF core: one segment for each run of pages that `level` keeps. */
  elf(options?: { readonly level?: number }): Uint8Array;
}

export interface Image {
  readonly name: string;
  readonly summary: string;
  readonly spec: ImageSpec;
  /** Built at the first call, then kept. */
  build(): BuiltImage;
}

const DEFAULT_MOUNTS: readonly MountSpec[] = [
  { at: '/', device: '/dev/vda1', type: 'ext4' },
  { at: '/dev', device: 'devtmpfs', type: 'devtmpfs' },
];

export function defineImage(spec: ImageSpec): Image {
  let built: BuiltImage | undefined;
  return {
    name: spec.name,
    summary: spec.summary,
    spec,
    build() {
      built ??= buildImage(spec);
      return built;
    },
  };
}

function buildImage(spec: ImageSpec): BuiltImage {
  const kernel = new Kernel(spec.kernel, spec.machine ?? {});
  const modules = buildModules(kernel, spec.modules ?? []);
  const tasks = new TaskBuilder(kernel);
  kernel.text.describe(spec.functions ?? {});
  const files = new Files(kernel, spec.mounts ?? DEFAULT_MOUNTS);
  const story: Story = {
    spec,
    kernel,
    files,
    tasks,
    modules,
    task: (pid) => tasks.task(pid),
    notes: new Map(),
  };
  const specs = typeof spec.tasks === 'function' ? spec.tasks(story) : (spec.tasks ?? []);
  const busy = new Set(specs.filter(isRunning).map(({ cpu }) => cpu ?? 0));
  for (let cpu = 0; cpu < kernel.machine.cpus; cpu++) {
    const alone = spec.globals.panicCpu === undefined || spec.globals.panicCpu === cpu;
    tasks.addIdle(cpu, busy.has(cpu) ? 'asleep' : alone ? 'halted' : 'stopped');
  }
  for (const task of withKthreadd(specs)) {
    tasks.add(task.mm && !task.mm.files ? { ...task, mm: { ...task.mm, files } } : task);
  }
  spec.also?.(story);
  const log = typeof spec.log === 'function' ? spec.log(story) : (spec.log ?? []);
  buildLog(kernel, log);
  buildGlobals(kernel, spec.globals);
  linkTasks(tasks, spec.globals.uptime, ({ thing, spec: { files: open, cwd } }) => {
    const own = files.taskFiles(open ?? {}, cwd);
    thing.set({ fs: own.fs, files: own.files });
  });
  const pages = finish(kernel);
  const tables = symbolTables(kernel);
  spec.damage?.(story);
  const extra = spec.globals.panicCpu === undefined ? [] : [`CRASHTIME=${spec.globals.time}`];
  const info = vmcoreinfo(kernel, tables, [...extra, ...(spec.vmcoreinfo ?? [])]);
  return {
    story,
    pages,
    log,
    vmcoreinfo: info,
    kdump: (options) => wholeFile(writeKdump(story, options?.vmcoreinfo ?? info, options)),
    kdumpFile: (options) => writeKdump(story, options?.vmcoreinfo ?? info, options),
    elf: (options) => writeElf(story, info, options?.level ?? spec.dumpLevel ?? 31),
  };
}

/** Was it on its CPU at the end? */
const isRunning = ({ stack }: TaskSpec): boolean =>
  typeof stack?.[0] === 'object' && 'running' in stack[0];

/** Pid 2 is the parent of kernel threads: it is made when the spec has none, and pid 1 likewise. */
function withKthreadd(specs: readonly TaskSpec[]): readonly TaskSpec[] {
  const missing: TaskSpec[] = [];
  if (!specs.some(({ pid }) => pid === 1)) missing.push({ pid: 1, comm: 'systemd' });
  if (!specs.some(({ pid }) => pid === 2)) missing.push({ pid: 2, comm: 'kthreadd' });
  return [...missing, ...specs];
}

function finish(kernel: Kernel): BuiltPages {
  const { machine, slabs, pageMap } = kernel;
  kernel.finishVmalloc();
  machine.data('node_online_map', wordBytes(1, 8));
  slabs.finish(
    (pfn) => pageMap.page(pfn),
    (pfn, order) => pageMap.markCompound(pfn, order, ['PG_slab']),
  );
  const counters = ['_totalram_pages', 'vm_zone_stat', 'vm_node_stat'];
  kernel.text.finish();
  const pages = pageMap.finish();
  buildMemoryCounters(kernel, pages);
  for (const name of counters) machine.symbol(name);
  return pages;
}

/** BTF and kallsyms, which name everything that has an address: last of all. */
function symbolTables(kernel: Kernel): ReadonlyMap<string, bigint> {
  const { machine, types } = kernel;
  const btf = types.btf();
  const at = machine.room('constants', btf.length, 64);
  machine.write(at, btf);
  machine.addSymbol('__start_BTF', at, 'R');
  machine.addSymbol('__stop_BTF', at + BigInt(btf.length), 'R');
  machine.addSymbol('__per_cpu_end', machine.perCpuEnd, 'A');
  machine.addSymbol('_end', machine.text + BigInt(machine.imageSize), 'B');
  const symbols = machine.symbols.filter(({ type }) => type !== 'skip');
  const era = kernel.release.kallsyms;
  const size = buildKallsyms(symbols, era, machine.text).bytes.length;
  const base = machine.room('constants', size, 64);
  const { bytes, tables } = buildKallsyms(symbols, era, base);
  machine.write(base, bytes);
  return kernel.release.namesKallsyms === false ? new Map() : tables;
}

/** Page uses that a dump level leaves out: its bits are zero 1, cache 2, private cache 4, user 8, free 16. */
const EXCLUDES = {
  cache: 2,
  'private-cache': 4,
  user: 8,
  free: 16,
  kernel: 0,
  reserved: 0,
  slab: 0,
} as const;
const ZERO_PAGE = new Uint8Array(PAGE);

function keptPages({ kernel: { machine } }: Story, level: number): Map<number, Uint8Array> {
  const kept = new Map<number, Uint8Array>();
  const { ram } = machine;
  for (const { start, end, use } of ram.runs()) {
    if ((level & EXCLUDES[use]) !== 0) continue;
    for (let pfn = start; pfn < end; pfn++) kept.set(pfn, ram.pages.get(pfn) ?? ZERO_PAGE);
  }
  return kept;
}

function cpuNotes({ kernel: { machine }, tasks }: Story): Uint8Array {
  const notes: Uint8Array[] = [];
  for (let cpu = 0; cpu < machine.cpus; cpu++) {
    const registers = tasks.registers(cpu);
    if (registers) notes.push(prstatus(tasks.current(cpu).spec.pid, registers));
  }
  return Buffer.concat(notes);
}

function writeKdump(story: Story, info: string, options: DumpOptions = {}): SparseFile {
  const { machine, release } = story.kernel;
  const { globals } = story.spec;
  const { packing = 'zlib', level = story.spec.dumpLevel ?? 31, split } = options;
  const spec: KdumpSpec = {
    maxMapnr: machine.ram.maxPfn,
    ramRanges: machine.ram.ranges,
    blocks: keptPages(story, level),
    packing,
    share: true,
    dumpLevel: level,
    utsname: [
      'Linux',
      globals.nodename,
      release.release,
      release.version,
      'x86_64',
      globals.domainname ?? '(none)',
    ],
    physBase: machine.physBase,
    timestamp: globals.time,
    cpus: machine.cpus,
    vmcoreinfo: info,
    notes: Buffer.concat([
      cpuNotes(story),
      ...(info === '' ? [] : [note('VMCOREINFO', 0, Buffer.from(info))]),
    ]),
    ...(split ? { split } : {}),
  };
  return kdumpFile(spec);
}

function writeElf(story: Story, info: string, level: number): Uint8Array {
  const pages = keptPages(story, level);
  const notes = Buffer.concat([cpuNotes(story), note('VMCOREINFO', 0, Buffer.from(info))]);
  const runs: { start: number; pages: Uint8Array[] }[] = [];
  for (const [pfn, bytes] of pages) {
    const last = runs.at(-1);
    if (last && last.start + last.pages.length === pfn) last.pages.push(bytes);
    else runs.push({ start: pfn, pages: [bytes] });
  }
  const loads = runs.map(({ start, pages: own }) => ({
    type: 1,
    physical: start * PAGE,
    virtual: story.kernel.machine.virtualOf(start * PAGE),
    bytes: Buffer.concat(own),
  }));
  return buildElf({ segments: [{ type: 4, bytes: notes }, ...loads] });
}
