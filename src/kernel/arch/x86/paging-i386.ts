import { i386, pageOffsetOf } from '../../../arch/x86/i386.ts';
import { type PAddr, pa } from '../../../base/address.ts';
import type { CpuRegisters, DumpFacts } from '../../../dump/types.ts';
import type { Vmcoreinfo } from '../../../symbols/vmcoreinfo.ts';
import type { Paging } from '../types.ts';
import { noPageTables } from './paging.ts';

/** Largest size of i386's direct map: 4 GiB less PAGE_OFFSET and 128 MiB (VMALLOC_RESERVE). */
export const LOW_MEMORY = 896n << 20n;
/** Low bits of CR3 that are no address; a PAE top table has four entries, aligned to 32 bytes (SDM 3, 4.4.1). */
const CR3_FLAGS = 0xfffn;
const CR3_FLAGS_PAE = 0x1fn;

/**
 * Both kinds of paging are covered: a table without PAE is aligned to more than 32 bytes, and Linux sets no flags
 * there.
 */
export const rootsOfI386 = ({ cr3 }: CpuRegisters['registers']): readonly PAddr[] =>
  cr3 ? [pa(cr3 & ~CR3_FLAGS_PAE)] : [];

/**
 * The kernel image is in the direct map: its virtual addresses give its physical ones. Throws DumpError without any.
 */
export function pagingOfI386(facts: DumpFacts, info: Vmcoreinfo): Paging {
  const known = info.symbol('swapper_pg_dir');
  const symbol = known ?? info.symbol('_stext');
  if (symbol === undefined) throw noPageTables();
  const pageOffset = pageOffsetOf(symbol);
  // VMCOREINFO_CONFIG(X86_PAE), arch/x86/kernel/machine_kexec_32.c.
  const pae = info.text('CONFIG_X86_PAE') === 'y';
  const cr3 = facts.cpus.map((cpu) => cpu.registers.cr3).find((value) => value);
  if (known === undefined && cr3 === undefined) throw noPageTables();
  const root =
    known === undefined ? (cr3 ?? 0n) & ~(pae ? CR3_FLAGS_PAE : CR3_FLAGS) : known - pageOffset;
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

/** Whether the kernel's addresses have 32 bits. */
export function recognisesI386(info: Vmcoreinfo): boolean {
  const symbol = info.symbol('swapper_pg_dir') ?? info.symbol('_stext');
  return info.text('CONFIG_X86_PAE') === 'y' || (symbol !== undefined && symbol >> 32n === 0n);
}
