import type { Declaration } from './types.ts';

/** Memory: nodes, zones, pages, slabs, swap, page tables. */
export const MM: readonly Declaration[] = [
  ['struct mm_struct', 'init_mm'],
  ['struct mem_cgroup *', 'root_mem_cgroup'],
  [
    'struct list_head',
    'slab_caches vmap_area_list shrinker_list swap_avail_head ballooned_pages free_vmap_area_list \
     memcg_list_lrus migrate_nodes percpu_counters pgd_list purge_vmap_area_list shmem_swaplist \
     slab_caches_to_rcu_destroy',
  ],
  ['struct rb_root', 'vmap_area_root free_vmap_area_root purge_vmap_area_root'],
  ['struct idr', 'mem_cgroup_idr'],
  ['pg_data_t *[]', 'node_data'],
  ['struct pglist_data', 'contig_page_data'],
  ['struct page *', 'mem_map huge_zero_page'],
  ['struct mem_section **', 'mem_section'],
  ['struct mem_section [*]', 'mem_section'],
  ['struct hstate [*]', 'hstates'],
  [
    'struct kmem_cache *',
    'kmem_cache kmem_cache_node vm_area_cachep mm_cachep maple_node_cache rmap_item_cache \
     stable_node_cache',
  ],
  ['struct kmem_cache *[*][14]', 'kmalloc_caches'],
  ['struct swap_info_struct *[*]', 'swap_info'],
  ['struct address_space *[]', 'swapper_spaces'],
  ['struct vmap_node *', 'vmap_nodes'],
  ['struct vm_struct *', 'vmlist'],
  ['atomic_long_t', '_totalram_pages nr_swap_pages nr_vmalloc_pages vmap_lazy_nr'],
  ['atomic_long_t [NR_VM_ZONE_STAT_ITEMS]', 'vm_zone_stat'],
  ['atomic_long_t [NR_VM_NODE_STAT_ITEMS]', 'vm_node_stat'],
  ['atomic_long_t [NR_VM_NUMA_EVENT_ITEMS]', 'vm_numa_event'],
  ['atomic_long_t [*]', 'vm_stat'],
  ['nodemask_t [NR_NODE_STATES]', 'node_states'],
  ['struct percpu_counter', 'vm_committed_as'],
  ['void *', 'high_memory pcpu_base_addr'],
  [
    'unsigned long',
    'max_pfn max_low_pfn min_low_pfn max_mapnr totalreserve_pages phys_base page_offset_base \
     vmalloc_base vmemmap_base sysctl_overcommit_kbytes sysctl_user_reserve_kbytes \
     sysctl_admin_reserve_kbytes stack_guard_gap huge_zero_pfn transparent_hugepage_flags \
     mmap_min_addr dac_mmap_min_addr vm_dirty_bytes dirty_background_bytes _brk_end _brk_start \
     default_hstate_max_huge_pages hugetlb_cma_size khugepaged_sleep_expire ksm_pages_shared \
     ksm_pages_sharing ksm_pages_unshared ksm_stable_node_chains ksm_stable_node_dups \
     lru_gen_min_ttl max_low_pfn_mapped max_pfn_mapped min_pfn_mapped nr_all_pages nr_kernel_pages \
     nr_unused pcpu_nr_populated poking_addr set_memory_block_size swapfile_maximum_size temp_pgt \
     tlb_single_page_flush_ceiling totalcma_pages zero_pfn',
  ],
  ['pgd_t []', 'init_top_pgt swapper_pg_dir'],
  ['pgd_t [512]', 'early_top_pgt'],
  ['p4d_t [512]', 'level4_kernel_pgt'],
  ['long', 'total_swap_pages'],
  ['struct folio *', 'huge_zero_folio'],
  [
    'int',
    'randomize_va_space sysctl_overcommit_memory sysctl_overcommit_ratio sysctl_panic_on_oom \
     sysctl_oom_kill_allocating_task sysctl_max_map_count vm_swappiness dirty_background_ratio \
     vm_dirty_ratio page_group_by_mobility_disabled percpu_pagelist_high_fraction min_free_kbytes \
     laptop_mode sysctl_drop_caches sysctl_compact_memory after_bootmem direct_gbpages fixmaps_set \
     hashdist hugetlb_max_hstate mmap_rnd_bits mmap_rnd_compat_bits movable_zone \
     node_reclaim_distance node_reclaim_mode nr_pfn_mapped page_cluster pcpu_nr_empty_pop_pages \
     pcpu_nr_slots pcpu_sidelined_slot pcpu_to_depopulate_slot percpu_counter_batch \
     sysctl_compact_unevictable_allowed sysctl_extfrag_threshold sysctl_hugetlb_shm_group \
     sysctl_mem_pcpu_rsv sysctl_min_slab_ratio sysctl_min_unmapped_ratio \
     sysctl_numa_balancing_mode sysctl_page_lock_unfairness sysctl_unprivileged_userfaultfd \
     sysctl_vm_numa_stat user_min_free_kbytes watermark_boost_factor watermark_scale_factor',
  ],
  [
    'unsigned int',
    'nr_swapfiles default_hstate_idx nr_node_ids sysctl_numa_balancing_scan_size \
     dirty_expire_interval dirty_writeback_interval dirtytime_expire_interval nr_online_nodes \
     page_reporting_order pgdir_shift ptrs_per_p4d sysctl_compaction_proactiveness \
     sysctl_numa_balancing_hot_threshold sysctl_numa_balancing_promote_rate_limit \
     sysctl_numa_balancing_scan_delay sysctl_numa_balancing_scan_period_max \
     sysctl_numa_balancing_scan_period_min zone_dma_bits',
  ],
  ['struct ctl_table [*]', 'vm_table'],
  [
    'atomic_t',
    'huge_zero_refcount lru_disable_count nr_rotate_swap oom_victims swapin_readahead_hits',
  ],
  ['bool', 'mirrored_kernelcore swap_migration_ad_supported'],
  ['const unsigned long *', 'pcpu_unit_offsets'],
  ['enum pcpu_fc', 'pcpu_chosen_fc'],
  ['enum zone_type', 'policy_zone'],
  ['gfp_t', 'gfp_allowed_mask'],
  ['s32', 'vm_committed_as_batch'],
  ['struct blocking_notifier_head', 'oom_notify_list vmap_notify_list'],
  ['struct collapse_control', 'khugepaged_collapse_control'],
  ['struct list_head *', 'pcpu_chunk_lists'],
  ['struct list_lru', 'shadow_nodes'],
  ['struct llist_head', 'hpage_freelist init_free_list'],
  ['struct mm_struct *', 'poking_mm'],
  ['struct pcpu_chunk *', 'pcpu_first_chunk pcpu_reserved_chunk'],
  ['struct rb_root_cached', 'memtype_rbroot'],
  ['struct task_struct *', 'khugepaged_thread oom_reaper_list'],
  ['struct va_alignment', 'va_align'],
  ['struct wb_domain', 'global_wb_domain'],
  ['struct xarray', 'memory_blocks vmap_blocks'],
  ['u64', 'max_mem_size'],
  ['unsigned long long', 'max_possible_pfn'],
  // Shrinkers are allocated since 6.7 (c42d50aefd17, mm: shrinker: add infrastructure for dynamically allocating
  // shrinker): where the structure has no room, the variable is a pointer.
  ['struct shrinker', 'huge_zero_page_shrinker workingset_shadow_shrinker'],
  ['struct shrinker *', 'huge_zero_page_shrinker workingset_shadow_shrinker'],
];
