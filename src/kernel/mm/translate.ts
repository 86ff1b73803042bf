import type { Walk } from '../../arch/types.ts';
import { type PAddr, pa, plus, type VAddr } from '../../base/address.ts';
import { CrashError, MissingError, ReadError } from '../../base/errors.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { addressMap, virtToPhys } from './address-map.ts';
import { type PageInfo, pageOfFrame } from './pages.ts';
import { type AbsentEntry, absentEntry } from './swap-entry.ts';
import { findVma, type Vma, vmaFileName, vmaFileOffset } from './vmas.ts';

/** Which half of the address space an address lies in, as crash decides: by the direct map's base. */
export type AddressKind = 'user' | 'kernel' | 'ambiguous';

/** Neither a user address nor above the start of the direct map: ambiguous (non-canonical, or the guard hole). */
export function addressKind(target: Target, address: VAddr): AddressKind {
  if (target.arch.isUser(address)) return 'user';
  return address >= addressMap(target).directMap ? 'kernel' : 'ambiguous';
}

/** One entry of a page walk, as it is shown. */
export interface TranslationStep {
  readonly level: string;
  readonly entryAddress: PAddr;
  /** Without the memory-encryption bit. */
  readonly entry: bigint;
}

/** A virtual address, what maps it and what is there. */
export interface Translation {
  readonly virtual: VAddr;
  readonly space: 'kernel' | 'user';
  /**
   * `mapped`; `not-mapped` the tables end at an empty or absent entry; `unknown` a table is not in the dump;
   * `not-accessible` a user address in no mapping of the task; `not-kernel` a user address, asked of the kernel.
   */
  readonly state: 'mapped' | 'not-mapped' | 'unknown' | 'not-accessible' | 'not-kernel';
  readonly physical: PAddr | undefined;
  /** Virtual address of the top page table: the kernel's, for a kernel address; on i386 any. */
  readonly directory: VAddr | undefined;
  /** On i386, whose tables crash reads by their own addresses: virtual address of the top table's entry. */
  readonly directoryEntry?: VAddr;
  readonly steps: readonly TranslationStep[];
  readonly page:
    | { readonly physical: PAddr; readonly size: number; readonly zero: boolean }
    | undefined;
  /** The entry that ended the walk: mapping, or absent but not zero. */
  readonly leaf: LeafEntry | undefined;
  readonly vma: (Vma & { readonly fileName: string }) | undefined;
  /** Where an absent page's content comes from: the file behind the mapping. */
  readonly fileOffset: bigint | undefined;
  readonly pageStruct: PageInfo | undefined;
}

/** The last entry of a walk, decoded. */
export interface LeafEntry {
  readonly entry: bigint;
  readonly physical: PAddr;
  readonly flags: readonly string[];
  /** Address bits that this processor has not: an access faults with the reserved bit set in its error code. */
  readonly reservedBits: readonly number[];
  readonly absent: AbsentEntry | undefined;
}

/** Address space of a task's own mm. Undefined for a kernel thread. Throws ReadError. */
export function userSpaceOf(target: Target, task: Task): AddressSpace | undefined {
  if (task.mm === 0n) return undefined;
  const pgd = target.object('mm_struct', task.mm).pointer('pgd');
  return target.userSpace(target.kernel.translate(pgd) ?? virtToPhys(target, pgd));
}

const NOTHING = {
  physical: undefined,
  directory: undefined,
  steps: [],
  page: undefined,
  leaf: undefined,
  vma: undefined,
  fileOffset: undefined,
  pageStruct: undefined,
} as const;

/** Translates an address of the kernel, page walk and page struct included. */
export function translateKernel(target: Target, virtual: VAddr): Translation {
  if (addressKind(target, virtual) !== 'kernel') {
    return { ...NOTHING, virtual, space: 'kernel', state: 'not-kernel' };
  }
  const walk = target.kernel.walk(virtual);
  const found = describe(target, virtual, walk, target.kernel);
  const directory = topTable(target);
  return {
    ...found,
    virtual,
    space: 'kernel',
    directory,
    ...directoryEntry(target, directory, walk),
    vma: undefined,
    fileOffset: undefined,
  };
}

/** Translates a user address in a task's address space, with the mapping that it lies in. */
export function translateUser(target: Target, virtual: VAddr, task: Task): Translation {
  const vma = findVma(target, task.mm, virtual);
  const space = vma && userSpaceOf(target, task);
  if (!space || !vma) return { ...NOTHING, virtual, space: 'user', state: 'not-accessible' };
  const walk = space.walk(virtual);
  const found = describe(target, virtual, walk, space);
  const isShort = target.arch.pointerSize === 4;
  const pgd = isShort ? target.object('mm_struct', task.mm).pointer('pgd') : undefined;
  const fileName = readFileName(target, vma);
  return {
    ...found,
    virtual,
    space: 'user',
    directory: pgd,
    ...(pgd === undefined ? {} : directoryEntry(target, pgd, walk)),
    vma: { ...vma, fileName },
    fileOffset:
      found.state === 'not-mapped' && fileName !== '' ? vmaFileOffset(vma, virtual) : undefined,
  };
}

