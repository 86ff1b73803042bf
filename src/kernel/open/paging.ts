import { i386, pageOffsetOf } from '../../arch/i386.ts';
import type { Arch } from '../../arch/types.ts';
import { x8664 } from '../../arch/x86-64.ts';
import { type PAddr, pa, type VAddr } from '../../base/address.ts';
import { DumpError } from '../../base/errors.ts';
import type { DumpFacts } from '../../dump/types.ts';
import type { LastResort } from '../../memory/address-space.ts';
import type { Vmcoreinfo } from '../../symbols/vmcoreinfo.ts';

const START_KERNEL_MAP = 0xffffffff80000000n;
/** What i386 maps directly at most: 4 GiB less PAGE_OFFSET and 128 MiB (VMALLOC_RESERVE). */
const LOW_MEMORY = 896n << 20n;
/** CR4.LA57, Intel SDM volume 3 section 2.5. */
const CR4_LA57 = 1n << 12n;
/** With page-table isolation bit 12 of CR3 selects the user half of a pair of tables. */
const CR3_FLAGS = 0x1fffn;

/** How the kernel's own addresses are translated. */
export interface Paging {
  readonly arch: Arch;
  /** Physical address of the top page table. */
  readonly root: PAddr;
  readonly lastResort: LastResort;
}

/** The paging of a kernel by its VMCOREINFO and what the dump says beside. Throws DumpError when the two do not tell. */
export type FindPaging = (facts: DumpFacts, info: Vmcoreinfo) => Paging;

const MACHINES: Readonly<Record<string, FindPaging>> = {
  x86_64: pagingOfX8664,
  i386: pagingOfI386,
};

/** How to find the paging of the machine that a dump is of. Throws DumpError for one that we do not know. */
export function pagingFor(facts: DumpFacts): FindPaging {
  const machine = /^i\d86$/.test(facts.machine ?? '') ? 'i386' : (facts.machine ?? 'x86_64');
  const find = Object.hasOwn(MACHINES, machine) ? MACHINES[machine] : undefined;
  if (find) return find;
  const known = Object.keys(MACHINES).join(' and ');
  throw new DumpError(`dumps of ${machine} machines are not supported`, `${known} dumps are`);
}

/** The kernel image lies in the direct map, at physical addresses that its own tell. */
function pagingOfI386(facts: DumpFacts, info: Vmcoreinfo): Paging {
  const symbol = info.symbol('swapper_pg_dir') ?? info.symbol('_stext');
  if (symbol === undefined) throw noPageTables();
  const pageOffset = pageOffsetOf(symbol);
  // VMCOREINFO_CONFIG(X86_PAE), arch/x86/kernel/machine_kexec_32.c.
  const pae = info.text('CONFIG_X86_PAE') === 'y';
  const cr3 = facts.cpus.map((cpu) => cpu.registers.cr3).find((value) => value);
  const known = info.symbol('swapper_pg_dir');
  if (known === undefined && cr3 === undefined) throw noPageTables();
  // A PAE top table has four entries, aligned to 32 bytes.
  const root = known === undefined ? (cr3 ?? 0n) & (pae ? ~0x1fn : ~0xfffn) : known - pageOffset;
  return {
    arch: i386({ pae, pageOffset }),
    root: pa(root),
    lastResort(address, walk) {
      // Low memory can be read by arithmetic when its page tables are not in the dump.
      const isLow = address >= pageOffset && address < pageOffset + LOW_MEMORY;
      return walk.outcome === 'unreadable' && isLow ? pa(address - pageOffset) : undefined;
    },
  };
}

function pagingOfX8664(facts: DumpFacts, info: Vmcoreinfo): Paging {
  const imageSize = info.number('KERNEL_IMAGE_SIZE') ?? 512n << 20n;
  const base = imageBase(facts, info);
  return {
    arch: x8664({
      fiveLevel: isFiveLevel(facts, info),
      smeMask: info.number('sme_mask') ?? 0n,
    }),
    root: kernelRoot(facts, info),
    lastResort(address, walk) {
      // A kernel image whose page tables are not in the dump can still be read where it was loaded.
      if (walk.outcome !== 'unreadable' || base === undefined) return undefined;
      const offset = address - START_KERNEL_MAP;
      return offset >= 0n && offset < imageSize ? pa(offset + base) : undefined;
    },
  };
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

/** The kernel's top page table: by VMCOREINFO, else what a CPU had in CR3. */
function kernelRoot(facts: DumpFacts, info: Vmcoreinfo): PAddr {
  // 4.13 renamed init_level4_pgt (65ade2f872b4); swapper_pg_dir is the same table.
  const symbol: VAddr | undefined =
    info.symbol('init_top_pgt') ?? info.symbol('swapper_pg_dir') ?? info.symbol('init_level4_pgt');
  const base = imageBase(facts, info);
  if (symbol !== undefined && symbol >= START_KERNEL_MAP && base !== undefined) {
    return pa(symbol - START_KERNEL_MAP + base);
  }
  const cr3 = facts.cpus.map((cpu) => cpu.registers.cr3).find((value) => value);
  if (cr3 !== undefined) return pa(cr3 & ~CR3_FLAGS);
  throw noPageTables();
}

const noPageTables = (): DumpError =>
  new DumpError(
    'the kernel page tables cannot be found',
    'the dump has no VMCOREINFO, neither in a note nor in its memory, and no CR3 in its CPU notes',
  );
