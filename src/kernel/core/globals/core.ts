import type { Declaration } from './types.ts';

/** Tasks, processors, time, the log, modules, keys, control groups and switches of /proc/sys. */
export const CORE: readonly Declaration[] = [
  ['struct task_struct', 'init_task'],
  ['struct pid_namespace', 'init_pid_ns'],
  ['struct uts_namespace', 'init_uts_ns'],
  ['struct user_namespace', 'init_user_ns'],
  ['struct ipc_namespace', 'init_ipc_ns'],
  ['struct cgroup_namespace', 'init_cgroup_ns'],
  ['struct time_namespace', 'init_time_ns'],
  ['struct nsproxy', 'init_nsproxy'],
  ['struct pid', 'init_struct_pid'],
  ['struct cred', 'init_cred'],
  ['struct signal_struct', 'init_signals'],
  ['struct sighand_struct', 'init_sighand'],
  ['struct user_struct', 'root_user'],
  ['struct task_group', 'root_task_group'],
  ['struct css_set', 'init_css_set'],
  ['struct cgroup_root', 'cgrp_dfl_root'],
  ['unsigned long [2048]', 'init_stack'],
  [
    'struct list_head',
    'modules workqueues cgroup_roots task_groups clocksource_list klp_patches ftrace_events \
     ftrace_trace_arrays key_types_list irq_domain_list all_stat_sessions asym_cap_list \
     blacklisted_initcalls cgrp_cpuctx_list delayed_uprobe_list kclist_head klist_remove_waiters \
     kthread_create_list module_bug_list optimizing_list sched_cb_list smp_alt_modules \
     srcu_boot_list tracepoint_module_list trigger_list unoptimizing_list vmcore_cb_list \
     vmcore_list watchdog_list',
  ],
  ['struct tracer *', 'trace_types'],
  ['struct rb_root', 'key_serial_tree key_user_tree uprobes_tree'],
  ['struct xarray', 'irq_desc_tree'],
  ['struct radix_tree_root', 'irq_desc_tree'],
  ['struct maple_tree', 'sparse_irqs'],
  ['struct idr', 'prog_idr map_idr btf_idr link_idr worker_pool_idr cgroup_hierarchy_idr'],
  ['struct hlist_head [*]', 'unbound_pool_hash kprobe_table pid_hash'],
  ['struct ftrace_ops *', 'ftrace_ops_list'],
  [
    'struct cpumask',
    '__cpu_online_mask __cpu_possible_mask __cpu_present_mask __cpu_active_mask __cpu_dying_mask \
     cpus_stop_mask watchdog_allowed_mask watchdog_cpumask',
  ],
  ['const unsigned long [65][NR_CPUS/64]', 'cpu_bit_bitmap'],
  ['unsigned long [NR_CPUS]', '__per_cpu_offset'],
  [
    'atomic_t',
    '__num_online_cpus panic_cpu ap_wfs_count audit_backlog_wait_time_actual irq_err_count \
     irq_mis_count irq_poll_active kmod_concurrent_max printk_cpu_sync_nested \
     printk_cpu_sync_owner rcu_expedited_nesting reset_hung_task stats_flush_threshold \
     stopping_cpu tick_dep_mask waiting_for_crash_ipi watchdog_cpus watchdog_reset_pending',
  ],
  ['struct paravirt_patch_template', 'pv_ops'],
  ['struct machine_ops', 'machine_ops'],
  ['struct smp_ops', 'smp_ops'],
  ['struct boot_params', 'boot_params'],
  ['volatile unsigned long', 'jiffies'],
  ['u64', 'jiffies_64'],
  ['ktime_t', 'tick_next_period initcall_calltime watchdog_hrtimer_sample_threshold'],
  // The clock's struct has a name since 6.13 (10f7c178a9da, timekeeping: Define a struct type for tk_core to make it
  // reusable), its counter a lock since 5.9 (025e82bcbc34, timekeeping: Use sequence counter with associated raw
  // spinlock).
  ['struct tk_data', 'tk_core'],
  ['{0 seqcount_raw_spinlock_t seq; 8 struct timekeeper timekeeper}', 'tk_core'],
  ['{0 seqcount_t seq; 8 struct timekeeper timekeeper}', 'tk_core'],
  ['struct timekeeper', 'shadow_timekeeper'],
  ['unsigned long [3]', 'avenrun'],
  [
    'unsigned long',
    'loops_per_jiffy total_forks tick_nsec tainted_mask sysctl_hung_task_timeout_secs \
     binary_runtime_size calc_load_update ftrace_update_tot_cnt hardlockup_allcpu_dumped \
     initial_code initial_gs initial_stack initrd_end initrd_start jump_address_phys key_gc_flags \
     lpj_fine max_load_balance_interval mmu_cr4_features module_load_offset new_log_buf_len \
     panic_on_taint panic_print preset_lpj pseudo_lock_minor_avail relocated_restore_code \
     restore_cr3 restore_jump_address s4_hardware_signature saved_video_mode smp_changes_mask \
     soft_lockup_nmi_warn sysctl_hung_task_check_interval_secs tick_nohz_active tick_usec \
     tracing_thresh watchdog_report_ts watchdog_touch_ts',
  ],
  ['struct clocksource *', 'curr_clocksource'],
  ['struct timezone', 'sys_tz'],
  ['struct rcu_state', 'rcu_state'],
  ['struct rcu_tasks', 'rcu_tasks'],
  ['struct softirq_action [NR_SOFTIRQS]', 'softirq_vec'],
  ['struct irq_domain *', 'irq_default_domain'],
  ['const char [strlen]', 'linux_banner linux_proc_banner'],
  ['char *', 'saved_command_line static_command_line log_buf lsm_names'],
  ['char [2048]', 'boot_command_line'],
  ['char [2^n]', '__log_buf'],
  ['struct printk_ringbuffer *', 'prb'],
  ['struct printk_ringbuffer', 'printk_rb_static printk_rb_dynamic'],
  ['u32', 'log_buf_len audit_enabled elf_hwcap2 gsi_top init_pkru_value main_extable_sort_needed'],
  ['int [4]', 'console_printk'],
  ['const char *', 'panic_later'],
  ['enum system_states', 'system_state'],
  ['long (*)(int)', 'panic_blink'],
  [
    'bool',
    'crash_kexec_post_notifiers persistent_clock_exists ignore_loglevel static_key_initialized \
     cpuhp_tasks_frozen freezer_test_done initcall_debug kexec_in_progress multipath \
     no_hash_pointers noirqdebug nopv nopvspin panic_on_taint_nousertaint ring_buffer_expanded \
     sched_debug_verbose sched_energy_update sched_smp_initialized snapshot_test \
     tick_nohz_full_running tsc_async_resets',
  ],
  [
    'int',
    'panic_on_oops panic_timeout panic_on_warn panic_on_io_nmi panic_on_unrecovered_nmi \
     oops_in_progress nr_threads max_threads pid_max sysrq_enabled suppress_printk kptr_restrict \
     watchdog_thresh nr_irqs watchdog_user_enabled sysctl_hung_task_check_count unknown_nmi_panic \
     ftrace_enabled debug_locks C_A_D dmesg_restrict alternatives_patched arch_task_struct_size \
     bootloader_version changed_by_mtrr_cleanup crashing_cpu debug_locks_silent delayacct_on \
     disable_irq_post disable_sourceid_checking force_personality32 ftrace_graph_active \
     initrd_below_start_ok ipc_min_cycle ipc_mni ipc_mni_shift kernel_set_to_readonly \
     max_lock_depth mp_irq_entries no_irq_affinity no_timer_check overflowgid overflowuid \
     panic_on_overflow pat_debug_enable persistent_clock_is_local pic_mode pid_max_max pid_max_min \
     preempt_dynamic_mode print_fatal_signals printk_delay_msec rcu_cpu_stall_ftrace_dump \
     rcu_cpu_stall_suppress rcu_cpu_stall_suppress_at_boot rcu_cpu_stall_timeout \
     rcu_exp_cpu_stall_timeout rcu_expedited rcu_normal rcu_num_lvls rcu_num_nodes \
     rcu_scheduler_active sched_domain_level_max sched_max_numa_distance sched_rr_timeslice \
     scheduler_running smp_num_siblings sysctl_hardlockup_all_cpu_backtrace \
     sysctl_hung_task_warnings sysctl_max_rcu_stall_to_panic sysctl_panic_on_rcu_stall \
     sysctl_resched_latency_warn_ms sysctl_resched_latency_warn_once sysctl_sched_rt_runtime \
     sysctl_softlockup_all_cpu_backtrace sysctl_stat_interval tick_do_timer_cpu tracepoint_printk \
     tsc_clocksource_reliable unprivileged_userns_clone',
  ],
  [
    'unsigned int',
    'nr_cpu_ids setup_max_cpus tsc_khz cpu_khz softlockup_panic hardlockup_panic \
     sysctl_hung_task_panic sysctl_sched_latency sysctl_sched_base_slice \
     sysctl_sched_min_granularity sysctl_sched_wakeup_granularity sysctl_sched_rt_period \
     max_possible_cpus cached_irq_mask coherency_max_size fgraph_max_depth freeze_timeout_msecs \
     hrtimer_resolution key_gc_delay kmmio_count mxcsr_feature_mask reset_devices \
     sysctl_sched_child_runs_first sysctl_sched_features sysctl_sched_idle_min_granularity \
     sysctl_sched_migration_cost sysctl_sched_nr_migrate sysctl_sched_tunable_scaling total_cpus \
     vclocks_used',
  ],
  ['const sys_call_ptr_t [*]', 'sys_call_table ia32_sys_call_table x32_sys_call_table'],
  ['struct kimage *', 'kexec_crash_image kexec_image'],
  ['struct resource', 'crashk_res crashk_low_res'],
  ['u32 *', 'vmcoreinfo_note'],
  ['unsigned char *', 'vmcoreinfo_data'],
  ['note_buf_t *', 'crash_notes'],
  ['struct atomic_notifier_head', 'panic_notifier_list die_chain restart_handler_list'],
  [
    'struct blocking_notifier_head',
    'reboot_notifier_list module_notify_list restart_prep_handler_list tracepoint_notify_list',
  ],
  ['struct ctl_table [*]', 'kern_table kern_panic_table'],
  ['const u8 []', 'kallsyms_names'],
  ['const unsigned int', 'kallsyms_num_syms'],
  ['struct sk_buff_head', 'audit_queue audit_hold_queue audit_retry_queue audit_skb_queue'],
  ['atomic64_t', 'last_mm_ctx_id'],
  ['atomic_long_t', 'calc_load_tasks'],
  ['const unsigned long', 'kallsyms_relative_base'],
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
  ['enum cpuhp_smt_control', 'cpu_smt_control'],
  ['size_t', 'kexec_purgatory_size vmcoreinfo_size'],
  ['struct balance_callback', 'balance_push_callback'],
  [
    'struct dentry *',
    'ascii_runtime_measurements binary_runtime_measurements runtime_measurements_count',
  ],
  ['struct fpstate', 'init_fpstate'],
  ['struct fpu_state_config', 'fpu_kernel_cfg fpu_user_cfg'],
  ['struct ftrace_hash *', 'ftrace_graph_hash ftrace_graph_notrace_hash'],
  ['struct hlist_head', 'return_notifier_list'],
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
    'audit_buffer_cache delayacct_cache key_jar lsm_file_cache lsm_inode_cache posix_timers_cache \
     task_group_cache taskstats_cache uts_ns_cache',
  ],
  ['struct kprobe_insn_cache', 'kprobe_insn_slots kprobe_optinsn_slots'],
  ['struct llist_head', 'defer_free_list'],
  ['struct mod_tree_root', 'mod_tree'],
  ['struct pid *', 'cad_pid'],
  ['struct psi_group', 'psi_system'],
  ['struct ratelimit_state', 'printk_ratelimit_state'],
  ['struct raw_notifier_head', 'pvclock_gtod_chain'],
  ['struct root_domain', 'def_root_domain'],
  ['struct rt_bandwidth', 'def_rt_bandwidth'],
  ['struct static_key_false', 'sched_clock_running timers_nohz_active'],
  ['struct task_struct *', 'kthreadd_task watchdog_task'],
  ['struct trace_iterator *', 'tracepoint_print_iter'],
  ['struct tracer', 'nop_trace'],
  ['struct ucounts', 'init_ucounts'],
  ['unsigned long *', 'watchdog_cpumask_bits'],
  ['unsigned long long', 'elfcorehdr_addr elfcorehdr_size'],
];
