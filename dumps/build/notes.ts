import type { Kernel } from './kernel.ts';
import { wordBytes } from './ram.ts';
import { PT_REGS, type RegisterName } from './stacks.ts';

/** One ELF note: name with its NUL and descriptor, each padded to four bytes. */
export function note(name: string, type: number, desc: Uint8Array): Buffer {
  const named = Buffer.alloc(Math.ceil((name.length + 1) / 4) * 4);
  named.write(name);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(name.length + 1, 0);
  head.writeUInt32LE(desc.length, 4);
  head.writeUInt32LE(type, 8);
  const padding = Buffer.alloc((4 - (desc.length % 4)) % 4);
  return Buffer.concat([head, named, desc, padding]);
}

export const NT_PRSTATUS = 1;
const PRSTATUS_SIZE = 336;
const PRSTATUS_PID = 32;
const PRSTATUS_REGS = 112;

/** A CPU's struct elf_prstatus of x86_64 in its note: pid, and user_regs_struct, which has segment bases behind ss. */
export function prstatus(pid: number, registers: Readonly<Record<RegisterName, bigint>>): Buffer {
  const desc = new Uint8Array(PRSTATUS_SIZE);
  desc.set(wordBytes(pid, 4), PRSTATUS_PID);
  for (const [i, name] of PT_REGS.entries())
    desc.set(wordBytes(registers[name], 8), PRSTATUS_REGS + i * 8);
  return note('CORE', NT_PRSTATUS, desc);
}

/** Structures whose sizes VMCOREINFO gives (kernel/crash_core.c); those that the kernel has not are left out. */
const SIZES = [
  'mem_section',
  'page',
  'pglist_data',
  'zone',
  'free_area',
  'list_head',
  'nodemask_t',
  'printk_ringbuffer',
  'prb_desc_ring',
  'prb_desc',
  'prb_data_blk_lpos',
  'printk_info',
  'dev_printk_info',
  'prb_data_ring',
  'atomic_long_t',
  'latched_seq',
  'printk_log',
];
const OFFSETS = [
  'uts_namespace.name',
  'mem_section.section_mem_map',
  'page.flags',
  'page._refcount',
  'page.mapping',
  'page.lru',
  'page._mapcount',
  'page.private',
  'page.compound_dtor',
  'page.compound_order',
  'page.compound_head',
  'pglist_data.node_zones',
  'pglist_data.nr_zones',
  'pglist_data.node_start_pfn',
  'pglist_data.node_spanned_pages',
  'pglist_data.node_id',
  'zone.free_area',
  'zone.vm_stat',
  'zone.spanned_pages',
  'free_area.free_list',
  'list_head.next',
  'list_head.prev',
  'vmap_area.va_start',
  'vmap_area.list',
  'printk_ringbuffer.desc_ring',
  'printk_ringbuffer.text_data_ring',
  'printk_ringbuffer.fail',
  'prb_desc_ring.count_bits',
  'prb_desc_ring.descs',
  'prb_desc_ring.infos',
  'prb_desc_ring.head_id',
  'prb_desc_ring.tail_id',
  'prb_desc.state_var',
  'prb_desc.text_blk_lpos',
  'prb_data_blk_lpos.begin',
  'prb_data_blk_lpos.next',
  'printk_info.seq',
  'printk_info.ts_nsec',
  'printk_info.text_len',
  'printk_info.caller_id',
  'printk_info.dev_info',
  'dev_printk_info.subsystem',
  'dev_printk_info.device',
  'prb_data_ring.size_bits',
  'prb_data_ring.data',
  'prb_data_ring.head_lpos',
  'prb_data_ring.tail_lpos',
  'atomic_long_t.counter',
  'latched_seq.val',
  'printk_log.ts_nsec',
  'printk_log.len',
  'printk_log.text_len',
  'printk_log.dict_len',
];
const SYMBOLS = [
  'init_uts_ns',
  'node_online_map',
  'swapper_pg_dir',
  '_stext',
  'vmap_area_list',
  'prb',
  'printk_rb_static',
  'clear_seq',
  'log_buf',
  'log_buf_len',
  'log_first_idx',
  'clear_idx',
  'log_next_idx',
  'init_top_pgt',
  'node_data',
];
const FLAGS = ['PG_lru', 'PG_private', 'PG_swapcache', 'PG_swapbacked', 'PG_slab', 'PG_hwpoison'];

/** The VMCOREINFO text of the image (kernel/crash_core.c, arch/x86/kernel/crash_core_64.c). `extra` lines come last. */
export function vmcoreinfo(
  kernel: Kernel,
  tables: ReadonlyMap<string, bigint>,
  extra: readonly string[],
): string {
  const { machine, types, release } = kernel;
  const lines = [
    `OSRELEASE=${release.release}`,
    `BUILD-ID=${buildId(release.release)}`,
    'PAGESIZE=4096',
  ];
  for (const name of SYMBOLS)
    if (machine.hasSymbol(name)) lines.push(`SYMBOL(${name})=${machine.symbol(name).toString(16)}`);
  lines.push(
    `SYMBOL(mem_section)=${machine.readU64(machine.symbol('mem_section')).toString(16)}`,
    'LENGTH(mem_section)=2048',
  );
  lines.push(
    `NUMBER(SECTION_SIZE_BITS)=27`,
    `NUMBER(MAX_PHYSMEM_BITS)=${machine.levels === 5 ? 52 : 46}`,
  );
  for (const name of SIZES) {
    if (types.has(name) || types.declarations.typedefs.has(name))
      lines.push(`SIZE(${name})=${types.sizeof(name)}`);
  }
  for (const path of OFFSETS) {
    const [type, member] = path.split('.') as [string, string];
    const place = types.findPlace(type, member);
    if (place) lines.push(`OFFSET(${path})=${place.offset}`);
  }
  lines.push(
    'LENGTH(zone.free_area)=11',
    'LENGTH(free_area.free_list)=5',
    'LENGTH(node_data)=1024',
    'LENGTH(printk_info_subsystem)=16',
    'LENGTH(printk_info_device)=48',
  );
  lines.push(
    'NUMBER(NR_FREE_PAGES)=0',
    'NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129',
    'NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257',
    'NUMBER(HUGETLB_PAGE_DTOR)=2',
  );
  const flags = types.declarations.enums.get('pageflags')?.values ?? [];
  for (const { name, value } of flags)
    if (FLAGS.includes(name)) lines.push(`NUMBER(${name})=${value}`);
  for (const [name, address] of tables)
    if (name !== 'kallsyms_markers' && name !== 'kallsyms_seqs_of_names')
      lines.push(`SYMBOL(${name})=${address.toString(16)}`);
  lines.push(
    `NUMBER(phys_base)=${machine.physBase}`,
    `NUMBER(pgtable_l5_enabled)=${machine.levels === 5 ? 1 : 0}`,
  );
  lines.push(
    `KERNELOFFSET=${machine.kaslr.toString(16)}`,
    'NUMBER(KERNEL_IMAGE_SIZE)=1073741824',
    'NUMBER(sme_mask)=0',
    ...extra,
  );
  return `${lines.join('\n')}\n`;
}

/** Twenty bytes that are the release's own. */
function buildId(release: string): string {
  let state = 0x811c9dc5;
  let hex = '';
  for (let i = 0; hex.length < 40; i++) {
    state = Math.imul(state ^ (release.charCodeAt(i % release.length) + i), 0x01000193) >>> 0;
    hex += state.toString(16).padStart(8, '0');
  }
  return hex.slice(0, 40);
}
