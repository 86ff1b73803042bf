import { x8664 } from '../../../arch/x86/x86-64.ts';
import { type PAddr, pa, type VAddr } from '../../../base/address.ts';
import { DumpError } from '../../../base/errors.ts';
import type { CpuRegisters, DumpFacts } from '../../../dump/types.ts';
import type { Vmcoreinfo } from '../../../symbols/vmcoreinfo.ts';
import type { Paging } from '../types.ts';
import { DEFAULT_IMAGE_SIZE, START_KERNEL_MAP } from './layout.ts';

/** CR4.LA57, Intel SDM volume 3 section 2.5. */
const CR4_LA57 = 1n << 12n;
/** Low bits of CR3 that are no address: PCID or cache control; then the switch of page-table isolation, too. */
const CR3_FLAGS = 0xfffn;
const CR3_FLAGS_PTI = 0x1fffn;

/** The tables that CR3 may mean: with page-table isolation bit 12 selects the user half of a pair. */
export const rootsOfX8664 = ({ cr3 }: CpuRegisters['registers']): readonly PAddr[] =>
  cr3 ? [pa(cr3 & ~CR3_FLAGS), pa(cr3 & ~CR3_FLAGS_PTI)] : [];

/** Throws DumpError without page tables. */
export function pagingOfX8664(facts: DumpFacts, info: Vmcoreinfo): Paging {
  const imageSize = info.number('KERNEL_IMAGE_SIZE') ?? DEFAULT_IMAGE_SIZE;
  const base = imageBase(facts, info);
  return {
    arch: x8664({
      fiveLevel: isFiveLevel(facts, info),
      smeMask: info.number('sme_mask') ?? 0n,
    }),
    root: kernelRoot(facts, info),
    lastResort(address, walk) {
      // A kernel image whose page tables are not in the dump is read at its load address.
      if (walk.outcome !== 'unreadable' || base === undefined) return undefined;
      const offset = address - START_KERNEL_MAP;
      return offset >= 0n && offset < imageSize ? pa(offset + base) : undefined;
    },
  };
}

/** Addresses like this image's are in another architecture's VMCOREINFO only with kimage_voffset. */
export function recognisesX8664(info: Vmcoreinfo): boolean {
  const symbol = topTable(info) ?? info.symbol('_stext');
  return (
    symbol !== undefined &&
    symbol >= START_KERNEL_MAP &&
    info.number('kimage_voffset') === undefined
  );
}

function isFiveLevel(facts: DumpFacts, info: Vmcoreinfo): boolean {
  const said = info.number('pgtable_l5_enabled');
  if (said !== undefined) return said === 1n;
  return facts.cpus.some((cpu) => ((cpu.registers.cr4 ?? 0n) & CR4_LA57) !== 0n);
}

/** phys_base: VMCOREINFO since 4.10, else the kdump sub-header, else an ELF segment that maps the image. */
function imageBase(facts: DumpFacts, info: Vmcoreinfo): bigint | undefined {
  const said = info.number('phys_base');
  if (said !== undefined) return said;
  const segment = facts.mappings.find((mapping) => mapping.virtual >= START_KERNEL_MAP);
  if (segment) return segment.physical - (segment.virtual - START_KERNEL_MAP);
  return facts.physBase === undefined ? undefined : BigInt.asIntN(64, facts.physBase);
}

/**
 * init_level4_pgt was renamed in 4.13 (65ade2f872b4, x86/boot/64: Rename init_level4_pgt and early_level4_pgt);
 * swapper_pg_dir is the same table.
 */
export const X86_64_TOP_TABLES = ['init_top_pgt', 'swapper_pg_dir', 'init_level4_pgt'] as const;

const topTable = (info: Vmcoreinfo): VAddr | undefined =>
  X86_64_TOP_TABLES.map((name) => info.symbol(name)).find((address) => address !== undefined);

/** The kernel's top page table: by VMCOREINFO, else a CPU's CR3. */
function kernelRoot(facts: DumpFacts, info: Vmcoreinfo): PAddr {
  const symbol = topTable(info);
  const base = imageBase(facts, info);
  if (symbol !== undefined && symbol >= START_KERNEL_MAP && base !== undefined) {
    return pa(symbol - START_KERNEL_MAP + base);
  }
  const cr3 = facts.cpus.map((cpu) => cpu.registers.cr3).find((value) => value);
  if (cr3 !== undefined) return pa(cr3 & ~CR3_FLAGS_PTI);
  throw noPageTables();
}

/** The error for a dump whose page tables are unknown. */
export const noPageTables = (): DumpError =>
  new DumpError(
    'the kernel page tables cannot be found',
    'the dump has no VMCOREINFO, neither in a note nor in its memory, and no CR3 in its CPU notes',
  );
