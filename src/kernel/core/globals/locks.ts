import type { Declaration } from './types.ts';

/** Locks, wait queues, timers and deferred work of all subsystems. */
export const LOCKS: readonly Declaration[] = [
  [
    'struct mutex',
    'sched_domains_mutex console_mutex module_mutex slab_mutex cgroup_mutex rtnl_mutex text_mutex \
     acct_on_mutex act_id_mutex all_stat_sessions_mutex balloon_mutex callchain_mutex \
     cand_cache_mutex capsule_mutex cfs_constraints_mutex clocksource_mutex component_mutex \
     cpu_access_lock cpu_add_remove_lock cpuhp_state_mutex cpuset_mutex crc64_rocksoft_mutex \
     crc_t10dif_mutex ddebug_lock delayed_uprobe_lock em_pd_mutex fanout_mutex \
     flow_indr_block_lock flow_limit_update_mutex freeze_on_smi_mutex freezer_mutex \
     freq_invariance_lock fscrypt_init_mutex fscrypt_mode_key_setup_mutex \
     fsverity_hash_alg_init_mutex ftrace_lock fw_lock fwnode_link_lock gdp_mutex \
     global_tunables_lock hash_resize_mutex hfi_instance_lock hugetlb_limit_mutex ifalias_mutex \
     io_range_mutex iova_cache_mutex irq_domain_mutex irq_mapping_update_lock itmt_update_mutex \
     jump_label_mutex key_construction_mutex key_session_mutex khugepaged_mutex klp_mutex \
     ksm_thread_mutex lastcmd_mutex list_lrus_mutex major_names_lock mem_id_lock \
     membarrier_ipi_mutex memcg_max_mutex memory_tier_lock mm_all_locks_mutex module_kaslr_mutex \
     mux_interval_mutex online_page_callback_lock oom_adj_mutex oom_lock page_reporting_mutex \
     pasid_mutex pcp_batch_high_lock pcpu_alloc_mutex pcpu_drain_mutex percpu_charge_mutex \
     pid_caches_mutex pmus_lock pools_lock pools_reg_lock powercap_cntrl_list_lock \
     profile_flip_mutex proto_list_mutex psinfo_lock relay_channels_mutex rng_mutex \
     sched_energy_mutex sched_register_mutex scomp_lock shmem_swaplist_mutex smn_mutex \
     smpboot_threads_lock sock_diag_mutex sparse_irq_lock spec_ctrl_mutex static_call_mutex \
     swap_cgroup_mutex swap_slots_cache_enable_mutex swap_slots_cache_mutex swapon_mutex \
     syslog_lock system_transition_mutex timer_keys_mutex trace_types_lock \
     tracepoint_module_list_mutex tracepoint_printk_mutex tracepoints_mutex tracing_err_log_lock \
     tty_mutex umwait_lock userns_state_mutex vm_numa_stat_lock vmap_purge_lock watchdog_mutex \
     wq_pool_attach_mutex wq_pool_mutex xb_write_mutex xps_map_mutex xs_response_mutex \
     zombie_secs_pages_lock',
  ],
  [
    'rwlock_t',
    'tasklist_lock dev_base_lock act_mod_lock binfmt_lock cls_mod_lock ematch_mod_lock \
     file_systems_lock ip6_ra_lock nl_table_lock proc_subdir_lock qdisc_mod_lock resource_lock',
  ],
  [
    'spinlock_t',
    'sb_lock inode_hash_lock unix_table_lock mmlist_lock acaddr_hash_lock aio_nr_lock \
     auditd_conn_lock bdi_lock bio_dirty_lock blocked_lock_lock cgroup_file_kn_lock \
     cgroup_idr_lock cgroup_rstat_lock cgwb_lock cpa_lock css_set_lock dcb_lock dq_data_lock \
     dq_list_lock dq_state_lock elv_list_lock fasync_lock fnhe_lock free_vmap_area_lock \
     freezer_delta_lock freezer_lock fscrypt_direct_keys_lock func_buf_lock gnttab_list_lock \
     hugetlb_lock inetsw6_lock inetsw_lock ioasid_allocator_lock key_serial_lock key_user_lock \
     khugepaged_mm_lock klist_remove_lock klp_shadow_lock kmmio_lock ksm_mmlist_lock \
     kthread_create_lock major_names_spinlock map_entries_bootmem_lock map_entries_lock \
     map_idr_lock memcg_idr_lock memcg_oom_lock memtype_lock mq_lock napi_hash_lock \
     net_family_lock netlbl_domhsh_lock netlbl_unlhsh_lock nr_freq_lock objcg_lock oom_reaper_lock \
     p2m_update_lock pcpu_lock percpu_counters_lock percpu_ref_switch_lock pgd_lock pin_fs_lock \
     prog_idr_lock ptype_lock purge_vmap_area_lock release_agent_path_lock resource_alignment_lock \
     reuseport_lock rt6_exception_lock sched_debug_lock sel_ib_pkey_lock sel_netif_lock \
     sel_netnode_lock sel_netport_lock shmlock_user_lock stats_flush_lock swap_avail_lock \
     swap_lock sysrq_key_table_lock task_group_lock tcpv6_prot_lock template_list \
     trace_cgroup_path_lock ts_mod_lock ucounts_lock udpv6_prot_lock uidhash_lock uprobes_treelock \
     vclock_hash_lock vmap_area_lock vmcore_cb_lock watchdog_lock watches_lock xs_state_lock',
  ],
  ['struct semaphore', 'console_sem'],
  [
    'raw_spinlock_t',
    'cgroup_rstat_cpu_lock console_owner_lock depot_lock hwp_notify_lock irq_2_ir_lock \
     jiffies_lock nmi_reason_lock tick_broadcast_lock tick_freeze_lock timekeeper_lock \
     tracepoint_iter_lock tty_ldiscs_lock vector_lock wakeup_irq_lock wq_mayday_lock',
  ],
  ['seqcount_raw_spinlock_t', 'jiffies_seq'],
  ['seqlock_t', 'fastopen_seqlock mount_lock rename_lock zonelist_update_seq'],
  ['struct completion', 'kthreadd_done softlockup_completion'],
  [
    'struct delayed_work',
    'check_lifetime_work delayed_fput_work delayed_mntput_work dirtytime_work \
     hw_failure_emergency_poweroff_work klp_transition_work linkwatch_work optimizing_work \
     sl_reenable_unlock stats_flush_dwork tsc_irqwork vmstat_work',
  ],
  ['struct hrtimer', 'sync_hrtimer watchdog_hrtimer'],
  ['struct kernfs_global_locks *', 'kernfs_locks'],
  ['struct mutex *', 'hugetlb_fault_mutex_table'],
  ['struct percpu_rw_semaphore', 'bp_cpuinfo_sem cgroup_threadgroup_rwsem dup_mmap_sem file_rwsem'],
  [
    'struct rw_semaphore',
    'all_cpu_access_lock bus_type_sem kclist_lock key_types_sem namespace_sem net_rwsem \
     page_offline_rwsem pernet_ops_rwsem shrinker_rwsem triggers_list_lock umhelper_sem uts_sem \
     xs_watch_rwsem',
  ],
  [
    'struct srcu_struct',
    'dquot_srcu fsnotify_mark_srcu netpoll_srcu pmus_srcu tasks_rcu_exit_srcu tracepoint_srcu \
     vclock_srcu vmcore_cb_srcu wakeup_srcu',
  ],
  [
    'struct timer_list',
    'kd_mksound_timer key_gc_timer poll_spurious_irq_timer tsc_sync_check_timer watchdog_timer',
  ],
  [
    'struct work_struct',
    'atomic_pool_work bio_dirty_work cleanup_offline_cgwbs_work connector_reaper_work console_work \
     crc64_rocksoft_rehash_work crct10dif_rehash_work disable_freq_invariance_work drain_vmap_work \
     eval_map_work fqdir_free_work free_hpage_work hrtimer_work init_free_wq key_gc_work \
     lru_add_drain_work moom_work net_cleanup_work netstamp_work pcpu_balance_work reboot_work \
     rebuild_sd_work sched_clock_work sched_itmt_work set_printk_work \
     slab_caches_to_rcu_destroy_work timer_update_work timerfd_work watchdog_work \
     yama_relation_work',
  ],
  [
    'struct workqueue_struct *',
    'bdi_wq broadcast_wq cgroup_free_wq cgroup_offline_wq cgroup_pidlist_destroy_wq \
     cgroup_release_wq cgwb_release_wq cpuset_migrate_mm_wq ec_query_wq eval_map_wq \
     fscrypt_read_workqueue fsnotify_wq fsverity_read_workqueue hfi_updates_wq inet_frag_wq \
     kblockd_workqueue mm_percpu_wq netns_wq rcu_gp_wq rcu_par_gp_wq system_freezable_wq \
     system_highpri_wq system_long_wq system_unbound_wq system_wq tc_filter_wq',
  ],
  ['struct ww_class', 'reservation_ww_class'],
  ['wait_queue_head_t', 'genl_sk_destructing_waitq log_wait netdev_unregistering_wq xb_waitq'],
];
