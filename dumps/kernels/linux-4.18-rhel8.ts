import { ERAS } from '../build/kallsyms.ts';
import type { KernelRelease } from '../build/kernel.ts';
import { RHEL8_MM } from './linux-4.18-rhel8-mm.ts';
import { BASE } from './linux-6.1-base.ts';
import { FILES } from './linux-6.1-files.ts';
import { MM } from './linux-6.1-mm.ts';
import { TASKS } from './linux-6.1-tasks.ts';

/**
 * Red Hat Enterprise Linux 8.4's kernel: 4.18 with BTF, whose shapes are those from before the 5.x series. Told as what
 * differs from 6.1: radix trees, mappings in a list and a red-black tree, slab members in struct page, a log of
 * records, task.state, kallsyms that nothing names. Offsets within structures are not the distribution's own.
 */
export const LINUX_4_18_RHEL8: KernelRelease = {
  release: '4.18.0-305.34.2.el8_4.x86_64',
  version: '#1 SMP Mon Jan 17 09:42:23 EST 2022',
  banner:
    'Linux version 4.18.0-305.34.2.el8_4.x86_64 (mockbuild@x86-vm-07.build.eng.bos.redhat.com) (gcc version 8.4.1 20200928 (Red Hat 8.4.1-1) (GCC)) #1 SMP Mon Jan 17 09:42:23 EST 2022',
  declarations: [
    withRadixTrees(without(BASE, /maple_\w+/)),
    withRadixTrees(withState(TASKS)),
    withRadixTrees(without(MM, /slab|folio|maple_\w+|mm_struct|vm_area_struct|page|pageflags/)),
    RHEL8_MM,
    withRadixTrees(without(FILES, /prb_\w+|printk_ringbuffer|printk_info|latched_seq/)),
  ],
  orc: '4.19',
  kallsyms: ERAS['v4.18'],
  namesKallsyms: false,
  nmiHandler: 'do_nmi',
  symbolLetters: true,
  freelists: 'hardened',
  slabOrders: { vm_area_struct: 1, 'kmalloc-2k': 3, task_struct: 3 },
  zoneShift: 51,
  log: 'buffer',
};

/** Declarations without those of structs and enums whose whole name matches. */
function without(text: string, names: RegExp): string {
  const whole = new RegExp(`^(?:struct|enum) (?:${names.source}) \\{`);
  return text
    .split(/\n(?=struct |enum |typedef |union )/)
    .filter((declaration) => !whole.test(declaration.trimStart()))
    .join('\n');
}

/**
 * Before 4.20 (01959dfe771c, xarray: Define struct xa_node) and 4.20 (f8d5d0cc145c, xarray: Add definition of struct
 * xarray) an xarray was called a radix tree.
 */
function withRadixTrees(text: string): string {
  return text
    .replace(/\bstruct\s+xarray\b/g, 'struct radix_tree_root')
    .replace(/\bstruct\s+xa_node\b/g, 'struct radix_tree_node')
    .replace(/\bxa_head\b/g, 'rnode')
    .replace(/\bnr_values\b/g, 'exceptional');
}

/**
 * Before 5.14 (2f064a59a11f, sched: Change task_struct::state) a signed long; the CPU is in thread_info since 5.16
 * (bcf9033e5449, sched: move CPU field back into thread_info if THREAD_INFO_IN_TASK=y).
 */
function withState(text: string): string {
  return text
    .replace(
      /struct thread_info \{[^}]*\};/,
      'struct thread_info { long unsigned int flags; unsigned int status; };',
    )
    .replace('unsigned int __state;', 'volatile long int state;')
    .replace('int on_cpu;', 'int on_cpu; unsigned int cpu;')
    .replace('@20 unsigned char x86_virt_bits', '@8 unsigned char x86_virt_bits');
}
