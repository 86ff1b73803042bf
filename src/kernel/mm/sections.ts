import { plus, type VAddr, va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { MissingError, ReadError } from '../../base/errors.ts';
import { frameOf, SMALLEST_PAGE } from '../../base/pages.ts';
import type { Target } from '../core/target.ts';
import { addressMap } from './address-map.ts';

/**
 * One section of physical memory whose page structs exist: struct mem_section of
 * include/linux/mmzone.h.
 */
export interface Section {
  readonly nr: number;
  /** Address of the struct mem_section. */
  readonly address: VAddr;
  /** section_mem_map without its flag bits: the address that frame 0's page struct would have. */
  readonly coded: VAddr;
  /** The page struct of the section's first frame. */
  readonly memMap: VAddr;
  /**
   * SECTION_MARKED_PRESENT 1, HAS_MEM_MAP 2, IS_ONLINE 4, IS_EARLY 8, 5.3 (326e1b8f83a4, mm/sparsemem: introduce a
   * SECTION_IS_EARLY flag), TAINT_ZONE_DEVICE 16 (5.16).
   */
  readonly flags: number;
}

/** The page structs of a SPARSEMEM kernel: all of 64 bits, and some of 32. */
export interface SectionTable {
  /** Bytes of a struct page. */
  readonly structSize: number;
  readonly pagesPerSection: number;
  /** The section of that number; undefined when it is not present. */
  section(nr: number): Section | undefined;
  /** Present sections in ascending order, lazily. */
  all(): Iterable<Section>;
}

/** Bits of section_mem_map that are flags: a coded map is aligned far beyond them. */
const FLAG_BITS = 0x3fn;
const PRESENT = 1;
/** Bound on section sizes: no machine has larger ones. */
const MAX_SECTION_BITS = 40;

/** A value of VMCOREINFO within bounds: the note may be damaged. */
const believable = (value: number | undefined, most: number): number | undefined =>
  value !== undefined && value > 0 && value <= most ? value : undefined;

/** The section table. Throws MissingError when the kernel does not have its address. */
export const sectionTable = (target: Target): SectionTable => target.memo(readSectionTable);

function readSectionTable(target: Target): SectionTable {
  const info = target.vmcoreinfo;
  const { pageSize } = target;
  const word = target.kernel.pointerSize;
  const structSize = believable(info.size('page'), pageSize) ?? target.types.sizeof('page');
  const sectionSize =
    believable(info.size('mem_section'), pageSize) ?? target.types.sizeof('mem_section');
  const mapOffset =
    info.offset('mem_section.section_mem_map') ??
    target.types.member('mem_section', 'section_mem_map').offset;
  if (mapOffset + word > sectionSize) {
    throw new MissingError('member', 'mem_section.section_mem_map');
  }
  const saidBits = believable(Number(info.number('SECTION_SIZE_BITS') ?? 0), MAX_SECTION_BITS);
  const usual = target.machine.sparsemem(target.arch);
  const { pageShift } = target.arch;
  const sectionBits =
    saidBits !== undefined && saidBits > pageShift ? saidBits : usual.sectionSizeBits;
  const physicalBits = Number(info.number('MAX_PHYSMEM_BITS') ?? usual.maxPhysmemBits);
  const perRoot = Math.floor(pageSize / sectionSize);
  const pagesPerSection = 2 ** (sectionBits - pageShift);
  const rootCount =
    info.length('mem_section') ?? Math.ceil(2 ** (physicalBits - sectionBits) / perRoot);
  const roots = rootTable(target);
  const { kernel } = target;

  const decode = (nr: number, root: VAddr, bytes: Uint8Array): Section | undefined => {
    const index = nr % perRoot;
    const raw = kernel.wordIn(viewOf(bytes), index * sectionSize + mapOffset);
    if ((Number(raw & FLAG_BITS) & PRESENT) === 0) return undefined;
    const coded = va(raw & ~FLAG_BITS);
    return {
      nr,
      address: plus(root, index * sectionSize),
      coded,
      memMap: plus(coded, nr * pagesPerSection * structSize),
      flags: Number(raw & FLAG_BITS),
    };
  };
  const sectionsOf = new Map<number, (Section | undefined)[]>();
  const rootOf = (number: number): (Section | undefined)[] => {
    let found = sectionsOf.get(number);
    if (!found) {
      found = [];
      const root = number < rootCount ? kernel.pointer(plus(roots, number * word)) : va(0);
      if (root !== 0n) {
        const bytes = kernel.read(root, perRoot * sectionSize);
        for (let i = 0; i < perRoot; i++) found.push(decode(number * perRoot + i, root, bytes));
      }
      sectionsOf.set(number, found);
    }
    return found;
  };
  return {
    structSize,
    pagesPerSection,
    section: (nr) => rootOf(Math.floor(nr / perRoot))[nr % perRoot],
    *all() {
      for (let number = 0; number < rootCount; number++) {
        for (const section of rootOf(number)) if (section) yield section;
      }
    },
  };
}

/**
 * The array of pointers to pages of sections. mem_section is a pointer to it since 4.15 (83e3c48729d9, mm/sparsemem:
 * Allocate mem_section at runtime for CONFIG_SPARSEMEM_EXTREME=y); before, mem_section was the array. VMCOREINFO names
 * the array either way.
 */
function rootTable(target: Target): VAddr {
  const said = target.vmcoreinfo.symbol('mem_section');
  if (said !== undefined && said !== 0n) return said;
  const symbol = target.symbol('mem_section');
  const pointed = target.kernel.pointer(symbol);
  for (const candidate of [pointed, symbol]) {
    if (candidate !== 0n && isRootTable(target, candidate)) return candidate;
  }
  throw new MissingError('table', 'mem_section');
}

const ROOTS_TRIED = 8;

/** The first non-NULL root must point to a section that can be read. */
function isRootTable(target: Target, candidate: VAddr): boolean {
  const bytes = target.kernel.tryRead(candidate, ROOTS_TRIED * target.kernel.pointerSize);
  const root = bytes && target.kernel.wordsOf(bytes).find((word) => word !== 0n);
  const section = root === undefined ? undefined : target.kernel.tryWord(va(root));
  return section !== undefined && (Number(section & FLAG_BITS) & PRESENT) !== 0;
}

/** The page struct of a frame; undefined when its section is not present. */
export function pfnToPage(target: Target, pfn: number): VAddr | undefined {
  const table = sectionTable(target);
  const section = table.section(Math.floor(pfn / table.pagesPerSection));
  if (!section) return undefined;
  return plus(section.memMap, (pfn % table.pagesPerSection) * table.structSize);
}

/** The frame of a page struct; undefined for an address that is not the start of one. */
export function pageToPfn(target: Target, page: VAddr): number | undefined {
  const table = sectionTable(target);
  const { vmemmap } = addressMap(target);
  if (vmemmap && page >= vmemmap.start && page < vmemmap.end) {
    const pfn = Number(page - vmemmap.start) / table.structSize;
    if (Number.isInteger(pfn) && pfnToPage(target, pfn) === page) return pfn;
  }
  // Without CONFIG_SPARSEMEM_VMEMMAP every section's page structs were allocated separately.
  for (const section of table.all()) {
    if (section.coded === vmemmap?.start) return undefined;
    if (page < section.memMap) continue;
    const index = Number(page - section.memMap) / table.structSize;
    if (index >= table.pagesPerSection) continue;
    return Number.isInteger(index) ? section.nr * table.pagesPerSection + index : undefined;
  }
  return undefined;
}

/** A run of consecutive page structs as raw bytes, or why they cannot be read. */
export interface PageRun {
  readonly pfn: number;
  readonly count: number;
  /** Address of the first page struct. */
  readonly page: VAddr;
  /** `count` structs, in an array of the page cache: valid until the next read. Undefined when they cannot be read. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Every page struct of the kernel, in runs that fill one page frame of the memory map each: 64 structs of 64
 * bytes. Bytes come straight from the page cache.
 */
export function* pageRuns(target: Target): Generator<PageRun, void> {
  const table = sectionTable(target);
  const { structSize, pagesPerSection } = table;
  // The cache's own pages are the frames of the dump, however large the kernel's are.
  const aligned = SMALLEST_PAGE % structSize === 0;
  const perRun = aligned ? SMALLEST_PAGE / structSize : 64;
  const buffer = new Uint8Array(aligned ? 0 : perRun * structSize);
  const frames = frameWalker(target);
  for (const section of table.all()) {
    const first = section.nr * pagesPerSection;
    for (let index = 0; index < pagesPerSection; index += perRun) {
      const page = plus(section.memMap, index * structSize);
      const count = Math.min(perRun, pagesPerSection - index);
      const bytes = aligned ? frames(page) : readRun(target, page, buffer);
      yield { pfn: first + index, count, page, bytes };
    }
  }
}

function readRun(target: Target, page: VAddr, buffer: Uint8Array): Uint8Array | undefined {
  try {
    target.kernel.readInto(page, buffer);
    return buffer;
  } catch (error) {
    if (error instanceof ReadError) return undefined;
    throw error;
  }
}

/** The page at an address, with one page walk for a whole 2 MiB mapping, as vmemmap has. */
function frameWalker(target: Target): (address: VAddr) => Uint8Array | undefined {
  const { kernel, memory } = target;
  let start = 0n;
  let end = 0n;
  let frame = 0;
  return (address) => {
    if (address < start || address >= end) {
      const walk = kernel.walk(address);
      const size = walk.outcome === 'mapped' ? (walk.pageSize ?? target.pageSize) : 0;
      if (walk.pageAddress === undefined || size === 0) return undefined;
      start = BigInt.asUintN(64, address & ~BigInt(size - 1));
      end = start + BigInt(size);
      frame = frameOf(walk.pageAddress);
    }
    const bytes = memory.physical.cache.page(frame + frameOf(address - start));
    return typeof bytes === 'string' ? undefined : bytes;
  };
}
