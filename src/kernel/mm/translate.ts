import type { Walk } from '../../arch/types.ts';
import { type Bits, type PAddr, pa, plus, type VAddr } from '../../base/address.ts';
import { MissingError, ReadError } from '../../base/errors.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { addressMap, physToVirt, virtToPhys } from './address-map.ts';
import { type PageInfo, pageOfFrame } from './pages.ts';
import { isOutsideRam } from './ram.ts';
import { type AbsentEntry, absentEntry } from './swap-entry.ts';
import { findVma, type Vma, vmaFileName, vmaFileOffset } from './vmas.ts';

/** The half of the address space of an address, as crash decides: by the direct map's base. */
export type AddressKind = 'user' | 'kernel' | 'ambiguous';

/** Neither a user address nor above the start of the direct map: ambiguous (non-canonical, or the guard hole). */
export function addressKind(target: Target, address: VAddr): AddressKind {
  if (target.arch.isUser(address)) return 'user';
  return address >= addressMap(target).direct.start ? 'kernel' : 'ambiguous';
}

/** One entry of a page walk, as it is shown. */
export interface TranslationStep {
  readonly level: string;
  readonly entryAddress: PAddr;
  /** Without the memory-encryption bit. */
  readonly entry: Bits;
}

/** A virtual address, its page walk and its target. */
export interface Translation {
  readonly virtual: VAddr;
  readonly space: 'kernel' | 'user';
  /**
   * `mapped`; `not-mapped` the tables end at an empty or absent entry; `unknown` a table is not in the dump;
   * `not-accessible` a user address in no mapping of the task; `not-kernel` a user address that was to be a kernel
   * address.
   */
  readonly state: 'mapped' | 'not-mapped' | 'unknown' | 'not-accessible' | 'not-kernel';
  readonly physical: PAddr | undefined;
  /** Virtual address of the top page table, where crash shows it: the kernel's always, a task's on some machines. */
  readonly directory: VAddr | undefined;
  /** Virtual address of the top table's entry, on machines whose tables crash shows by their own addresses. */
  readonly directoryEntry?: VAddr;
  readonly steps: readonly TranslationStep[];
  readonly page:
    | { readonly physical: PAddr; readonly size: number; readonly zero: boolean }
    | undefined;
  /** The entry that ended the walk: mapping, or absent but not zero. */
  readonly leaf: LeafEntry | undefined;
  readonly vma: (Vma & { readonly fileName: string }) | undefined;
  /** Source of an absent page's content: the offset in the mapped file. */
  readonly fileOffset: bigint | undefined;
  readonly pageStruct: PageInfo | undefined;
}

/** The last entry of a walk, decoded. */
export interface LeafEntry {
  readonly entry: Bits;
  readonly physical: PAddr;
  readonly flags: readonly string[];
  /** Address bits that this processor does not have: an access faults with the reserved bit set in its error code. */
  readonly reservedBits: readonly number[];
  /** The frame of the address is no RAM of the crashed machine: the memory of a device, or the entry is damaged. */
  readonly outsideRam: boolean;
  readonly absent: AbsentEntry | undefined;
}

/** The page is in swap by its entry, but the entry's type belongs to no device and has no other meaning. */
export const isLost = ({ leaf, steps }: Translation): boolean =>
  leaf?.absent?.kind === 'unknown' && steps.at(-1)?.level === 'PTE';

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
  const pgd = target.machine.showsTablesByAddress
    ? target.object('mm_struct', task.mm).pointer('pgd')
    : undefined;
  const fileName = readFileName(target, vma);
  return {
    ...found,
    virtual,
    space: 'user',
    directory: pgd,
    ...(pgd === undefined ? {} : directoryEntry(target, pgd, walk)),
    vma: { ...vma, fileName },
    fileOffset:
      found.state === 'not-mapped' && fileName !== ''
        ? vmaFileOffset(target, vma, virtual)
        : undefined,
  };
}

