import { LOCK_DECLARATIONS } from './lock-globals.ts';
import { MORE_DECLARATIONS } from './more-globals.ts';
import { PER_CPU_DECLARATIONS } from './per-cpu-globals.ts';

/**
 * The types of the kernel's global variables, by type. BTF types functions and per-CPU variables only, so ordinary
 * globals are declared here as the kernel's sources declare them. A name may stand under several types, one for
 * each era: the first whose words this kernel's types know is taken (src/kernel/values/variables.ts).
 *
 * `[]` is an array whose declaration gives no length; `[*]` reaches up to the next symbol; `[2^n]` as well, to a power of
 * two; `[strlen]` to its NUL; `[NR_CPUS]` and `[MAX_NUMNODES]` are as wide as the masks of this kernel, and other
 * capitals are enumerators. `{0 int a; 8 long b}` is a struct without a tag, an offset before each member.
 */
const DECLARATIONS: readonly (readonly [type: string, names: string])[] = [
  // Tasks, memory maps, namespaces: the first of each.
  ['struct task_struct', 'init_task'],
  ['struct mm_struct', 'init_mm efi_mm'],
  ['struct pid_namespace', 'init_pid_ns'],
  ['struct uts_namespace', 'init_uts_ns'],
  ['struct user_namespace', 'init_user_ns'],
  ['struct ipc_namespace', 'init_ipc_ns'],
  ['struct cgroup_namespace', 'init_cgroup_ns'],
  ['struct time_namespace', 'init_time_ns'],
  ['struct net', 'init_net'],
  ['struct nsproxy', 'init_nsproxy'],
  ['struct pid', 'init_struct_pid'],
  ['struct cred', 'init_cred'],
  ['struct signal_struct', 'init_signals'],
  ['struct sighand_struct', 'init_sighand'],
  ['struct files_struct', 'init_files'],
  ['struct fs_struct', 'init_fs'],
  ['struct user_struct', 'root_user'],
  ['struct task_group', 'root_task_group'],
  ['struct css_set', 'init_css_set'],
  ['struct cgroup_root', 'cgrp_dfl_root'],
  ['struct mem_cgroup *', 'root_mem_cgroup'],
  ['unsigned long [2048]', 'init_stack'],
  // Heads of lists and trees.
  [
    'struct list_head',
    'modules slab_caches vmap_area_list super_blocks net_namespace_list workqueues cgroup_roots \
     task_groups pci_root_buses shrinker_list clocksource_list proto_list ptype_all klp_patches \
     formats tty_drivers all_bdevs bdi_list swap_avail_head crypto_alg_list rtnl_link_ops \
     pernet_list ftrace_events ftrace_trace_arrays leds_list input_dev_list input_handler_list \
     key_types_list irq_domain_list gpio_devices',
  ],
  ['struct list_head [*]', 'ptype_base'],
  ['struct tracer *', 'trace_types'],
  ['struct rb_root', 'vmap_area_root key_serial_tree'],
  ['struct xarray', 'irq_desc_tree'],
  ['struct radix_tree_root', 'irq_desc_tree'],
  ['struct maple_tree', 'sparse_irqs'],
  [
    'struct idr',
    'mem_cgroup_idr prog_idr map_idr btf_idr link_idr worker_pool_idr cgroup_hierarchy_idr',
  ],
  ['struct hlist_head [*]', 'unbound_pool_hash'],
  ['struct hlist_head [*]', 'kprobe_table pid_hash'],
  ['struct hlist_head *', 'inode_hashtable mount_hashtable mountpoint_hashtable'],
  ['struct hlist_bl_head *', 'dentry_hashtable'],
  ['struct file_system_type *', 'file_systems'],
  ['struct console *', 'console_drivers early_console'],
  ['struct hlist_head', 'console_list'],
  ['struct ftrace_ops *', 'ftrace_ops_list'],
  // Memory.
  ['pg_data_t *[]', 'node_data'],
  ['struct pglist_data', 'contig_page_data'],
  ['struct page *', 'mem_map'],
  ['struct mem_section **', 'mem_section'],
  ['struct mem_section [*]', 'mem_section'],
  ['struct hstate [*]', 'hstates'],
  [
    'struct kmem_cache *',
    'kmem_cache kmem_cache_node vm_area_cachep mm_cachep names_cachep filp_cachep',
  ],
  ['struct kmem_cache *[*][14]', 'kmalloc_caches'],
  ['struct swap_info_struct *[*]', 'swap_info'],
  ['struct address_space *[]', 'swapper_spaces'],
  ['struct vmap_node *', 'vmap_nodes'],
  ['struct vm_struct *', 'vmlist'],
  ['atomic_long_t', '_totalram_pages nr_swap_pages'],
  ['atomic_long_t [NR_VM_ZONE_STAT_ITEMS]', 'vm_zone_stat'],
  ['atomic_long_t [NR_VM_NODE_STAT_ITEMS]', 'vm_node_stat'],
  ['atomic_long_t [NR_VM_NUMA_EVENT_ITEMS]', 'vm_numa_event'],
  ['atomic_long_t [*]', 'vm_stat'],
  ['nodemask_t [NR_NODE_STATES]', 'node_states'],
  ['struct percpu_counter', 'vm_committed_as'],
  ['void *', 'high_memory'],
  [
    'unsigned long',
    'max_pfn max_low_pfn min_low_pfn max_mapnr totalreserve_pages phys_base page_offset_base vmalloc_base \
     vmemmap_base sysctl_overcommit_kbytes sysctl_user_reserve_kbytes \
     sysctl_admin_reserve_kbytes stack_guard_gap huge_zero_pfn transparent_hugepage_flags mmap_min_addr \
     dac_mmap_min_addr vm_dirty_bytes dirty_background_bytes',
  ],
  ['pgd_t []', 'init_top_pgt swapper_pg_dir'],
  ['pgd_t [512]', 'early_top_pgt'],
  ['p4d_t [512]', 'level4_kernel_pgt'],
  ['long', 'total_swap_pages'],
  ['struct page *', 'huge_zero_page'],
  ['struct folio *', 'huge_zero_folio'],
  // The processors and the clock.
  [
    'struct cpumask',
    '__cpu_online_mask __cpu_possible_mask __cpu_present_mask __cpu_active_mask __cpu_dying_mask',
  ],
  ['const unsigned long [65][NR_CPUS/64]', 'cpu_bit_bitmap'],
  ['unsigned long [NR_CPUS]', '__per_cpu_offset'],
  ['atomic_t', '__num_online_cpus panic_cpu'],
  ['struct paravirt_patch_template', 'pv_ops'],
  ['struct machine_ops', 'machine_ops'],
  ['struct smp_ops', 'smp_ops'],
  ['struct boot_params', 'boot_params'],
  ['struct acpi_table_fadt', 'acpi_gbl_FADT'],
  ['struct start_info *', 'xen_start_info'],
  ['volatile unsigned long', 'jiffies'],
  ['u64', 'jiffies_64'],
  ['ktime_t', 'tick_next_period'],
  // The clock's struct has a name since 6.13 (10f7c178a9da, timekeeping: Define a struct type for tk_core to make it
  // reusable), its counter a lock since 5.9 (025e82bcbc34, timekeeping: Use sequence counter with associated raw
  // spinlock).
  ['struct tk_data', 'tk_core'],
  ['{0 seqcount_raw_spinlock_t seq; 8 struct timekeeper timekeeper}', 'tk_core'],
  ['{0 seqcount_t seq; 8 struct timekeeper timekeeper}', 'tk_core'],
  ['struct timekeeper', 'shadow_timekeeper'],
  ['unsigned long [3]', 'avenrun'],
  ['unsigned long', 'loops_per_jiffy total_forks tick_nsec'],
  ['struct clocksource *', 'curr_clocksource'],
  ['struct timezone', 'sys_tz'],
  ['struct rcu_state', 'rcu_state'],
  ['struct rcu_tasks', 'rcu_tasks'],
  ['struct softirq_action [NR_SOFTIRQS]', 'softirq_vec'],
  ['struct irq_domain *', 'irq_default_domain'],
  [
    'struct mutex',
    'sched_domains_mutex console_mutex module_mutex slab_mutex cgroup_mutex rtnl_mutex text_mutex',
  ],
  ['rwlock_t', 'tasklist_lock dev_base_lock'],
  ['spinlock_t', 'sb_lock inode_hash_lock unix_table_lock mmlist_lock'],
  ['struct semaphore', 'console_sem'],
  // The log, the banner, what was said on the command line.
  ['const char [strlen]', 'linux_banner linux_proc_banner'],
  ['char *', 'saved_command_line static_command_line log_buf'],
  ['char [2048]', 'boot_command_line'],
  ['char [2^n]', '__log_buf'],
  ['struct printk_ringbuffer *', 'prb'],
  ['struct printk_ringbuffer', 'printk_rb_static printk_rb_dynamic'],
  ['u32', 'log_buf_len audit_enabled'],
  ['int [4]', 'console_printk'],
  ['const char *', 'panic_later'],
  // System state and the switches of /proc/sys.
  ['enum system_states', 'system_state'],
  ['unsigned long', 'tainted_mask'],
  ['long (*)(int)', 'panic_blink'],
  [
    'bool',
    'crash_kexec_post_notifiers persistent_clock_exists ignore_loglevel static_key_initialized',
  ],
  [
    'int',
    'panic_on_oops panic_timeout panic_on_warn panic_on_io_nmi panic_on_unrecovered_nmi oops_in_progress \
     nr_threads max_threads pid_max sysrq_enabled suppress_printk kptr_restrict randomize_va_space \
     sysctl_overcommit_memory sysctl_overcommit_ratio sysctl_panic_on_oom sysctl_oom_kill_allocating_task \
     sysctl_max_map_count vm_swappiness dirty_background_ratio vm_dirty_ratio watchdog_thresh nr_irqs \
     watchdog_user_enabled sysctl_hung_task_check_count page_group_by_mobility_disabled suid_dumpable \
     ip_rt_max_size percpu_pagelist_high_fraction min_free_kbytes laptop_mode unknown_nmi_panic \
     sysctl_drop_caches sysctl_compact_memory ftrace_enabled debug_locks C_A_D dmesg_restrict',
  ],
  [
    'unsigned int',
    'nr_cpu_ids setup_max_cpus tsc_khz cpu_khz nr_swapfiles default_hstate_idx softlockup_panic hardlockup_panic \
     sysctl_hung_task_panic sysctl_sched_latency sysctl_sched_base_slice sysctl_sched_min_granularity \
     sysctl_sched_wakeup_granularity sysctl_sched_rt_period nr_node_ids max_possible_cpus sysctl_nr_open \
     sysctl_numa_balancing_scan_size',
  ],
  ['unsigned long', 'sysctl_hung_task_timeout_secs'],
  ['const sys_call_ptr_t [*]', 'sys_call_table ia32_sys_call_table x32_sys_call_table'],
  ['struct kimage *', 'kexec_crash_image kexec_image'],
  ['struct resource', 'crashk_res crashk_low_res ioport_resource iomem_resource'],
  ['u32 *', 'vmcoreinfo_note'],
  ['unsigned char *', 'vmcoreinfo_data'],
  ['note_buf_t *', 'crash_notes'],
  ['struct atomic_notifier_head', 'panic_notifier_list die_chain'],
  ['struct blocking_notifier_head', 'reboot_notifier_list'],
  ['struct ctl_table [*]', 'kern_table vm_table kern_panic_table'],
  ['const u8 []', 'kallsyms_names'],
  ['const unsigned int', 'kallsyms_num_syms'],
  // Files, devices, the network.
  ['struct inodes_stat_t', 'inodes_stat'],
  ['struct dentry_stat_t', 'dentry_stat'],
  ['struct files_stat_struct', 'files_stat'],
  ['struct char_device_struct *[255]', 'chrdevs'],
  ['struct blk_major_name *[255]', 'major_names'],
  ['struct kset *', 'bus_kset class_kset devices_kset module_kset'],
  ['struct class', 'block_class'],
  ['const struct class', 'block_class'],
  ['struct sk_buff_head', 'audit_queue audit_hold_queue audit_retry_queue audit_skb_queue'],
  ['struct inet_hashinfo', 'tcp_hashinfo'],
  ['struct udp_table', 'udp_table'],
  ['const struct net_proto_family *[*]', 'net_families'],
  ['struct net_protocol *[256]', 'inet_protos'],
  ['struct neigh_table *[*]', 'neigh_tables'],
  ['struct neigh_table', 'arp_tbl nd_tbl'],
  ['struct proto', 'tcp_prot udp_prot unix_dgram_proto unix_stream_proto'],
];

