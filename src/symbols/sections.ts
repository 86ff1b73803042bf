import type { KernelSymbol } from './types.ts';

/**
 * Sections by the label at their start. A vmlinux's symbol table names its sections as well, and crash, which reads a
 * vmlinux, shows them: the word `.data` where a pointer holds the start of the kernel's data. kallsyms leaves sections
 * out. The table says which label stands at a section's start (arch/x86/kernel/vmlinux.lds.S,
 * include/asm-generic/vmlinux.lds.h), and nm's letter of the section where it differs from the label's own in lower
 * case.
 */
const SECTION_AT: Readonly<Record<string, readonly [section: string, type?: string]>> = {
  __start_rodata: ['.rodata'],
  __start_pci_fixups_early: ['.pci_fixup'],
  __tracedata_start: ['.tracedata'],
  __start___ksymtab: ['__ksymtab'],
  __start___ksymtab_gpl: ['__ksymtab_gpl'],
  __start___kcrctab: ['__kcrctab'],
  __start___kcrctab_gpl: ['__kcrctab_gpl'],
  __stop___kcrctab_gpl: ['__ksymtab_strings', 'r'],
  __start___param: ['__param'],
  __start___modver: ['__modver'],
  __start___ex_table: ['__ex_table'],
  __start_notes: ['.notes'],
  __start_orc_header: ['.orc_header'],
  __start_orc_unwind_ip: ['.orc_unwind_ip'],
  __start_orc_unwind: ['.orc_unwind'],
  orc_lookup: ['.orc_lookup'],
  __start_BTF: ['.BTF'],
  _sdata: ['.data'],
  __start___bug_table: ['__bug_table'],
  __vvar_page: ['.vvar'],
  _sinittext: ['.init.text'],
  _einittext: ['.altinstr_aux'],
  early_top_pgt: ['.init.data'],
  __x86_cpu_dev_start: ['.x86_cpu_dev.init'],
  __parainstructions: ['.parainstructions'],
  __retpoline_sites: ['.retpoline_sites'],
  __return_sites: ['.return_sites'],
  __call_sites: ['.call_sites'],
  __alt_instructions: ['.altinstructions'],
  __alt_instructions_end: ['.altinstr_replacement', 't'],
  __iommu_table: ['.iommu_table'],
  __apicdrivers: ['.apicdrivers'],
  __apicdrivers_end: ['.exit.text', 't'],
  __smp_locks: ['.smp_locks'],
  __nosave_begin: ['.data_nosave'],
  __bss_start: ['.bss'],
  __brk_base: ['.brk'],
  __init_scratch_begin: ['.init.scratch'],
};

const SECTION_OF = new Map(Object.entries(SECTION_AT));
const LABEL_OF = new Map(Object.entries(SECTION_AT).map(([label, [section]]) => [section, label]));

/** Every label at which a section may start. */
export const SECTION_LABELS: readonly string[] = Object.keys(SECTION_AT);

/** The label at which a section starts. */
export const sectionLabel = (section: string): string | undefined => LABEL_OF.get(section);

/** The sections that start at one address, by the labels there. */
export function sectionsAmong(equals: Iterable<KernelSymbol>): KernelSymbol[] {
  const sections: KernelSymbol[] = [];
  for (const { name, address, type } of equals) {
    const section = SECTION_OF.get(name);
    if (section !== undefined) {
      sections.push({ name: section[0], address, type: section[1] ?? type.toLowerCase() });
    }
  }
  return sections;
}
