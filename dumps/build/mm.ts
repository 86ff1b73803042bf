import type { Files } from './files.ts';
import type { Kernel } from './kernel.ts';
import { buildMaple } from './maple.ts';
import type { KernelThing } from './objects.ts';
import { PageTables, PTE, USER_DATA, USER_TEXT } from './page-tables.ts';
import { PAGE, u64Bytes, wordBytes } from './ram.ts';
import { buildRbTree } from './rbtree.ts';
import { countTables, linkAnonymousArea, linkFileArea } from './reverse-map.ts';

/** A mapping as /proc/pid/maps has it. */
export interface VmaSpec {
  readonly start: bigint;
  /** Exclusive. */
  readonly end: bigint;
  /** `r-xp`: read, write, execute, private or shared. */
  readonly access: string;
  readonly file?: string;
  /** Offset in the file, in pages. */
  readonly pageOffset?: number;
  /** Further VM_* bits. */
  readonly flags?: bigint;
  /** All of vm_flags as they are. */
  readonly allFlags?: bigint;
  /** Where its vm_area_struct lies. */
  readonly at?: bigint;
}

/** Content of a page of a user address space. */
export type UserPage =
  /** Bytes from the page's start on; mapped as its vma allows. */
  | Uint8Array
  /** A page-table entry as it is: swap, PROT_NONE, garbage. */
  | { readonly pte: bigint }
  /** A transparent huge page: two megabytes of zeros with these bytes first. */
  | { readonly huge: Uint8Array };

export interface MmSpec {
  readonly vmas: readonly VmaSpec[];
  /** Pages that are there, by address. */
  readonly pages?: Readonly<Record<string, UserPage>> | ReadonlyMap<bigint, UserPage>;
  readonly exe?: string;
  /** argv, which lies where the first vma named stack ends. */
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  readonly files?: Files;
  /** Physical address of the top page table. */
  readonly root?: number;
  /** Entries of the page tables as they are, upper ones first: address, {@link SHIFT}, entry. */
  readonly entries?: readonly (readonly [at: bigint, shift: number, entry: bigint])[];
}

export interface BuiltMm {
  readonly spec: MmSpec;
  readonly thing: KernelThing;
  readonly address: bigint;
  readonly tables: PageTables;
  /** Addresses of the vm_area_structs, in the order of the spec's. */
  readonly vmas: readonly KernelThing[];
  /** Physical addresses of the pages that are there. */
  readonly frames: ReadonlyMap<bigint, number>;
}

/** VM_READ, VM_WRITE, VM_EXEC, VM_SHARED; the four VM_MAY bits are set as mmap() does. */
const VM = { r: 1n, w: 2n, x: 4n, s: 8n, may: 0x70n };
const USER_END = 0x7ffffffff000n;

/** An mm_struct with its mappings and page tables. */
export function buildMm(kernel: Kernel, spec: MmSpec, owner: KernelThing): BuiltMm {
  const { machine, slabs } = kernel;
  const thing = machine.thing('mm_struct', slabs.allocate('mm_struct'));
  const tables = new PageTables(machine.ram, machine.levels, spec.root);
  // Every address space shares the kernel's half of the top table.
  for (let index = 256; index < 512; index++) {
    const entry = machine.ram.u64(machine.tables.root + index * 8);
    if (entry !== 0n) machine.ram.setU64(tables.root + index * 8, entry);
  }
  const sorted = [...spec.vmas].sort((a, b) => (a.start < b.start ? -1 : 1));
  const vmas = sorted.map((vma) => buildVma(kernel, vma, thing, spec.files));
  linkVmas(kernel, thing, sorted, vmas);
  const built = {
    spec,
    thing,
    address: thing.address,
    tables,
    vmas,
    frames: new Map<bigint, number>(),
  };
  for (const entry of spec.entries ?? []) {
    tables.setEntry(...entry);
    claimTable(kernel, entry[2]);
  }
  const pages =
    spec.pages instanceof Map
      ? spec.pages
      : new Map(Object.entries(spec.pages ?? {}).map(([at, page]) => [BigInt(at), page]));
  for (const [at, page] of pages as ReadonlyMap<bigint, UserPage>) putPage(kernel, built, at, page);
  scalars(kernel, built, sorted, owner);
  counters(built);
  return built;
}