function directoryEntry({ machine }: Target, top: VAddr, walk: Walk): { directoryEntry?: VAddr } {
  const [first] = walk.steps;
  if (!machine.showsTablesByAddress || !first) return {};
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
    // A table that is not in the dump does not prove that the address is unmapped.
    const unreadable = walk.outcome === 'unreadable';
    const physical = unreadable ? space.translate(virtual) : undefined;
    const leaf =
      !unreadable && last && last.entry !== 0n
        ? leafOf(target, last.entry, target.arch.pageShift, true)
        : undefined;
    return {
      state: physical !== undefined ? 'mapped' : unreadable ? 'unknown' : 'not-mapped',
      physical,
      steps,
      page: undefined,
      leaf,
      pageStruct: pageStructOf(target, physical ?? absentFrame(target, leaf?.absent)),
    } as const;
  }
  const size = walk.pageSize ?? target.pageSize;
  const entry = leafOf(target, last?.entry ?? 0n, Math.log2(size), false);
  const physical = pa(entry.physical + (virtual & BigInt(size - 1)));
  // A page of 1 GiB may begin below the memory that it maps.
  const leaf = { ...entry, outsideRam: isOutsideRam(target, physical) };
  return {
    state: 'mapped',
    physical,
    steps,
    leaf,
    page: { physical: leaf.physical, size, zero: isZeroPage(target, leaf.physical, size) },
    pageStruct: pageStructOf(target, physical),
  } as const;
}

/** Decodes an entry. `shift`: of the page that it maps. */
function leafOf(target: Target, entry: bigint, shift: number, absent: boolean): LeafEntry {
  const width = physicalBits(target);
  const full = target.arch.entryAddress(entry, shift);
  const physical = pa(full & ((1n << BigInt(width)) - 1n));
  const meaning = absent ? absentEntry(target, entry) : undefined;
  return {
    entry,
    physical,
    flags: target.arch.entryFlags(entry),
    reservedBits: absent ? [] : reservedBitsOf(target, entry, shift),
    outsideRam: isOutsideRam(target, absent ? absentFrame(target, meaning) : physical),
    absent: meaning,
  };
}

/** The frame that a poisoned or migrating page still has. */
export const absentFrame = (target: Target, absent: AbsentEntry | undefined): PAddr | undefined =>
  absent && 'pfn' in absent ? target.pfnAddress(absent.pfn) : undefined;

/** Highest address bit of an entry, and one: x86's are 52 bits wide (Intel SDM 3A 4.1.4, MAXPHYADDR). */
const ENTRY_BITS = 52;

/**
 * The address bits of a present entry that this processor does not have. `shift`: of the page that the entry maps. None
 * where the width of the processor's addresses is unknown.
 */
export function reservedBitsOf(target: Target, entry: bigint, shift: number): number[] {
  const full = target.arch.entryAddress(entry, shift);
  const bits: number[] = [];
  for (let bit = physicalBits(target); bit < ENTRY_BITS; bit++)
    if ((full >> BigInt(bit)) & 1n) bits.push(bit);
  return bits;
}

/** The width of a physical address on the crashed machine; the architecture's limit when it is unknown. Never throws. */
export const physicalBits = (target: Target): number => target.memo(readPhysicalBits);
const readPhysicalBits = (target: Target): number => target.machine.physicalBits(target);

function pageStructOf(target: Target, physical: PAddr | undefined): PageInfo | undefined {
  if (physical === undefined) return undefined;
  try {
    return pageOfFrame(target, target.pfnOf(physical));
  } catch (error) {
    if (error instanceof ReadError || error instanceof MissingError) return undefined;
    throw error;
  }
}

/** The pages of zeros that untouched anonymous memory is read from: empty_zero_page and the huge one. */
function isZeroPage(target: Target, physical: PAddr, size: number): boolean {
  if (size === target.pageSize) {
    const page = target.findSymbol('empty_zero_page');
    return page !== undefined && virtToPhys(target, page) === physical;
  }
  // Its frame number is kept since 5.13 (3b77e8c8cde5, mm/thp: make is_huge_zero_pmd() safe and quicker); before, only
  // its struct page.
  const frame = target.findSymbol('huge_zero_pfn');
  if (frame === undefined || size !== 2 ** target.arch.levelShift('PMD')) return false;
  return target.kernel.tryWord(frame) === BigInt(target.pfnOf(physical));
}

/** The kernel's virtual address of its top page table. */
function topTable(target: Target): VAddr {
  for (const name of target.machine.topTableSymbols) {
    const address = target.findSymbol(name);
    if (address !== undefined) return address;
  }
  return physToVirt(target, target.kernel.root);
}

/** The frame in an entry's address bits, up to the widest physical address of the kernel's build; for `pte`. */
export function entryPhysical(target: Target, entry: bigint): PAddr {
  const { arch, machine, vmcoreinfo } = target;
  const width =
    vmcoreinfo.number('MAX_PHYSMEM_BITS') ?? BigInt(machine.sparsemem(arch).maxPhysmemBits);
  return pa(arch.entryAddress(entry, arch.pageShift) & ((1n << width) - 1n));
}
