/**
 * More of the kernel's global variables by type: what people look at less often. The notation is that of
 * src/kernel/core/globals.ts.
 */
export const MORE_DECLARATIONS: readonly (readonly [type: string, names: string])[] = [
  ['__u32', 'sysctl_rmem_default sysctl_rmem_max sysctl_wmem_default sysctl_wmem_max'],
  ['atomic64_t', 'last_mm_ctx_id'],
  [
    'atomic_long_t',
    'calc_load_tasks nr_vmalloc_pages tcp_memory_allocated udp_memory_allocated vmap_lazy_nr',
  ],
  [
    'atomic_t',
    'ap_wfs_count audit_backlog_wait_time_actual genl_sk_destructing_cnt huge_zero_refcount \
     ignore_console_lock_warning irq_err_count irq_mis_count irq_poll_active kmod_concurrent_max \
     lru_disable_count netstamp_needed_deferred netstamp_wanted nr_rotate_swap oom_victims \
     printk_cpu_sync_nested printk_cpu_sync_owner pty_count rcu_expedited_nesting reset_hung_task \
     stats_flush_threshold stopping_cpu swapin_readahead_hits tick_dep_mask waiting_for_crash_ipi \
     watchdog_cpus watchdog_reset_pending',
  ],
  [
    'bool',
    'blkcg_debug_stats cpuhp_tasks_frozen dma_default_coherent freezer_test_done initcall_debug \
     kexec_in_progress mirrored_kernelcore multipath no_hash_pointers noirqdebug nopv nopvspin \
     panic_on_taint_nousertaint ring_buffer_expanded sched_debug_verbose sched_energy_update \
     sched_smp_initialized snapshot_test swap_migration_ad_supported tick_nohz_full_running \
     tsc_async_resets',
  ],
  ['char *', 'lsm_names'],
  [
    'const struct in6_addr',
    'in6addr_any in6addr_interfacelocal_allnodes in6addr_interfacelocal_allrouters \
     in6addr_linklocal_allnodes in6addr_linklocal_allrouters in6addr_loopback \
     in6addr_sitelocal_allrouters',
  ],
  ['const struct qstr', 'dotdot_name empty_name slash_name'],
  ['const unsigned long', 'kallsyms_relative_base'],
  ['const unsigned long *', 'pcpu_unit_offsets'],
  ['cpumask_t', 'cpus_booted_once_mask'],
  [
    'cpumask_var_t',
    'cpu_callin_mask cpu_callout_mask cpu_initialized_mask cpu_sibling_setup_mask cpus_attach \
     downed_cpus frozen_cpus irq_default_affinity load_balance_mask local_cpu_mask_dl \
     rcu_nocb_mask sched_domains_tmpmask sched_domains_tmpmask2 select_rq_mask \
     tick_broadcast_force_mask tick_broadcast_mask tick_broadcast_on tick_broadcast_oneshot_mask \
     tick_broadcast_pending_mask tick_nohz_full_mask tracing_buffer_mask vector_searchmask \
     wq_unbound_cpumask',
  ],
  ['dev_t', 'ROOT_DEV'],
  ['enum cpuhp_smt_control', 'cpu_smt_control'],
  ['enum pcpu_fc', 'pcpu_chosen_fc'],
  ['enum zone_type', 'policy_zone'],
  ['gfp_t', 'gfp_allowed_mask'],
  [
    'int',
    'after_bootmem alternatives_patched arch_task_struct_size bootloader_version \
     buffer_heads_over_limit changed_by_mtrr_cleanup console_blanked console_set_on_cmdline \
     crashing_cpu debug_locks_silent delayacct_on dev_rx_weight dev_tx_weight dev_weight_rx_bias \
     dev_weight_tx_bias direct_gbpages disable_irq_post disable_sourceid_checking \
     do_poke_blanked_console driver_deferred_probe_timeout fixmaps_set force_personality32 \
     fs_overflowgid fs_overflowuid ftrace_graph_active global_cursor_default gro_normal_batch \
     hashdist hugetlb_max_hstate inet_peer_maxttl inet_peer_minttl inet_peer_threshold \
     initrd_below_start_ok ipc_min_cycle ipc_mni ipc_mni_shift irq_remap_broken \
     kernel_set_to_readonly max_lock_depth mmap_rnd_bits mmap_rnd_compat_bits movable_zone \
     mp_irq_entries netdev_budget netdev_flow_limit_table_len netdev_max_backlog \
     netdev_tstamp_prequeue netdev_unregister_timeout_secs no_irq_affinity no_timer_check \
     node_reclaim_distance node_reclaim_mode nr_pfn_mapped overflowgid overflowuid page_cluster \
     panic_on_overflow pat_debug_enable pcpu_nr_empty_pop_pages pcpu_nr_slots pcpu_sidelined_slot \
     pcpu_to_depopulate_slot percpu_counter_batch persistent_clock_is_local pic_mode pid_max_max \
     pid_max_min preempt_dynamic_mode print_fatal_signals printk_delay_msec \
     rcu_cpu_stall_ftrace_dump rcu_cpu_stall_suppress rcu_cpu_stall_suppress_at_boot \
     rcu_cpu_stall_timeout rcu_exp_cpu_stall_timeout rcu_expedited rcu_normal rcu_num_lvls \
     rcu_num_nodes rcu_scheduler_active root_mountflags sched_domain_level_max \
     sched_max_numa_distance sched_rr_timeslice scheduler_running smp_num_siblings \
     sysctl_compact_unevictable_allowed sysctl_extfrag_threshold \
     sysctl_hardlockup_all_cpu_backtrace sysctl_hugetlb_shm_group sysctl_hung_task_warnings \
     sysctl_max_rcu_stall_to_panic sysctl_max_skb_frags sysctl_mem_pcpu_rsv sysctl_min_slab_ratio \
     sysctl_min_unmapped_ratio sysctl_mld_max_msf sysctl_mld_qrv sysctl_numa_balancing_mode \
     sysctl_optmem_max sysctl_page_lock_unfairness sysctl_panic_on_rcu_stall \
     sysctl_resched_latency_warn_ms sysctl_resched_latency_warn_once sysctl_sched_rt_runtime \
     sysctl_softlockup_all_cpu_backtrace sysctl_stat_interval sysctl_tcp_max_orphans \
     sysctl_unprivileged_userfaultfd sysctl_vfs_cache_pressure sysctl_vm_numa_stat \
     tick_do_timer_cpu tracepoint_printk tsc_clocksource_reliable unprivileged_userns_clone \
     user_min_free_kbytes watermark_boost_factor watermark_scale_factor',
  ],
  ['ktime_t', 'initcall_calltime watchdog_hrtimer_sample_threshold'],
  ['s32', 'vm_committed_as_batch'],
  ['size_t', 'kexec_purgatory_size vmcoreinfo_size'],
  ['struct Qdisc', 'noop_qdisc'],
  ['struct atomic_notifier_head', 'restart_handler_list'],
  ['struct balance_callback', 'balance_push_callback'],
  ['struct bio_set', 'fs_bio_set'],
  ['struct blkcg', 'blkcg_root'],
  ['struct blkcg_policy', 'blkcg_policy_throtl'],
  [
    'struct blocking_notifier_head',
    'blocking_lsm_notifier_chain inetaddr_chain inetaddr_validator_chain module_notify_list \
     netlink_chain oom_notify_list restart_prep_handler_list tracepoint_notify_list \
     vmap_notify_list',
  ],
  ['struct clocksource *', 'art_related_clocksource'],
  ['struct collapse_control', 'khugepaged_collapse_control'],
  ['struct cpumask', 'cpus_stop_mask watchdog_allowed_mask watchdog_cpumask'],
  [
    'struct dentry *',
    'arch_debugfs_dir ascii_runtime_measurements bdi_debug_root binary_runtime_measurements \
     blk_debugfs_root debugfs_sched runtime_measurements_count sd_dentry slab_debugfs_root',
  ],
  ['struct fpstate', 'init_fpstate'],
  ['struct fpu_state_config', 'fpu_kernel_cfg fpu_user_cfg'],
  ['struct ftrace_hash *', 'ftrace_graph_hash ftrace_graph_notrace_hash'],
  ['struct hlist_head', 'return_notifier_list'],
  ['struct hlist_head *', 'dquot_hash'],
  ['struct ida', 'blk_queue_ida bsg_minor_ida'],
  ['struct idr', 'dev_nums_idr'],
  ['struct io_tlb_mem', 'io_tlb_default_mem'],
  ['struct irq_chip', 'dummy_irq_chip no_irq_chip'],
  ['struct irqaction', 'chained_action'],
  [
    'struct key_type',
    'key_type_dead key_type_encrypted key_type_logon key_type_request_key_auth key_type_user',
  ],
  ['struct key_user', 'root_key_user'],
  ['struct klp_patch *', 'klp_transition_patch'],
  [
    'struct kmem_cache *',
    'audit_buffer_cache bio_post_read_ctx_cache bip_slab delayacct_cache dentry_cache dio_cache \
     dnotify_mark_cache dnotify_struct_cache ephead_cache epi_cache fanotify_mark_cache \
     fasync_cache filelock_cache flctx_cache iint_cache iova_cache jbd2_handle_cache \
     jbd2_inode_cache kernfs_iattrs_cache kernfs_node_cache key_jar lsm_file_cache lsm_inode_cache \
     maple_node_cache mb_entry_cache mnt_cache pde_opener_cache posix_timers_cache \
     proc_dir_entry_cache rmap_item_cache seq_file_cache skbuff_ext_cache skbuff_fclone_cache \
     skbuff_head_cache sn_cache stable_node_cache task_group_cache taskstats_cache \
     transaction_cache uts_ns_cache',
  ],
  [
    'struct kobject *',
    'block_depr firmware_kobj fs_kobj hugepages_kobj kernel_kobj klp_root_kobj mm_kobj',
  ],
  ['struct kprobe_insn_cache', 'kprobe_insn_slots kprobe_optinsn_slots'],
  ['struct kset *', 'slab_kset swnode_kset'],
  [
    'struct list_head',
    'act_base act_pernet_id_list all_stat_sessions asym_cap_list ballooned_pages \
     blacklisted_initcalls blk_cpu_iopoll bus_type_list cgrp_cpuctx_list component_list \
     cpu_map_flush_list dcb_app_list delayed_uprobe_list elv_list ex_mountpoints fanout_list \
     flow_block_indr_list free_vmap_area_list kclist_head klist_remove_waiters kthread_create_list \
     memcg_list_lrus migrate_nodes misc_list module_bug_list net_todo_list nvs_list \
     nvs_region_list optimizing_list percpu_counters pgd_list powercap_cntrl_list prm_module_list \
     prune_list purge_vmap_area_list qdisc_stab_list rng_list sched_cb_list shmem_swaplist \
     slab_caches_to_rcu_destroy smp_alt_modules srcu_boot_list tracepoint_module_list trigger_list \
     unoptimizing_list vmcore_cb_list vmcore_list watchdog_list xb_write_list xs_reply_list \
     xskmap_flush_list zombie_secs_pages',
  ],
  ['struct list_head *', 'pcpu_chunk_lists'],
  ['struct list_lru', 'shadow_nodes'],
  [
    'struct llist_head',
    'blk_cpu_done defer_free_list delayed_fput_list delayed_mntput_list fqdir_free_list \
     hpage_freelist init_free_list',
  ],
  ['struct mm_struct *', 'poking_mm'],
  ['struct mod_tree_root', 'mod_tree'],
  ['struct net_device *', 'blackhole_netdev'],
  ['struct netlink_table *', 'nl_table'],
  ['struct nfs_ssc_client_ops_tbl', 'nfs_ssc_client_tbl'],
  ['struct node * []', 'node_devices'],
  ['struct pbe *', 'restore_pblist'],
  ['struct pcpu_chunk *', 'pcpu_first_chunk pcpu_reserved_chunk'],
  ['struct percpu_counter', 'nr_files tcp_sockets_allocated'],
  ['struct pid *', 'cad_pid'],
  ['struct proc_dir_entry', 'proc_root'],
  ['struct psi_group', 'psi_system'],
  ['struct ratelimit_state', 'net_ratelimit_state printk_ratelimit_state'],
  ['struct raw_hashinfo', 'raw_v4_hashinfo raw_v6_hashinfo'],
  ['struct raw_notifier_head', 'pvclock_gtod_chain'],
  [
    'struct rb_root',
    'bdi_tree free_vmap_area_root key_user_tree purge_vmap_area_root uprobes_tree',
  ],
  ['struct rb_root_cached', 'memtype_rbroot'],
  ['struct root_domain', 'def_root_domain'],
  ['struct rt_bandwidth', 'def_rt_bandwidth'],
  ['struct static_key_false', 'sched_clock_running timers_nohz_active'],
  ['struct super_block *', 'blockdev_superblock'],
  [
    'struct task_struct *',
    'console_owner khugepaged_thread kthreadd_task oom_reaper_list watchdog_task',
  ],
  ['struct trace_iterator *', 'tracepoint_print_iter'],
  ['struct tracer', 'nop_trace'],
  ['struct ucounts', 'init_ucounts'],
  ['struct udp_table', 'udplite_table'],
  ['struct va_alignment', 'va_align'],
  ['struct vfsmount *', 'anon_inode_mnt debugfs_mount sock_mnt tracefs_mount'],
  ['struct wb_domain', 'global_wb_domain'],
  ['struct xarray', 'memory_blocks vmap_blocks'],
  ['u32', 'elf_hwcap2 gsi_top init_pkru_value main_extable_sort_needed'],
  ['u64', 'max_mem_size'],
  [
    'unsigned int',
    'cached_irq_mask coherency_max_size dirty_expire_interval dirty_writeback_interval \
     dirtytime_expire_interval fgraph_max_depth freeze_timeout_msecs hrtimer_resolution \
     key_gc_delay kmmio_count mxcsr_feature_mask netdev_budget_usecs nr_online_nodes \
     page_reporting_order pgdir_shift ptrs_per_p4d reset_devices sysctl_compaction_proactiveness \
     sysctl_fib_sync_mem sysctl_fib_sync_mem_max sysctl_fib_sync_mem_min sysctl_net_busy_poll \
     sysctl_net_busy_read sysctl_nr_open_max sysctl_nr_open_min \
     sysctl_numa_balancing_hot_threshold sysctl_numa_balancing_promote_rate_limit \
     sysctl_numa_balancing_scan_delay sysctl_numa_balancing_scan_period_max \
     sysctl_numa_balancing_scan_period_min sysctl_sched_child_runs_first sysctl_sched_features \
     sysctl_sched_idle_min_granularity sysctl_sched_migration_cost sysctl_sched_nr_migrate \
     sysctl_sched_tunable_scaling sysctl_skb_defer_max total_cpus unix_tot_inflight vclocks_used \
     zone_dma_bits',
  ],
  [
    'unsigned long',
    '_brk_end _brk_start aio_max_nr apst_secondary_timeout_ms binary_runtime_size blk_timeout_mask \
     calc_load_update default_hstate_max_huge_pages default_ps_max_latency_us dhash_entries \
     ftrace_update_tot_cnt hardlockup_allcpu_dumped hugetlb_cma_size ihash_entries initial_code \
     initial_gs initial_stack initrd_end initrd_start jump_address_phys key_gc_flags \
     khugepaged_sleep_expire ksm_pages_shared ksm_pages_sharing ksm_pages_unshared \
     ksm_stable_node_chains ksm_stable_node_dups lpj_fine lru_gen_min_ttl max_buffer_heads \
     max_load_balance_interval max_low_pfn_mapped max_pfn_mapped mhash_entries min_pfn_mapped \
     mmu_cr4_features module_load_offset mphash_entries new_log_buf_len nr_all_pages nr_inodes \
     nr_kernel_pages nr_unused panic_on_taint panic_print pcpu_nr_populated pipe_user_pages_hard \
     pipe_user_pages_soft poking_addr preset_lpj pseudo_lock_minor_avail relocated_restore_code \
     restore_cr3 restore_jump_address s4_hardware_signature saved_video_mode set_memory_block_size \
     smp_changes_mask soft_lockup_nmi_warn swapfile_maximum_size \
     sysctl_hung_task_check_interval_secs tcp_memory_pressure temp_pgt thash_entries \
     tick_nohz_active tick_usec tlb_single_page_flush_ceiling totalcma_pages tracing_thresh \
     uhash_entries watchdog_report_ts watchdog_touch_ts zero_pfn',
  ],
  ['unsigned long *', 'watchdog_cpumask_bits'],
  ['unsigned long long', 'elfcorehdr_addr elfcorehdr_size max_possible_pfn'],
  ['void *', 'pcpu_base_addr'],
  // Shrinkers are allocated since 6.7 (c42d50aefd17, mm: shrinker: add infrastructure for dynamically allocating
  // shrinker): where the structure has no room, the variable is a pointer.
  ['struct shrinker', 'huge_zero_page_shrinker workingset_shadow_shrinker'],
  ['struct shrinker *', 'huge_zero_page_shrinker workingset_shadow_shrinker'],
];
