import type { Walk } from '../../arch/types.ts';
import { pa, plus, type VAddr } from '../../base/address.ts';
import { cString, viewOf } from '../../base/bytes.ts';
import { DumpError, ReadError } from '../../base/errors.ts';
import type { Interruption } from '../../base/interruption.ts';
import { roomInPage } from '../../base/pages.ts';
import type { CpuRegisters, Dump } from '../../dump/types.ts';
import { AddressSpace } from '../../memory/address-space.ts';
import { PAGE_SIZE, PageCache } from '../../memory/page-cache.ts';
import { PhysicalSpace } from '../../memory/physical.ts';
import { parseVmcoreinfo, type Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';
import type { KernelArch, Paging } from '../arch/types.ts';
import type { Target } from '../core/target.ts';

/** VMCOREINFO found in the kernel's memory. */
export interface FoundVmcoreinfo {
  readonly info: Vmcoreinfo;
  /** Physical address of the text. */
  readonly address: number;
  /** Whether the CPUs' registers belong to its kernel. `unknown` without registers that could tell. */
  readonly cpus: 'same' | 'likely' | 'unknown' | 'other';
}

/** The machine of a VMCOREINFO. Throws DumpError when neither it nor the dump's file tells. */
export type MachineOf = (info: Vmcoreinfo) => KernelArch<Target>;

/** How memory is searched. */
export interface SearchOptions {
  /** Called at intervals with the searched part of memory, 0 to 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** Checked at every page, so that the search can be ended. */
  readonly interruption?: Interruption | undefined;
}

/** vmcoreinfo_data begins a page; so does vmcoreinfo_note, an ELF note (kernel/vmcore_info.c; crash_core.c before 6.9). */
const KEY = 'OSRELEASE=';
const NOTE_NAME = 'VMCOREINFO';
/** Elf64_Nhdr and the name, padded to four bytes. */
const NOTE_HEADER = 24;
/** VMCOREINFO_BYTES of include/linux/vmcore_info.h. */
const MAX_TEXT = PAGE_SIZE;
/** The first four bytes of either, little-endian: the test that excludes nearly all pages. */
const TEXT_WORD = 0x4552534f;
const NOTE_WORD = 11;

/**
 * The page and the note are allocated together: within so many frames of the one, the other may have more (CRASHTIME).
 */
const NEARBY = 1 << 12;
const PROGRESS_EVERY = 1 << 12;
/** Unreadable pages in a row (4 GiB) after which the search ends: the file was cut short. */
const MAX_UNREADABLE = 1 << 20;
/** Bytes of init_uts_ns that are searched for its names: six strings of 65 and a few words. */
const UTS_BYTES = 1024;
/** new_utsname.release, the third of them (include/uapi/linux/utsname.h). */
const RELEASE = 2 * 65;
const SMALL_CACHE = 1 << 20;

interface Candidate extends FoundVmcoreinfo {
  readonly rank: number;
}

/**
 * Searches memory for VMCOREINFO, for a dump whose file has none (QEMU's dump-guest-memory without a vmcoreinfo
 * device). A text counts when its page tables lead to an init_uts_ns of its release: a stale page, or a text in a file
 * or of a guest, does not. Of several the one whose page tables the CPUs use is taken, and ends the search. Reads all
 * of memory at worst, once, a page at a time; undefined when there is none. Throws Interrupted.
 */
export function findVmcoreinfo(
  dump: Dump,
  machineOf: MachineOf,
  options: SearchOptions = {},
): FoundVmcoreinfo | undefined {
  const judge = new Judge(dump, machineOf);
  let best: Candidate | undefined;
  let last = Infinity;
  for (const pfn of likelyPages(dump, options)) {
    if (pfn > last) break;
    const text = textAt(dump, pfn);
    const candidate = text && judge.rank(text.text, text.address);
    if (!candidate || (best && best.rank >= candidate.rank)) continue;
    best = candidate;
    if (candidate.cpus === 'same') last = Math.min(last, pfn + NEARBY);
  }
  options.onProgress?.(1);
  return best;
}

/**
 * Whether a dump's VMCOREINFO is of the kernel that is in its memory: it may be another boot's, or its phys_base wrong. Reads
 * the page that has the kernel's release, and the tables that lead there.
 */
export const isOfThisMemory = (dump: Dump, machineOf: MachineOf, info: Vmcoreinfo): boolean =>
  new Judge(dump, machineOf).isOfThisMemory(info);

/** The pages that begin as the text or its note does, in order, and now and then one that does not: the caller may stop. */
function* likelyPages(dump: Dump, { onProgress, interruption }: SearchOptions): Generator<number> {
  const { memory } = dump;
  const page = new Uint8Array(PAGE_SIZE);
  const view = viewOf(page);
  let seen = 0;
  let unreadable = 0;
  for (const { start, end, status } of memory.runs()) {
    if (status !== 'present') continue;
    for (let pfn = start; pfn < end; pfn++) {
      interruption?.checkpoint();
      if (++seen % PROGRESS_EVERY === 0) {
        onProgress?.(pfn / memory.maxPfn);
        yield pfn;
      }
      if (memory.readPage(pfn, page) !== 'present') {
        if (++unreadable > MAX_UNREADABLE) return;
        continue;
      }
      unreadable = 0;
      const word = view.getUint32(0, true);
      if (word === TEXT_WORD || word === NOTE_WORD) yield pfn;
    }
  }
}

/** The text that begins in a page, if one does. */
function textAt(dump: Dump, pfn: number): { text: string; address: number } | undefined {
  const bytes = new Uint8Array(2 * PAGE_SIZE);
  if (dump.memory.readPage(pfn, bytes.subarray(0, PAGE_SIZE)) !== 'present') return undefined;
  const view = viewOf(bytes);
  const isNote = view.getUint32(0, true) === NOTE_WORD;
  if (isNote && cString(bytes.subarray(12, NOTE_HEADER)) !== NOTE_NAME) return undefined;
  const start = isNote ? NOTE_HEADER : 0;
  const size = isNote ? view.getUint32(4, true) : MAX_TEXT;
  if (size > MAX_TEXT) return undefined;
  if (start + size > PAGE_SIZE) dump.memory.readPage(pfn + 1, bytes.subarray(PAGE_SIZE));
  const text = cString(bytes.subarray(start, start + size));
  return text.startsWith(KEY) ? { text, address: pfn * PAGE_SIZE + start } : undefined;
}

/** Compares texts with the memory that they describe. */
class Judge {
  readonly #dump: Dump;
  readonly #machineOf: MachineOf;
  readonly #cache: PageCache;

  constructor(dump: Dump, machineOf: MachineOf) {
    this.#dump = dump;
    this.#machineOf = machineOf;
    this.#cache = new PageCache(dump.memory, SMALL_CACHE);
  }

  /** A text with its rank among others; undefined when it is not of a kernel in this memory. */
  rank(text: string, address: number): Candidate | undefined {
    const info = parseVmcoreinfo(text);
    const names = info.symbol('init_uts_ns');
    if (names === undefined || !info.osrelease || info.pageSize !== PAGE_SIZE) return undefined;
    const found = this.#paging(info);
    if (!found) return undefined;
    const { machine, paging } = found;
    const space = this.#space(paging, paging.root);
    const release = hasRelease(space, names, info);
    const cpus = this.#cpus(machine, paging, space, names);
    if (release === 'other' || (release === 'unread' && cpus === 'other')) return undefined;
    const rank =
      (release === 'same' ? 8 : 0) + CPU_RANK[cpus] + (info.crashTime === undefined ? 0 : 1);
    return { info, address, cpus: release === 'unread' && cpus === 'same' ? 'likely' : cpus, rank };
  }

  /** Whether the page tables that a text names lead to the names of its kernel. A text that cannot be tried counts. */
  isOfThisMemory(info: Vmcoreinfo): boolean {
    const names = info.symbol('init_uts_ns');
    if (names === undefined || !info.osrelease) return true;
    const found = this.#paging(info);
    if (!found) return false;
    return hasRelease(this.#space(found.paging, found.paging.root), names, info) === 'same';
  }

  #paging(info: Vmcoreinfo): { machine: KernelArch<Target>; paging: Paging } | undefined {
    try {
      const machine = this.#machineOf(info);
      return { machine, paging: machine.findPaging(this.#dump.facts, info) };
    } catch (error) {
      if (error instanceof DumpError) return undefined;
      throw error;
    }
  }

  #space({ arch, lastResort }: Paging, root: bigint): AddressSpace {
    const physical = new PhysicalSpace(this.#cache, arch.pointerSize);
    const space = new AddressSpace('kernel', pa(root), arch, physical);
    space.setLastResort(lastResort);
    return space;
  }

  /** Whether the CPUs' page tables, or else the code that they ran, belong to the kernel of `space`. */
  #cpus(
    machine: KernelArch<Target>,
    paging: Paging,
    space: AddressSpace,
    names: VAddr,
  ): FoundVmcoreinfo['cpus'] {
    const here = space.walk(names).physical;
    let likely = false;
    let other = false;
    for (const { registers } of this.#dump.facts.cpus.slice(0, MAX_CPUS)) {
      const roots = machine.rootsOf(registers);
      if (roots.length > 0) {
        const mapped = roots.map((root) => this.#space(paging, root).walk(names).physical);
        if (here !== undefined && mapped.includes(here)) return 'same';
        other = true;
      } else {
        const code = kernelCode(paging, registers);
        if (code === undefined) continue;
        if (space.translate(code) === undefined) other = true;
        else likely = true;
      }
    }
    if (likely) return 'likely';
    return other ? 'other' : 'unknown';
  }
}

/** Bound on CPUs: a few tell as much as all, and each text is compared with them. */
const MAX_CPUS = 16;
const CPU_RANK = { same: 6, likely: 4, unknown: 2, other: 0 } as const;

function kernelCode({ arch }: Paging, { ip }: CpuRegisters['registers']): VAddr | undefined {
  if (ip === undefined || !arch.isCanonical(ip as VAddr)) return undefined;
  return arch.isUser(ip as VAddr) ? undefined : (ip as VAddr);
}

/**
 * Whether init_uts_ns has the release of the text. `unread` when that memory is not in the dump; `other` when the page
 * tables do not map it.
 */
function hasRelease(
  space: AddressSpace,
  names: VAddr,
  info: Vmcoreinfo,
): 'same' | 'other' | 'unread' {
  const bytes = new Uint8Array(UTS_BYTES);
  const have = Math.min(UTS_BYTES, roomInPage(names));
  try {
    space.readInto(names, bytes.subarray(0, have));
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    return isElsewhere(error) || isElsewhere(space.walk(names)) ? 'other' : 'unread';
  }
  const rest = space.tryRead(plus(names, have), UTS_BYTES - have);
  if (rest) bytes.set(rest, have);
  // The offset is in VMCOREINFO since 5.11 (uts_namespace.name); before, sysname shows where the names begin.
  const known = info.offset('uts_namespace.name');
  const at = known ?? Buffer.from(bytes).indexOf('Linux\0', 0, 'latin1');
  if (at < 0 || at + RELEASE >= UTS_BYTES) return 'other';
  return cString(bytes.subarray(at + RELEASE, at + RELEASE + 65)) === info.osrelease
    ? 'same'
    : 'other';
}

/** A page that no table maps, or that is no RAM: the tables are not the kernel's. */
function isElsewhere(end: ReadError | Walk): boolean {
  if (end instanceof ReadError) return end.reason === 'not-ram';
  if (end.outcome === 'not-present') return true;
  return end.failure instanceof ReadError && end.failure.reason === 'not-ram';
}