const ALL = [...DECLARATIONS, ...MORE_DECLARATIONS, ...LOCK_DECLARATIONS, ...PER_CPU_DECLARATIONS];

/** What the kernel names by what it is, where no declaration is known: the end of the name, and the type. */
const CONVENTIONS: readonly (readonly [ending: string, type: string])[] = [
  ['_fops', 'const struct file_operations'],
  ['_aops', 'const struct address_space_operations'],
  ['_iops', 'const struct inode_operations'],
  ['_inode_operations', 'const struct inode_operations'],
  ['_dops', 'const struct dentry_operations'],
  ['_dentry_operations', 'const struct dentry_operations'],
  ['_sops', 'const struct super_operations'],
  ['_cachep', 'struct kmem_cache *'],
  ['_sched_class', 'const struct sched_class'],
  ['_prot', 'struct proto'],
  ['_fs_type', 'struct file_system_type'],
];

/** The types that the ending of a variable's name stands for; none for most. */
export const conventionalTypes = (name: string): readonly string[] =>
  CONVENTIONS.filter(([ending]) => name.endsWith(ending) && name !== ending).map(
    ([, type]) => type,
  );

/** Types by name of the variable, in the order in which they are to be tried. */
export type GlobalTypes = Readonly<Record<string, readonly string[]>>;

/** Those of variables that kernels of every machine have. */
export const GLOBALS: GlobalTypes = typesByName(ALL);

/** Declarations by the names of the variables. */
export function typesByName(
  declarations: readonly (readonly [type: string, names: string])[],
): GlobalTypes {
  // No prototype: `constructor` and its like are no variables.
  const table: Record<string, string[]> = Object.create(null);
  for (const [type, names] of declarations) {
    for (const name of names.split(/\s+/)) {
      const known = table[name];
      if (known) known.push(type);
      else table[name] = [type];
    }
  }
  return table;
}
