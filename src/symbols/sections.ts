import type { KernelSymbol } from './types.ts';

/**
 * A vmlinux's symbol table names its sections as well, and crash, which reads a vmlinux, shows them: the word
 * `.data` where a pointer holds the start of the kernel's data. kallsyms leaves sections out; these are the
 * labels that arch/x86/kernel/vmlinux.lds.S and include/asm-generic/vmlinux.lds.h put where a section starts.
 */
const SECTION_AT: Readonly<Record<string, readonly [name: string, type: string]>> = {
  _text: ['.text', 't'],
  __start_rodata: ['.rodata', 'r'],
  __start_pci_fixups_early: ['.pci_fixup', 'r'],
  __tracedata_start: ['.tracedata', 'r'],
  __start___ksymtab: ['__ksymtab', 'r'],
  __start___ksymtab_gpl: ['__ksymtab_gpl', 'r'],
  __start___kcrctab: ['__kcrctab', 'r'],
  __start___kcrctab_gpl: ['__kcrctab_gpl', 'r'],
  __start___param: ['__param', 'r'],
  __start___modver: ['__modver', 'r'],
  __start___ex_table: ['__ex_table', 'r'],
  __start_notes: ['.notes', 'r'],
  __start_orc_header: ['.orc_header', 'r'],
  __start_orc_unwind_ip: ['.orc_unwind_ip', 'r'],
  __start_orc_unwind: ['.orc_unwind', 'r'],
  orc_lookup: ['.orc_lookup', 'b'],
  __start_BTF: ['.BTF', 'r'],
  _sdata: ['.data', 'd'],
  __start___bug_table: ['__bug_table', 'd'],
  _sinittext: ['.init.text', 't'],
  __x86_cpu_dev_start: ['.x86_cpu_dev.init', 'r'],
  __parainstructions: ['.parainstructions', 'r'],
  __alt_instructions: ['.altinstructions', 'r'],
  __iommu_table: ['.iommu_table', 'r'],
  __apicdrivers: ['.apicdrivers', 'd'],
  __smp_locks: ['.smp_locks', 'r'],
  __nosave_begin: ['.data_nosave', 'd'],
  __bss_start: ['.bss', 'b'],
  __brk_base: ['.brk', 'b'],
};

const LABEL_OF = new Map(Object.entries(SECTION_AT).map(([label, [section]]) => [section, label]));

/** The label at which a section starts. */
export const sectionLabel = (section: string): string | undefined => LABEL_OF.get(section);

/** Symbols at one address in name order, with the section that starts there, if the labels say so. */
export function withSection(equals: readonly KernelSymbol[]): readonly KernelSymbol[] {
  for (const { name, address } of equals) {
    const section = Object.hasOwn(SECTION_AT, name) ? SECTION_AT[name] : undefined;
    if (section === undefined) continue;
    const symbol = { name: section[0], address, type: section[1] };
    const place = equals.findIndex((equal) => equal.name > symbol.name);
    return place < 0 ? [...equals, symbol] : equals.toSpliced(place, 0, symbol);
  }
  return equals;
}