/** A table that an entry leads to is the kernel's. */
function claimTable({ machine: { ram } }: Kernel, entry: bigint): void {
  const pfn = Number((entry & 0x000f_ffff_ffff_f000n) >> 12n);
  const isTable = (entry & PTE.present) !== 0n && (entry & PTE.large) === 0n;
  if (isTable && ram.isRam(pfn)) ram.claim(pfn, 1, 'kernel');
}

/** What the address space counts: resident pages by kind, and page tables with those that lie ready beside huge pages. */
function counters({ thing, spec, tables, frames }: BuiltMm): void {
  const counts = { file: 0, anonymous: 0, huge: 0 };
  for (const at of frames.keys()) {
    const vma = spec.vmas.find(({ start, end }) => at >= start && at < end);
    const isHuge = (tables.entry(at, 21) & PTE.large) !== 0n;
    if (isHuge) counts.huge++;
    counts[vma?.file === undefined ? 'anonymous' : 'file'] += isHuge ? 512 : 1;
  }
  // rss_stat: MM_FILEPAGES, MM_ANONPAGES. A per-CPU counter each since 6.2 (f1a7941243c1, mm: convert mm's rss stats
  // into percpu_counter).
  const path = (kind: number) =>
    thing.has('rss_stat.count') ? `rss_stat.count[${kind}]` : `rss_stat[${kind}].count`;
  thing
    .set({ [path(0)]: counts.file, [path(1)]: counts.anonymous })
    .setKnown({ pgtables_bytes: (countTables(tables) + counts.huge) * PAGE });
}

function scalars(kernel: Kernel, mm: BuiltMm, vmas: readonly VmaSpec[], owner: KernelThing): void {
  const { thing, spec, tables } = mm;
  const total = vmas.reduce((sum, { start, end }) => sum + Number((end - start) / 4096n), 0);
  const stack = vmas.at(-1);
  thing
    .set({
      pgd: kernel.machine.virtualOf(tables.root),
      mm_users: 1,
      mm_count: 1,
      map_count: vmas.length,
      total_vm: total,
      mmap_base: 0x7ffff7fff000n,
      task_size: USER_END,
      start_stack: stack?.end ? stack.end - 0x400n : 0n,
    })
    .setKnown({ owner, hiwater_vm: total });
  if (spec.exe && spec.files) thing.set({ exe_file: spec.files.open(spec.exe) });
  if (spec.args && stack) putArguments(kernel, mm, stack);
}

/** argv and environment in the last page of the stack. */
function putArguments(kernel: Kernel, mm: BuiltMm, stack: VmaSpec): void {
  const { args = [], env = [] } = mm.spec;
  const text = (words: readonly string[]) =>
    Buffer.from(words.map((word) => `${word}\0`).join(''), 'latin1');
  const [argv, envp] = [text(args), text(env)];
  const start = stack.end - 0x800n;
  const page = new Uint8Array(PAGE);
  page.set(argv, 0x800);
  page.set(envp, 0x800 + argv.length);
  const at = stack.end - 4096n;
  const frame = mm.frames.get(at);
  if (frame === undefined) putPage(kernel, mm, at, page);
  else kernel.machine.ram.write(frame + 0x800, page.subarray(0x800));
  const middle = start + BigInt(argv.length);
  mm.thing.set({
    arg_start: start,
    arg_end: middle,
    env_start: middle,
    env_end: middle + BigInt(envp.length),
  });
}

function accessFlags({ access, flags = 0n, allFlags }: VmaSpec): bigint {
  const bits = [...access].reduce(
    (sum, letter) => sum | (letter in VM ? VM[letter as keyof typeof VM] : 0n),
    0n,
  );
  return allFlags ?? bits | VM.may | flags;
}

function buildVma(
  kernel: Kernel,
  spec: VmaSpec,
  mm: KernelThing,
  files: Files | undefined,
): KernelThing {
  const { slabs } = kernel;
  const vma = kernel.machine.thing(
    'vm_area_struct',
    spec.at === undefined
      ? slabs.allocate('vm_area_struct')
      : slabs.allocateAt('vm_area_struct', spec.at),
  );
  vma.set({
    vm_start: spec.start,
    vm_end: spec.end,
    vm_mm: mm,
    vm_flags: accessFlags(spec),
    vm_pgoff: spec.pageOffset ?? (spec.file ? 0 : spec.start >> 12n),
  });
  if (spec.file && files) {
    vma.set({ vm_file: files.open(spec.file) });
    linkFileArea(kernel, vma, files.inode(spec.file));
  }
  return vma;
}

