import { defineImage, type Image, type ImageSpec } from '../../dumps/build/image.ts';
import { ERAS } from '../../dumps/build/kallsyms.ts';
import type { KernelRelease } from '../../dumps/build/kernel.ts';
import { healthy } from '../../dumps/incidents/healthy.ts';
import { LINUX_6_1 } from '../../dumps/kernels/linux-6.1.ts';

/** The healthy machine as other kernels and other machines would have left it: each is asked the same questions. */
const release = (
  changes: Partial<KernelRelease>,
  declarations: readonly string[] = [],
): KernelRelease => ({
  ...LINUX_6_1,
  ...changes,
  declarations: [...LINUX_6_1.declarations, ...declarations],
});
const story = (name: string, changes: Partial<ImageSpec>): Image =>
  defineImage({ ...healthy.spec, name, ...changes });

/** Before 6.1 (763ecb035029): a list and a red-black tree. */
const LISTED_VMAS = `
struct mm_struct {
  struct vm_area_struct *mmap; struct rb_root mm_rb; @56 unsigned long mmap_base; unsigned long task_size; void *pgd;
  atomic_t mm_users; atomic_t mm_count; int map_count; @168 unsigned long total_vm; unsigned long start_stack;
  unsigned long arg_start; unsigned long arg_end; unsigned long env_start; unsigned long env_end; struct mm_rss_stat rss_stat;
  struct task_struct *owner; struct file *exe_file;
} @1048;
struct vm_area_struct {
  unsigned long vm_start; unsigned long vm_end; struct vm_area_struct *vm_next; struct vm_area_struct *vm_prev; struct rb_node vm_rb;
  @64 struct mm_struct *vm_mm; @80 unsigned long vm_flags; @160 unsigned long vm_pgoff; struct file *vm_file;
} @200;`;

/** 3.5 to 5.9. */
const LOG_RECORDS =
  'struct printk_log { unsigned long long ts_nsec; unsigned short len; unsigned short text_len; unsigned short dict_len; unsigned char facility; @15.0 unsigned char flags:5; @15.5 unsigned char level:3; };';

/** 6.4 (fb799447ae29): the end of a stack is a type. */
const ORC_6_4 =
  'struct orc_entry { short sp_offset; short bp_offset; @4.0 unsigned int sp_reg:4; @4.4 unsigned int bp_reg:4; @5.0 unsigned int type:3; @5.3 unsigned int signal:1; } @6;';
/** 4.14 (ee9f8fce9964), before `end`. */
const ORC_4_14 =
  'struct orc_entry { short sp_offset; short bp_offset; @4.0 unsigned int sp_reg:4; @4.4 unsigned int bp_reg:4; @5.0 unsigned int type:2; } @6;';

/** 6.4 (ac3b43283923): a module's memory in seven pieces. */
const MODULE_MEMORY = `
struct module_memory { void *base; unsigned int size; @64 } @72;`.replace(' @64 }', ' }');
const MODULE_6_4 = `
struct module {
  int state; struct list_head list; char name[56]; @320 void (*init)(void); @384 struct module_memory mem[7];
  @896 struct mod_arch_specific arch; unsigned long taints; @1024 struct mod_kallsyms *kallsyms; struct mod_kallsyms core_kallsyms;
  char *args; @1152 atomic_t refcnt;
} @1280;`;

/** Without CONFIG_SLAB_FREELIST_HARDENED there is no secret. */
const PLAIN_CACHE = `
struct kmem_cache {
  struct kmem_cache_cpu *cpu_slab; unsigned int flags; unsigned long min_partial; unsigned int size; unsigned int object_size;
  @36 unsigned int offset; unsigned int cpu_partial; @48 struct kmem_cache_order_objects oo; struct kmem_cache_order_objects min;
  unsigned int allocflags; int refcount; void (*ctor)(void *); unsigned int inuse; unsigned int align; unsigned int red_left_pad;
  const char *name; struct list_head list; struct kmem_cache_node *node[1024];
};`;

const TAINT_FLAG_7_1 = 'struct taint_flag { char c_true; char c_false; @8 const char *desc; } @16;';

export const variations: readonly Image[] = [
  story('a machine of five levels', {
    machine: {
      ...healthy.spec.machine,
      levels: 5,
      directMap: 0xff1a000000000000n,
      vmalloc: 0xffa3000000000000n,
      vmemmap: 0xffd5000000000000n,
    },
  }),
  story('a machine of one CPU, without KASLR', { machine: { cpus: 1 }, tasks: [] }),
  story('a machine of eleven CPUs and two sections of memory', {
    machine: { cpus: 11, ramMb: 200 },
  }),
  story('RAM in three places, moved by KASLR', {
    machine: {
      cpus: 3,
      ramMb: 72,
      kaslr: 0x0520_0000n,
      loadAddress: 0x0180_0000,
      directMap: 0xffff_9100_0000_0000n,
      vmalloc: 0xffff_a480_4000_0000n,
      vmemmap: 0xffff_d5c0_0000_0000n,
      directTable: 0x1_4000_0000,
      islands: [
        [0x1_4000_0000, 0x1_4080_0000],
        [0x30_0000_0000, 0x30_0020_0000],
      ],
    },
  }),
  story('mappings in a list', { kernel: release({}, [LISTED_VMAS]) }),
  story('a log of records', { kernel: release({ log: 'buffer' }, [LOG_RECORDS]) }),
  story('freelists that are plain', { kernel: release({ freelists: 'plain' }, [PLAIN_CACHE]) }),
  story('freelists hidden as before 5.7', { kernel: release({ freelists: 'hardened' }) }),
  story('ORC of 4.14', { kernel: release({ orc: '4.14' }, [ORC_4_14]) }),
  story('ORC of 6.4', { kernel: release({ orc: '6.4' }, [ORC_6_4]) }),
  story('ORC of 7.1', { kernel: release({ orc: '7.1' }, [ORC_6_4]) }),
  story('modules in pieces', { kernel: release({}, [MODULE_MEMORY, MODULE_6_4]) }),
  story('taints that every module may carry', { kernel: release({}, [TAINT_FLAG_7_1]) }),
  ...Object.entries(ERAS).map(([name, kallsyms]) =>
    story(`kallsyms of ${name}`, { kernel: release({ kallsyms }) }),
  ),
];
