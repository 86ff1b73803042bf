import type { Declaration } from './types.ts';

/**
 * Per-CPU variables. BTF has their types where pahole was told to write them: pahole 1.18 (f3d9054ba8ff, btf_encoder: Teach
 * pahole to store percpu variables in vmlinux BTF.), for kernels since 5.10. These are for the rest.
 */
export const PER_CPU: readonly Declaration[] = [
  ['struct acpi_processor *', 'processors'],
  ['struct acpi_processor_cx *[10]', 'acpi_cstate'],
  ['struct aperfmperf', 'cpu_samples'],
  ['struct audit_cache', 'audit_cache'],
  ['struct avc_cache_stats', 'avc_cache_stats'],
  ['struct balance_callback', 'dl_pull_head dl_push_head rt_pull_head rt_push_head'],
  ['struct batch_u16', 'batched_entropy_u16'],
  ['struct batch_u32', 'batched_entropy_u32'],
  ['struct batch_u64', 'batched_entropy_u64'],
  ['struct batch_u8', 'batched_entropy_u8'],
  ['struct bh_accounting', 'bh_accounting'],
  ['struct bh_lru', 'bh_lrus'],
  ['struct bp_cpuinfo [1]', 'bp_cpuinfo'],
  ['struct bpf_bprintf_buffers [3]', 'bpf_bprintf_bufs'],
  ['struct bpf_hrtimer *', 'hrtimer_running'],
  ['struct bpf_nested_pt_regs', 'bpf_pt_regs'],
  ['struct bpf_raw_tp_regs', 'bpf_raw_tp_regs'],
  ['struct bpf_redirect_info', 'bpf_redirect_info'],
  ['struct bpf_scratchpad', 'bpf_sp'],
  ['struct bpf_trace_sample_data', 'bpf_misc_sds bpf_trace_sds'],
  ['struct bts_ctx', 'bts_ctx'],
  ['struct call_function_data', 'cfd_data'],
  ['struct cea_exception_stacks *', 'cea_exception_stacks'],
  ['struct cgroup_rstat_cpu', 'cgrp_dfl_root_rstat_cpu'],
  ['struct clock_event_device', 'lapic_events'],
  ['struct clock_event_device *', 'tick_oneshot_wakeup_device'],
  ['struct cluster_mask *', 'cluster_masks'],
  ['struct completion', 'softlockup_completion'],
  ['struct context_tracking', 'context_tracking'],
  ['struct cpc_desc *', 'cpc_desc_ptr'],
  ['struct cpu_cacheinfo', 'ci_cpu_cacheinfo'],
  ['struct cpu_dbs_info', 'cpu_dbs'],
  ['struct cpu_fbatches', 'cpu_fbatches'],
  ['struct cpu_hw_events', 'cpu_hw_events'],
  ['struct cpu_stop_work', 'push_work softlockup_stop_work'],
  ['struct cpu_stopper', 'cpu_stopper'],
  ['struct cpufreq_policy *', 'cpufreq_cpu_data'],
  ['struct cpuhp_cpu_state', 'cpuhp_state'],
  ['struct cpuidle_device', 'cpuidle_dev'],
  ['struct cpuidle_device *', 'acpi_cpuidle_device cpuidle_devices'],
  ['struct cpumask *', 'select_idle_mask'],
  ['struct crng', 'crngs'],
  ['struct cyc2ns', 'cyc2ns'],
  ['struct debug_store', 'cpu_debug_store'],
  ['struct delayed_work', 'sl_reenable vmstat_work'],
  ['struct desc_ptr', 'idt_desc'],
  ['struct device', 'tick_percpu_dev'],
  ['struct device *', 'ci_cache_dev cpu_sys_devices'],
  ['struct device **', 'ci_index_dev'],
  ['struct entry_stack_page', 'entry_stack_storage'],
  ['struct evtchn_fifo_control_block *', 'cpu_control_block'],
  ['struct evtchn_fifo_queue', 'cpu_queue'],
  ['struct exception_stacks', 'exception_stacks'],
  ['struct fast_pool', 'irq_randomness'],
  ['struct file_lock_list_struct', 'file_lock_list'],
  ['struct fixed_percpu_data', 'fixed_percpu_data'],
  ['struct flush_tlb_info', 'flush_tlb_info'],
  ['struct fpu *', 'fpu_fpregs_owner_ctx'],
  ['struct ftrace_ret_stack *', 'idle_ret_stack'],
  ['struct ftrace_stacks', 'ftrace_stacks'],
  ['struct gdt_page', 'gdt_page'],
  ['struct hfi_cpu_info', 'hfi_cpu_info'],
  ['struct hlist_head', 'cleanup_list return_notifier_list'],
  ['struct hpet_channel *', 'cpu_hpet_channel'],
  ['struct hrtimer', 'watchdog_hrtimer'],
  ['struct hrtimer_cpu_base', 'hrtimer_bases'],
  ['struct irq_stack', 'irq_stack_backing_store'],
  ['struct irq_work', 'nohz_full_kick_work wake_up_klogd_work'],
  ['struct kernel_cpustat', 'kernel_cpustat'],
  ['struct kernel_stat', 'kstat'],
  ['struct kfree_rcu_cpu', 'krc'],
  ['struct kmmio_context', 'kmmio_ctx'],
  ['struct kprobe *', 'current_kprobe kprobe_instance'],
  ['struct kprobe_ctlblk', 'kprobe_ctlblk'],
  ['struct kvm_steal_time', 'steal_time'],
  ['struct kvm_vcpu_pv_apf_data', 'apf_reason'],
  ['struct ladder_device', 'ladder_devices'],
  ['struct lateeoi_work', 'lateeoi'],
  ['struct led_trigger_cpu', 'cpu_trig'],
  [
    'struct list_head',
    'active_ctx_list blk_cpu_iopoll cgrp_cpuctx_list cpu_map_flush_list dev_flush_list sched_cb_list \
     xskmap_flush_list',
  ],
  ['struct listener_list', 'listener_array'],
  ['struct llist_head', 'blk_cpu_done call_single_queue lazy_list raised_list'],
  ['struct local_event', 'local_event'],
  ['struct lru_pvecs', 'lru_pvecs'],
  ['struct lru_rotate', 'lru_rotate'],
  ['struct mc_buffer', 'mc_buffer'],
  ['struct mem_cgroup *', 'int_active_memcg'],
  ['struct memcg_stock_pcp', 'memcg_stock'],
  ['struct menu_device', 'menu_devices'],
  ['struct mlock_pvec', 'mlock_pvec'],
  ['struct mmap_unlock_irq_work', 'mmap_unlock_work'],
  ['struct mmiotrace_rw', 'cpu_trace'],
  ['struct mptcp_delegated_action', 'mptcp_delegated_actions'],
  ['struct mutex', 'cpu_access_lock'],
  ['struct mwait_cpu_dead', 'mwait_cpu_dead'],
  ['struct napi_alloc_cache', 'napi_alloc_cache'],
  ['struct nmi_stats', 'nmi_stats'],
  ['struct optimistic_spin_node', 'osq_node'],
  ['struct page_frag_cache', 'netdev_alloc_cache'],
  ['struct pagevec', 'activate_page_pvecs'],
  ['struct pcpu_drain', 'pcpu_drain'],
  ['struct pcpu_gen_cookie', '__bpf_map_cookie __net_cookie __sock_cookie'],
  ['struct pcpu_hot', 'pcpu_hot'],
  ['struct per_cpu_nodestat', 'boot_nodestats'],
  ['struct per_cpu_pages', 'boot_pageset'],
  ['struct per_cpu_zonestat', 'boot_zonestats'],
  ['struct perf_event *', 'dead_event watchdog_ev'],
  ['struct perf_event *[4]', 'bp_per_reg'],
  ['struct pmu_event_list', 'pmu_sb_events'],
  ['struct profile_hit *[2]', 'cpu_profile_hits'],
  ['struct psi_group_cpu', 'system_group_pcpu'],
  ['struct pt', 'pt_ctx'],
  ['struct pt_regs', 'nmi_user_regs'],
  ['struct pt_regs *', '__irq_regs'],
  ['struct pt_regs [4]', '__perf_regs'],
  ['struct pvclock_vsyscall_time_info *', 'hv_clock_per_cpu'],
  ['struct qnode [*]', 'qnodes'],
  ['struct radix_tree_preload', 'radix_tree_preloads'],
  ['struct rcu_data', 'rcu_data'],
  ['struct rcu_tasks_percpu', 'rcu_tasks__percpu rcu_tasks_rude__percpu rcu_tasks_trace__percpu'],
  ['struct resctrl_pqr_state', 'pqr_state'],
  ['struct ring_buffer_event *', 'trace_buffered_event'],
  ['struct rnd_state', 'bpf_user_rnd_state net_rand_state sched_rnd_state'],
  ['struct rq', 'runqueues'],
  ['struct rt_cache_stat', 'rt_cache_stat'],
  ['struct sch_frag_data', 'sch_frag_data_storage'],
  ['struct sched_clock_data', 'sched_clock_data'],
  ['struct sched_domain *', 'sd_asym_cpucapacity sd_asym_packing sd_llc sd_numa'],
  ['struct sched_domain_shared *', 'sd_llc_shared'],
  ['struct scomp_scratch', 'scomp_scratch'],
  ['struct seg6_bpf_srh_state', 'seg6_bpf_srh_states'],
  ['struct send_signal_irq_work', 'send_signal_work'],
  ['struct sev_es_runtime_data *', 'runtime_data'],
  ['struct sev_es_save_area *', 'sev_vmsa'],
  ['struct slub_flush_work', 'slub_flush'],
  ['struct sock *', 'ipv4_icmp_sk ipv4_tcp_sk ipv6_icmp_sk'],
  ['struct softnet_data', 'softnet_data'],
  [
    'struct srcu_data',
    'cpufreq_transition_notifier_list_head_srcu_data dax_srcu_srcu_data device_links_srcu_srcu_data \
     dquot_srcu_srcu_data netpoll_srcu_srcu_data srcu_srcu_data tasks_rcu_exit_srcu_srcu_data \
     tomoyo_ss_srcu_data tracepoint_srcu_srcu_data vclock_srcu_srcu_data vmcore_cb_srcu_srcu_data \
     wakeup_srcu_srcu_data',
  ],
  ['struct ssb_state', 'ssb_state'],
  ['struct sugov_cpu', 'sugov_cpu'],
  ['struct swap_slots_cache', 'swp_slots'],
  ['struct swevent_htable', 'swevent_htable'],
  ['struct task_struct *', 'current_task idle_threads ksoftirqd'],
  ['struct tasklet_head', 'tasklet_hi_vec tasklet_vec'],
  ['struct tcp_md5sig_pool', 'tcp_md5sig_pool'],
  ['struct thermal_state', 'thermal_state'],
  ['struct tick_device', 'tick_cpu_device'],
  ['struct tick_sched', 'tick_cpu_sched'],
  ['struct timer_base [*]', 'timer_bases'],
  ['struct tlb_state', 'cpu_tlbstate'],
  ['struct tlb_state_shared', 'cpu_tlbstate_shared'],
  ['struct tls_descs', 'shadow_tls_desc'],
  ['struct trap_reason', 'pf_reason'],
  ['struct tsc_adjust', 'tsc_adjust'],
  ['struct tsq_tasklet', 'tsq_tasklet'],
  ['struct tss_struct', 'cpu_tss cpu_tss_rw'],
  ['struct uncached_list', 'rt6_uncached_list rt_uncached_list'],
  ['struct update_util_data *', 'cpufreq_update_util_data'],
  ['struct vcpu_info', 'xen_vcpu_info'],
  ['struct vcpu_info *', 'xen_vcpu'],
  ['struct vcpu_runstate_info', 'xen_runstate'],
  ['struct vfree_deferred', 'vfree_deferred'],
  ['struct vm_event_state', 'vm_event_states'],
  ['struct vm_struct *[2]', 'cached_stacks'],
  ['struct vmap_area *', 'ne_fit_preload_node'],
  ['struct vmap_block_queue', 'vmap_block_queue'],
  ['struct vmware_steal_time', 'vmw_steal_time'],
  ['struct work_struct', 'flush_works lru_add_drain_work'],
  ['struct worker_pool [*]', 'cpu_worker_pools'],
  ['struct xen_clock_event_device', 'xen_clock_events'],
  [
    'struct xen_common_irq',
    'xen_callfunc_irq xen_callfuncsingle_irq xen_debug_irq xen_irq_work xen_pmu_irq xen_resched_irq',
  ],
  ['struct xenpmu', 'xenpmu_shared'],
  ['struct xfrm_trans_tasklet', 'xfrm_trans_tasklet'],
  ['__u32', 'taskstats_seqnum'],
  ['atomic_t', 'cpu_hotplug_state perf_cgroup_events xen_qlock_wait_nest'],
  [
    'bool',
    '__tss_limit_invalid hard_watchdog_warn hardirq_stack_inuse in_kernel_fpu nf_skb_duplicated \
     softlockup_touch_sync swallow_nmi trace_taskinfo_save trc_ipi_to_cpu watchdog_nmi_touch \
     xen_in_preemptible_hcall',
  ],
  ['call_single_data_t', 'csd_data'],
  ['char *', 'irq_name'],
  ['char [256]', 'hmac_ring'],
  [
    'cpumask_var_t',
    '__pv_cpu_mask cpu_core_map cpu_die_map cpu_l2c_shared_map cpu_llc_shared_map cpu_sibling_map \
     ipi_mask load_balance_mask local_cpu_mask local_cpu_mask_dl select_rq_mask',
  ],
  ['enum nmi_states', 'nmi_state'],
  ['enum paravirt_lazy_mode', 'paravirt_lazy_mode'],
  [
    'int',
    '__preempt_count bdp_ratelimits bpf_bprintf_nest_level bpf_event_output_nest_level bpf_prog_active \
     bpf_raw_tp_nest_level bpf_task_storage_busy bpf_trace_nest_level cpu_number cpu_pcc_subspace_idx \
     cpu_profile_flip dirty_throttle_leaks disable_stack_tracer distribute_cpu_mask_prev \
     eventfd_wake_count ftrace_stack_reserve lock_kicker_irq numa_node perf_sched_cb_usages \
     perf_throttled_count printk_context printk_pending sched_core_priority sd_llc_id sd_llc_size \
     tcp_memory_per_cpu_fw_alloc trace_buffered_event_cnt udp_memory_per_cpu_fw_alloc user_stack_count \
     wq_rr_cpu_last',
  ],
  ['int [24]', 'virq_to_irq'],
  ['int [4]', 'callchain_recursion'],
  ['int [6]', 'ipi_to_irq'],
  ['irq_cpustat_t', 'irq_stat'],
  ['ktime_t', 'last_timestamp'],
  ['long', 'nr_dentry nr_dentry_negative nr_dentry_unused stimer0_evt'],
  ['raw_spinlock_t', 'cgroup_rstat_cpu_lock'],
  ['u16', 'cpu_l2c_id cpu_llc_id'],
  [
    'u64',
    'discard_pa_seq msr_misc_features_shadow perf_throttled_seq root_cpuacct_cpuusage \
     running_sample_length spec_ctrl xfd_state',
  ],
  ['u64 [4]', 'old_runstate_time'],
  ['u64 [64]', 'pmc_prev_left'],
  ['u8', 'printk_count printk_count_nmi saved_epb'],
  ['uint32_t', 'xen_vcpu_id'],
  ['union irq_stack_union', 'irq_stack_union'],
  [
    'unsigned int',
    '__percpu_rwsem_rc_bp_cpuinfo_sem __percpu_rwsem_rc_cgroup_threadgroup_rwsem \
     __percpu_rwsem_rc_cpu_hotplug_lock __percpu_rwsem_rc_dup_mmap_sem __percpu_rwsem_rc_file_rwsem \
     __percpu_rwsem_rc_mem_hotplug_lock cpufreq_thermal_reduction_pctg current_bit_idx current_word_idx \
     irq_count irq_epoch last_ino nmi_rearmed nop_txn_flags stats_updates tcp_orphan_count',
  ],
  [
    'unsigned long',
    'arch_freq_scale cpu_current_top_of_stack cpu_dr7 cpu_loops_per_jiffy hrtimer_interrupts \
     hrtimer_interrupts_saved irqsave_flags kvm_apic_eoi last_nmi_rip nmi_cr2 nmi_dr7 nr_inodes \
     nr_unused perf_nmi_tstamp process_counts this_cpu_off watchdog_report_ts watchdog_touch_ts \
     xen_cr0_value xen_cr3 xen_current_cr3 xen_mc_irq_flags',
  ],
  ['unsigned long [1]', 'p4_running'],
  ['unsigned long [4]', 'cpu_debugreg'],
  ['vector_irq_t', 'vector_irq'],
  ['void *', 'hardirq_stack_ptr insn_buffer processor_device_array'],
  ['xen_ulong_t [64]', 'cpu_evtchn_mask'],
];

