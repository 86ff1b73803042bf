/**
 * Layouts of Linux 6.1 on x86_64 (Debian's 6.1.0 cloud configuration), as its BTF has them: those members that
 * tscrash reads, or that make an image whole. Address spaces, page structs, zones, slab caches, vmalloc.
 * The notation is that of build/declarations.ts.
 */
export const MM = `
enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS, MM_SHMEMPAGES, NR_MM_COUNTERS };
typedef struct { long unsigned int pgd; } pgd_t;
typedef struct { long long int counter; } atomic64_t;
struct mm_rss_stat { atomic_long_t count[4]; };
struct mm_struct { struct { struct maple_tree mm_mt; @32 long unsigned int mmap_base; long unsigned int
  mmap_legacy_base; @64 long unsigned int task_size; pgd_t *pgd; @84 atomic_t mm_users; atomic_t mm_count;
  atomic_long_t pgtables_bytes; int map_count; struct spinlock page_table_lock; struct rw_semaphore mmap_lock; struct
  list_head mmlist; long unsigned int hiwater_rss; long unsigned int hiwater_vm; long unsigned int total_vm; long
  unsigned int locked_vm; atomic64_t pinned_vm; long unsigned int data_vm; long unsigned int exec_vm; long unsigned
  int stack_vm; long unsigned int def_flags; @248 long unsigned int start_code; long unsigned int end_code; long
  unsigned int start_data; long unsigned int end_data; long unsigned int start_brk; long unsigned int brk; long
  unsigned int start_stack; long unsigned int arg_start; long unsigned int arg_end; long unsigned int env_start; long
  unsigned int env_end; long unsigned int saved_auxv[48]; struct mm_rss_stat rss_stat; @896 long unsigned int flags;
  @920 struct task_struct *owner; struct user_namespace *user_ns; struct file *exe_file; } @1088; };
struct pgprot { long unsigned int pgprot; };
struct vm_area_struct { long unsigned int vm_start; long unsigned int vm_end; struct mm_struct *vm_mm; struct pgprot
  vm_page_prot; long unsigned int vm_flags; union { struct { struct rb_node rb; long unsigned int rb_subtree_last; }
  shared; }; struct list_head anon_vma_chain; struct anon_vma *anon_vma; struct vm_operations_struct *vm_ops; long
  unsigned int vm_pgoff; struct file *vm_file; void *vm_private_data; } @152;
typedef struct { long unsigned int pte; } pte_t;
typedef struct { long unsigned int pmd; } pmd_t;
typedef struct { long unsigned int pud; } pud_t;
typedef struct { long unsigned int p4d; } p4d_t;
struct page { long unsigned int flags; union { struct { union { struct list_head lru; struct { void *__filler;
  unsigned int mlock_count; }; struct list_head buddy_list; struct list_head pcp_list; }; struct address_space
  *mapping; long unsigned int index; long unsigned int private; }; struct { long unsigned int pp_magic; struct
  page_pool *pp; long unsigned int _pp_mapping_pad; long unsigned int dma_addr; union { long unsigned int
  dma_addr_upper; atomic_long_t pp_frag_count; }; }; struct { long unsigned int compound_head; unsigned char
  compound_dtor; unsigned char compound_order; atomic_t compound_mapcount; atomic_t compound_pincount; unsigned int
  compound_nr; long unsigned int _private_1; }; struct { long unsigned int _compound_pad_1; long unsigned int
  _compound_pad_2; struct list_head deferred_list; }; struct { long unsigned int _pt_pad_1; struct page *pmd_huge_pte;
  long unsigned int _pt_pad_2; union { struct mm_struct *pt_mm; atomic_t pt_frag_refcount; atomic_t pt_share_count; };
  struct spinlock ptl; }; struct { struct dev_pagemap *pgmap; void *zone_device_data; }; struct callback_head
  callback_head; }; union { atomic_t _mapcount; unsigned int page_type; }; atomic_t _refcount; long unsigned int
  memcg_data; };
struct folio { union { struct { long unsigned int flags; union { struct list_head lru; }; struct address_space
  *mapping; long unsigned int index; void *private; atomic_t _mapcount; atomic_t _refcount; } @64; }; } @112;
struct slab { long unsigned int __page_flags; union { struct list_head slab_list; struct callback_head callback_head;
  struct { struct slab *next; int slabs; }; }; struct kmem_cache *slab_cache; void *freelist; union { long unsigned
  int counters; struct { @0.0 unsigned int inuse:16; @2.0 unsigned int objects:15; @3.7 unsigned int frozen:1; } @4;
  }; unsigned int __unused; atomic_t __page_refcount; long unsigned int memcg_data; };
struct reciprocal_value { unsigned int m; unsigned char sh1; unsigned char sh2; };
struct kmem_cache_order_objects { unsigned int x; };
struct kmem_cache { struct kmem_cache_cpu *cpu_slab; unsigned int flags; long unsigned int min_partial; unsigned int
  size; unsigned int object_size; struct reciprocal_value reciprocal_size; unsigned int offset; unsigned int
  cpu_partial; unsigned int cpu_partial_slabs; struct kmem_cache_order_objects oo; struct kmem_cache_order_objects
  min; unsigned int allocflags; int refcount; void (*ctor)(void); unsigned int inuse; unsigned int align; unsigned int
  red_left_pad; char *name; struct list_head list; struct kobject kobj; long unsigned int random; unsigned int
  remote_node_defrag_ratio; unsigned int *random_seq; unsigned int useroffset; unsigned int usersize; struct
  kmem_cache_node *node[1024]; };
typedef struct {  } @0 local_lock_t;
struct kmem_cache_cpu { void **freelist; long unsigned int tid; struct slab *slab; struct slab *partial; local_lock_t
  lock; };
struct kmem_cache_node { struct spinlock list_lock; long unsigned int nr_partial; struct list_head partial;
  atomic_long_t nr_slabs; atomic_long_t total_objects; struct list_head full; };
struct mem_section { long unsigned int section_mem_map; struct mem_section_usage *usage; };
struct mem_section_usage { @16 long unsigned int subsection_map[1]; };
struct free_area { struct list_head free_list[5]; long unsigned int nr_free; };
struct zone { long unsigned int _watermark[4]; long unsigned int watermark_boost; @48 long int lowmem_reserve[5]; int
  node; struct pglist_data *zone_pgdat; struct per_cpu_pages *per_cpu_pageset; @128 long unsigned int zone_start_pfn;
  atomic_long_t managed_pages; long unsigned int spanned_pages; long unsigned int present_pages; @168 char *name; @256
  struct free_area free_area[11]; long unsigned int flags; @1344 atomic_long_t vm_stat[11]; } @1536;
struct zoneref { struct zone *zone; int zone_idx; };
struct zonelist { struct zoneref _zonerefs[5121]; };
struct pglist_data { struct zone node_zones[5]; struct zonelist node_zonelists[2]; int nr_zones; long unsigned int
  node_start_pfn; long unsigned int node_present_pages; long unsigned int node_spanned_pages; int node_id; @171784
  struct task_struct *kswapd; @173832 atomic_long_t vm_stat[43]; } @174208;
struct per_cpu_pages { struct spinlock lock; int count; int high; int batch; short int free_factor; short int expire;
  struct list_head lists[14]; } @256;
struct vm_struct { struct vm_struct *next; void *addr; long unsigned int size; long unsigned int flags; struct page
  **pages; unsigned int page_order; unsigned int nr_pages; long long unsigned int phys_addr; void *caller; };
struct vmap_area { long unsigned int va_start; long unsigned int va_end; struct rb_node rb_node; struct list_head
  list; union { long unsigned int subtree_max_size; struct vm_struct *vm; }; };
struct address_space { struct inode *host; struct xarray i_pages; struct rw_semaphore invalidate_lock; unsigned int
  gfp_mask; atomic_t i_mmap_writable; struct rb_root_cached i_mmap; struct rw_semaphore i_mmap_rwsem; long unsigned
  int nrpages; long unsigned int writeback_index; struct address_space_operations *a_ops; long unsigned int flags;
  unsigned int wb_err; struct spinlock private_lock; struct list_head private_list; void *private_data; };
struct anon_vma { struct anon_vma *root; struct rw_semaphore rwsem; atomic_t refcount; @80 struct rb_root_cached
  rb_root; };
struct anon_vma_chain { struct vm_area_struct *vma; struct anon_vma *anon_vma; struct list_head same_vma; struct rb_node
  rb; long unsigned int rb_subtree_last; };
struct lock_class_key {  } @0;
struct cftype {  } @216;
struct hstate { struct mutex resize_lock; struct lock_class_key resize_key; int next_nid_to_alloc; int
  next_nid_to_free; unsigned int order; unsigned int demote_order; long unsigned int mask; long unsigned int
  max_huge_pages; long unsigned int nr_huge_pages; long unsigned int free_huge_pages; long unsigned int
  resv_huge_pages; long unsigned int surplus_huge_pages; long unsigned int nr_overcommit_huge_pages; struct list_head
  hugepage_activelist; struct list_head hugepage_freelists[1024]; unsigned int max_huge_pages_node[1024]; unsigned int
  nr_huge_pages_node[1024]; unsigned int free_huge_pages_node[1024]; unsigned int surplus_huge_pages_node[1024];
  struct cftype cgroup_files_dfl[8]; struct cftype cgroup_files_legacy[10]; char name[32]; };
struct swap_info_struct { @16 long unsigned int flags; short int prio; @72 signed char type; unsigned int max;
  unsigned char *swap_map; @120 unsigned int pages; unsigned int inuse_pages; @160 struct block_device *bdev; struct
  file *swap_file; } @272;
struct vm_operations_struct { @40 void (*fault)(void); } @128;
struct device {  } @744;
struct memory_block { long unsigned int start_section_nr; long unsigned int state; int online_type; int nid; struct
  zone *zone; struct device dev; long unsigned int nr_vmemmap_pages; struct memory_group *group; struct list_head
  group_next; };
struct memblock_type { long unsigned int cnt; long unsigned int max; long long unsigned int total_size; struct
  memblock_region *regions; char *name; };
struct memblock { bool bottom_up; long long unsigned int current_limit; struct memblock_type memory; struct
  memblock_type reserved; };
enum memblock_flags { MEMBLOCK_NONE, MEMBLOCK_HOTPLUG, MEMBLOCK_MIRROR, MEMBLOCK_NOMAP = 4, MEMBLOCK_DRIVER_MANAGED =
  8 };
struct memblock_region { long long unsigned int base; long long unsigned int size; enum memblock_flags flags; int nid;
  };
struct resource { long long unsigned int start; long long unsigned int end; char *name; long unsigned int flags; long
  unsigned int desc; struct resource *parent; struct resource *sibling; struct resource *child; };
struct vm_event_state { long unsigned int event[108]; };
struct per_cpu_nodestat { signed char stat_threshold; signed char vm_node_stat_diff[43]; };
struct per_cpu_zonestat { signed char vm_stat_diff[11]; signed char stat_threshold; long unsigned int
  vm_numa_event[6]; };
typedef struct { long unsigned int bits[16]; } nodemask_t;
enum pageflags { PG_locked, PG_referenced, PG_uptodate, PG_dirty, PG_lru, PG_active, PG_workingset, PG_waiters,
  PG_error, PG_slab, PG_owner_priv_1, PG_arch_1, PG_reserved, PG_private, PG_private_2, PG_writeback, PG_head,
  PG_mappedtodisk, PG_reclaim, PG_swapbacked, PG_unevictable, PG_mlocked, PG_uncached, PG_arch_2, __NR_PAGEFLAGS,
  PG_readahead = 18, PG_anon_exclusive = 17, PG_checked = 10, PG_swapcache = 10, PG_fscache = 14, PG_pinned = 10,
  PG_savepinned = 3, PG_foreign = 10, PG_xen_remapped = 10, PG_slob_free = 13, PG_double_map = 6, PG_isolated = 18,
  PG_reported = 2, PG_vmemmap_self_hosted = 10 };
enum zone_stat_item { NR_FREE_PAGES, NR_ZONE_LRU_BASE, NR_ZONE_INACTIVE_ANON = 1, NR_ZONE_ACTIVE_ANON,
  NR_ZONE_INACTIVE_FILE, NR_ZONE_ACTIVE_FILE, NR_ZONE_UNEVICTABLE, NR_ZONE_WRITE_PENDING, NR_MLOCK, NR_BOUNCE,
  NR_ZSPAGES, NR_FREE_CMA_PAGES, NR_VM_ZONE_STAT_ITEMS };
enum node_stat_item { NR_LRU_BASE, NR_INACTIVE_ANON = 0, NR_ACTIVE_ANON, NR_INACTIVE_FILE, NR_ACTIVE_FILE,
  NR_UNEVICTABLE, NR_SLAB_RECLAIMABLE_B, NR_SLAB_UNRECLAIMABLE_B, NR_ISOLATED_ANON, NR_ISOLATED_FILE,
  WORKINGSET_NODES, WORKINGSET_REFAULT_BASE, WORKINGSET_REFAULT_ANON = 10, WORKINGSET_REFAULT_FILE,
  WORKINGSET_ACTIVATE_BASE, WORKINGSET_ACTIVATE_ANON = 12, WORKINGSET_ACTIVATE_FILE, WORKINGSET_RESTORE_BASE,
  WORKINGSET_RESTORE_ANON = 14, WORKINGSET_RESTORE_FILE, WORKINGSET_NODERECLAIM, NR_ANON_MAPPED, NR_FILE_MAPPED,
  NR_FILE_PAGES, NR_FILE_DIRTY, NR_WRITEBACK, NR_WRITEBACK_TEMP, NR_SHMEM, NR_SHMEM_THPS, NR_SHMEM_PMDMAPPED,
  NR_FILE_THPS, NR_FILE_PMDMAPPED, NR_ANON_THPS, NR_VMSCAN_WRITE, NR_VMSCAN_IMMEDIATE, NR_DIRTIED, NR_WRITTEN,
  NR_THROTTLED_WRITTEN, NR_KERNEL_MISC_RECLAIMABLE, NR_FOLL_PIN_ACQUIRED, NR_FOLL_PIN_RELEASED, NR_KERNEL_STACK_KB,
  NR_PAGETABLE, NR_SECONDARY_PAGETABLE, NR_SWAPCACHE, PGPROMOTE_SUCCESS, PGPROMOTE_CANDIDATE, NR_VM_NODE_STAT_ITEMS };
enum zone_watermarks { WMARK_MIN, WMARK_LOW, WMARK_HIGH, WMARK_PROMO, NR_WMARK };
enum zone_type { ZONE_DMA, ZONE_DMA32, ZONE_NORMAL, ZONE_MOVABLE, ZONE_DEVICE, __MAX_NR_ZONES };
enum migratetype { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_PCPTYPES, MIGRATE_HIGHATOMIC = 3,
  MIGRATE_ISOLATE, MIGRATE_TYPES };
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };
enum node_states { N_POSSIBLE, N_ONLINE, N_NORMAL_MEMORY, N_HIGH_MEMORY = 2, N_MEMORY, N_CPU, N_GENERIC_INITIATOR,
  NR_NODE_STATES };
enum module_state { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING, MODULE_STATE_UNFORMED };
enum maple_type { maple_dense, maple_leaf_64, maple_range_64, maple_arange_64 };
`;
