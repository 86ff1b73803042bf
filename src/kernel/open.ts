import { x8664 } from '../arch/x86-64.ts';
import { type PAddr, pa, type VAddr } from '../base/address.ts';
import { DumpError } from '../base/errors.ts';
import type { Dump } from '../dump/types.ts';
import { Memory } from '../memory/memory.ts';
import { parseVmcoreinfo, type Vmcoreinfo } from '../symbols/vmcoreinfo.ts';
import { openKernelSymbols } from './open-symbols.ts';
import { openKernelTypes } from './open-types.ts';
import { Target } from './target.ts';

const START_KERNEL_MAP = 0xffffffff80000000n;
/** CR4.LA57, Intel SDM volume 3 section 2.5. */
const CR4_LA57 = 1n << 12n;
/** With page-table isolation bit 12 of CR3 selects the user half of a pair of tables. */
const CR3_FLAGS = 0x1fffn;

export interface OpenOptions {
  /** Bound of the page cache. */
  readonly cacheBytes?: number;
}

/**
 * Makes a target of an opened dump. Reads next to nothing: symbols, types and tables open when first used.
 * Throws DumpError when the dump's processor is not one we know or its page tables cannot be found.
 */
export function openTarget(dump: Dump, options: OpenOptions = {}): Target {
  const { facts } = dump;
  const machine = facts.machine ?? 'x86_64';
  if (machine !== 'x86_64') {
    throw new DumpError(`dumps of ${machine} machines are not supported`, 'x86_64 dumps are');
  }
  const vmcoreinfo = parseVmcoreinfo(facts.vmcoreinfo ?? '');
  const warnings = [...facts.warnings, ...vmcoreinfo.warnings];
  if (facts.vmcoreinfo === undefined) {
    warnings.push('the dump has no VMCOREINFO note: symbols and types cannot be found');
  }
  const arch = x8664({
    fiveLevel: isFiveLevel(dump, vmcoreinfo),
    smeMask: vmcoreinfo.number('sme_mask') ?? 0n,
  });
  const memory = new Memory(dump, arch, kernelRoot(dump, vmcoreinfo), options.cacheBytes);
  const imageSize = vmcoreinfo.number('KERNEL_IMAGE_SIZE') ?? 512n << 20n;
  const base = imageBase(dump, vmcoreinfo);
  memory.kernel.setLastResort((address, walk) => {
    // A kernel image whose page tables are not in the dump can still be read where it was loaded.
    if (walk.outcome !== 'unreadable' || base === undefined) return undefined;
    const offset = address - START_KERNEL_MAP;
    return offset >= 0n && offset < imageSize ? pa(offset + base) : undefined;
  });
  return new Target({
    memory,
    vmcoreinfo,
    warnings,
    openSymbols: openKernelSymbols,
    openTypes: openKernelTypes,
  });
}

function isFiveLevel(dump: Dump, info: Vmcoreinfo): boolean {
  const said = info.number('pgtable_l5_enabled');
  if (said !== undefined) return said === 1n;
  return dump.facts.cpus.some((cpu) => ((cpu.registers.cr4 ?? 0n) & CR4_LA57) !== 0n);
}

/** phys_base: VMCOREINFO since 4.10, else the kdump sub-header, else an ELF segment that maps the image. */
function imageBase(dump: Dump, info: Vmcoreinfo): bigint | undefined {
  const said = info.number('phys_base');
  if (said !== undefined) return said;
  const segment = dump.facts.mappings.find((mapping) => mapping.virtual >= START_KERNEL_MAP);
  if (segment) return segment.physical - (segment.virtual - START_KERNEL_MAP);
  return dump.facts.physBase === undefined ? undefined : BigInt.asIntN(64, dump.facts.physBase);
}

/** The kernel's top page table: by VMCOREINFO, else what a CPU had in CR3. */
function kernelRoot(dump: Dump, info: Vmcoreinfo): PAddr {
  // 4.13 renamed init_level4_pgt (65ade2f872b4); swapper_pg_dir is the same table.
  const symbol: VAddr | undefined =
    info.symbol('init_top_pgt') ?? info.symbol('swapper_pg_dir') ?? info.symbol('init_level4_pgt');
  const base = imageBase(dump, info);
  if (symbol !== undefined && symbol >= START_KERNEL_MAP && base !== undefined) {
    return pa(symbol - START_KERNEL_MAP + base);
  }
  const cr3 = dump.facts.cpus.map((cpu) => cpu.registers.cr3).find((value) => value);
  if (cr3 !== undefined) return pa(cr3 & ~CR3_FLAGS);
  throw new DumpError(
    'the kernel page tables cannot be found',
    'the dump has no VMCOREINFO note and no CR3 in its CPU notes',
  );
}