/**
 * Per-CPU variables of more than one source file, which are not static. kallsyms has one letter for all of them (scripts/kallsyms.c,
 * make_percpus_absolute), a vmlinux two.
 */
export const SHARED_PER_CPU: ReadonlySet<string> = new Set(
  '__irq_regs __per_cpu_end __per_cpu_start __perf_regs __preempt_count __tss_limit_invalid \
   arch_freq_scale avc_cache_stats bpf_cgroup_storage_info bpf_prog_active bpf_redirect_info \
   cea_exception_stacks context_tracking cpu_core_map cpu_current_top_of_stack cpu_debug_store \
   cpu_die_map cpu_dr7 cpu_hw_events cpu_l2c_id cpu_l2c_shared_map cpu_llc_id \
   cpu_llc_shared_map cpu_number cpu_sibling_map cpu_tlbstate cpu_tlbstate_shared cpu_tss_rw \
   cpufreq_update_util_data cpuidle_dev cpuidle_devices current_kprobe current_task \
   dirty_throttle_leaks disable_stack_tracer eventfd_wake_count fixed_percpu_data fpu_fpregs_owner_ctx \
   gdt_page hardirq_stack_inuse hardirq_stack_ptr hrtimer_bases hv_clock_per_cpu int_active_memcg \
   irq_count irq_stack_backing_store irq_stat kernel_cpustat kprobe_ctlblk ksoftirqd kstat \
   load_balance_mask mmap_unlock_work mptcp_delegated_actions msr_misc_features_shadow net_rand_noise \
   nf_skb_duplicated numa_node pqr_state process_counts processors radix_tree_preloads \
   runqueues sched_core_priority sched_rnd_state sd_asym_cpucapacity sd_asym_packing sd_llc sd_llc_id \
   sd_llc_shared sd_llc_size sd_numa seg6_bpf_srh_states select_idle_mask softnet_data steal_time \
   tcp_memory_per_cpu_fw_alloc tcp_orphan_count this_cpu_off tick_cpu_device trace_buffered_event \
   trace_buffered_event_cnt udp_memory_per_cpu_fw_alloc vector_irq vm_event_states \
   xen_cr3 xen_current_cr3 xen_in_preemptible_hcall xen_mc_irq_flags xen_vcpu xen_vcpu_id xen_v\
   xfd_state'.split(/\s+/),
);