/** A maple tree since 6.1 (763ecb035029, mm: remove the vma linked list); a list and a red-black tree before. */
function linkVmas(
  kernel: Kernel,
  mm: KernelThing,
  specs: readonly VmaSpec[],
  vmas: readonly KernelThing[],
): void {
  if (mm.has('mm_mt')) {
    const ranges = specs.map(({ start, end }, i) => ({
      first: start,
      last: end - 1n,
      value: (vmas[i] as KernelThing).address,
    }));
    mm.set({ 'mm_mt.ma_root': buildMaple(kernel, ranges) });
    return;
  }
  for (const [i, vma] of vmas.entries())
    vma.set({ vm_next: vmas[i + 1] ?? 0n, vm_prev: vmas[i - 1] ?? 0n });
  mm.set({ mmap: vmas[0] ?? 0n });
  const nodes = vmas.map((vma) => vma.at('vm_rb'));
  mm.set({ 'mm_rb.rb_node': buildRbTree(kernel.machine, nodes) });
}

function putPage(kernel: Kernel, mm: BuiltMm, at: bigint, page: UserPage): void {
  if (at % 4096n !== 0n) throw new Error(`a page of user memory begins at ${at.toString(16)}`);
  if ('pte' in page) {
    mm.tables.setEntry(at, 12, page.pte);
    return;
  }
  const vma = mm.spec.vmas.find(({ start, end }) => at >= start && at < end);
  if (!vma) throw new Error(`no vma holds ${at.toString(16)}`);
  const writable = vma.access.includes('w');
  const flags =
    (vma.access.includes('x') ? USER_TEXT : USER_DATA & ~PTE.rw) |
    (writable ? PTE.rw | PTE.dirty : 0n);
  const huge = 'huge' in page;
  const { ram } = kernel.machine;
  const use = vma.file === undefined ? 'user' : 'cache';
  const pfn = huge ? ram.allocate(512, 'user', 512) : ram.allocate(1, use);
  ram.write(pfn * PAGE, huge ? page.huge : page);
  mm.tables.map(at, pfn * PAGE, huge ? 0x20_0000 : PAGE, flags, huge ? 0x20_0000 : 4096);
  (mm.frames as Map<bigint, number>).set(at, pfn * PAGE);
  const anonymous = use === 'user';
  const index = (at - vma.start) / 4096n + BigInt(vma.pageOffset ?? 0);
  const mapping = anonymous
    ? 1n
    : vma.file && mm.spec.files
      ? mm.spec.files.inode(vma.file).get('i_mapping')
      : 0n;
  if (huge) kernel.pageMap.markCompound(pfn, 9, ['PG_uptodate']);
  kernel.pageMap.mark(
    pfn,
    anonymous ? ['PG_uptodate', 'PG_swapbacked', 'PG_lru'] : ['PG_uptodate', 'PG_lru'],
    { index: anonymous ? at >> 12n : index, _mapcount: 0 },
  );
  if (mapping !== 1n) kernel.pageMap.mark(pfn, [], { mapping });
  else kernel.pageMap.mark(pfn, [], { mapping: linkAnonymousArea(kernel, areaOf(mm, at)) + 1n });
}

/** The vm_area_struct of an address. */
function areaOf({ vmas }: BuiltMm, at: bigint): KernelThing {
  const found = vmas.find((vma) => at >= vma.get('vm_start') && at < vma.get('vm_end'));
  if (!found) throw new Error(`no vma holds ${at.toString(16)}`);
  return found;
}

/**
 * A swap entry as x86_64 writes it since 4.19 (2f22b4cd45b6, x86/speculation/l1tf: Protect swap entries against L1TF):
 * type and inverted offset.
 */
export const swapEntry = (type: number, offset: bigint): bigint =>
  (BigInt(type) << 59n) | (BigInt.asUintN(64, ~offset << 14n) >> 5n);

/** Words as the bytes of a page: `words(1n, 2n)`. */
export const words = (...values: readonly (bigint | number)[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(values.map((value) => u64Bytes(BigInt(value)))));
/** 32-bit words. */
export const words32 = (...values: readonly number[]): Uint8Array =>
  Uint8Array.from(Buffer.concat(values.map((value) => wordBytes(value, 4))));