function directoryEntry({ arch }: Target, top: VAddr, walk: Walk): { directoryEntry?: VAddr } {
  const [first] = walk.steps;
  if (arch.pointerSize === 8 || !first) return {};
  return { directoryEntry: plus(top, first.entryAddress - first.table) };
}

function readFileName(target: Target, vma: Vma): string {
  try {
    return vmaFileName(target, vma);
  } catch (error) {
    if (error instanceof ReadError) return '';
    throw error;
  }
}

function describe(target: Target, virtual: VAddr, walk: Walk, space: AddressSpace) {
  const sme = target.vmcoreinfo.number('sme_mask') ?? 0n;
  const steps = walk.steps.map(({ level, entryAddress, entry }) => ({
    level,
    entryAddress,
    entry: entry & ~sme,
  }));
  const last = walk.steps.at(-1);
  if (walk.outcome !== 'mapped') {
    // A table that is not in the dump does not mean that nothing is mapped.
    const unreadable = walk.outcome === 'unreadable';
    const physical = unreadable ? space.translate(virtual) : undefined;
    const leaf =
      !unreadable && last && last.entry !== 0n ? leafOf(target, last.entry, 12, true) : undefined;
    return {
      state: physical !== undefined ? 'mapped' : unreadable ? 'unknown' : 'not-mapped',
      physical,
      steps,
      page: undefined,
      leaf,
      pageStruct: pageStructOf(target, physical ?? absentPhysical(leaf)),
    } as const;
  }
  const size = walk.pageSize ?? 4096;
  const leaf = leafOf(target, last?.entry ?? 0n, Math.log2(size), false);
  const physical = pa(leaf.physical + (virtual & BigInt(size - 1)));
  return {
    state: 'mapped',
    physical,
    steps,
    leaf,
    page: { physical: leaf.physical, size, zero: isZeroPage(target, leaf.physical, size) },
    pageStruct: pageStructOf(target, physical),
  } as const;
}

/** A poisoned or migrating page is still somewhere: its page struct tells more. */
const absentPhysical = (leaf: LeafEntry | undefined): PAddr | undefined =>
  leaf?.absent && 'pfn' in leaf.absent ? pa(leaf.absent.pfn << 12n) : undefined;

/** Decodes an entry. `shift`: 12, 21 or 30, of the page that it maps. */
function leafOf(target: Target, entry: bigint, shift: number, absent: boolean): LeafEntry {
  const width = physicalBits(target);
  const full = target.arch.entryAddress(entry, shift);
  const reservedBits: number[] = [];
  for (let bit = width; bit < 52; bit++) if ((full >> BigInt(bit)) & 1n) reservedBits.push(bit);
  return {
    entry,
    physical: pa(full & ((1n << BigInt(width)) - 1n)),
    flags: target.arch.entryFlags(entry),
    reservedBits: absent ? [] : reservedBits,
    absent: absent ? absentEntry(target, entry) : undefined,
  };
}

/** The width of a physical address on the crashed machine; 52 bits, the architecture's limit, when it is unknown. */
export const physicalBits = (target: Target): number => target.memo(readPhysicalBits);
function readPhysicalBits(target: Target): number {
  try {
    const cpu = target.object('cpuinfo_x86', target.symbol('boot_cpu_data'));
    const bits = cpu.num('x86_phys_bits');
    return bits >= 32 && bits <= 52 ? bits : 52;
  } catch (error) {
    if (error instanceof CrashError) return 52;
    throw error;
  }
}

function pageStructOf(target: Target, physical: PAddr | undefined): PageInfo | undefined {
  if (physical === undefined) return undefined;
  try {
    return pageOfFrame(target, Number(physical >> 12n));
  } catch (error) {
    if (error instanceof ReadError || error instanceof MissingError) return undefined;
    throw error;
  }
}

/** The pages of zeros that reads of untouched anonymous memory see: empty_zero_page and the huge one. */
function isZeroPage(target: Target, physical: PAddr, size: number): boolean {
  if (size === 4096) {
    const page = target.findSymbol('empty_zero_page');
    return page !== undefined && virtToPhys(target, page) === physical;
  }
  // 5.13 remembers its frame (3b77e8c8cde5); before, the page struct alone was kept.
  const frame = target.findSymbol('huge_zero_pfn');
  if (frame === undefined || size !== 2 ** 21) return false;
  const pfn = target.kernel.tryRead(frame, 8);
  return pfn !== undefined && new DataView(pfn.buffer).getBigUint64(0, true) === physical >> 12n;
}

/** Where the kernel itself sees its top page table. */
function topTable(target: Target): VAddr {
  // 4.13 renamed init_level4_pgt (65ade2f872b4).
  const names = ['init_top_pgt', 'swapper_pg_dir', 'init_level4_pgt'];
  for (const name of names) {
    const address = target.findSymbol(name);
    if (address !== undefined) return address;
  }
  return (target.kernel.root + addressMap(target).directMap) as VAddr;
}

/** The frame that an entry's address bits name, by the widest physical address the kernel is built for; for `pte`. */
export function entryPhysical(target: Target, entry: bigint): PAddr {
  const width =
    target.vmcoreinfo.number('MAX_PHYSMEM_BITS') ?? (target.arch.levels.length === 5 ? 52n : 46n);
  return pa(target.arch.entryAddress(entry, 12) & ((1n << width) - 1n));
}
