/**
 * Memory management of 4.18 as Red Hat Enterprise Linux 8 ships it, where it differs from linux-6.1-mm.ts. The notation is
 * that of build/declarations.ts.
 */
export const RHEL8_MM = `
struct mm_struct { struct { struct vm_area_struct *mmap; struct rb_root mm_rb; long long unsigned int vmacache_seqnum;
  @40 long unsigned int mmap_base; long unsigned int mmap_legacy_base; @72 long unsigned int task_size; long unsigned
  int highest_vm_end; pgd_t *pgd; atomic_t mm_users; atomic_t mm_count; atomic_long_t pgtables_bytes; int map_count;
  struct spinlock page_table_lock; struct rw_semaphore mmap_sem; struct list_head mmlist; long unsigned int hiwater_rss;
  long unsigned int hiwater_vm; long unsigned int total_vm; long unsigned int locked_vm; long unsigned int pinned_vm;
  @240 long unsigned int start_code; long unsigned int end_code; long unsigned int start_data; long unsigned int
  end_data; long unsigned int start_brk; long unsigned int brk; long unsigned int start_stack; long unsigned int
  arg_start; long unsigned int arg_end; long unsigned int env_start; long unsigned int env_end; long unsigned int
  saved_auxv[46]; struct mm_rss_stat rss_stat; @872 struct task_struct *owner; struct user_namespace *user_ns; struct
  file *exe_file; } @1048; };
struct vm_area_struct { long unsigned int vm_start; long unsigned int vm_end; struct vm_area_struct *vm_next; struct
  vm_area_struct *vm_prev; struct rb_node vm_rb; long unsigned int rb_subtree_gap; struct mm_struct *vm_mm; struct
  pgprot vm_page_prot; long unsigned int vm_flags; struct { struct rb_node rb; long unsigned int rb_subtree_last; }
  shared; struct list_head anon_vma_chain; struct anon_vma *anon_vma; struct vm_operations_struct *vm_ops; long
  unsigned int vm_pgoff; struct file *vm_file; void *vm_private_data; } @232;
struct page { long unsigned int flags; union { struct { struct list_head lru; struct address_space *mapping; long
  unsigned int index; long unsigned int private; }; struct { struct list_head slab_list; struct kmem_cache
  *slab_cache; void *freelist; union { void *s_mem; long unsigned int counters; struct { @0.0 unsigned int inuse:16;
  @2.0 unsigned int objects:15; @3.7 unsigned int frozen:1; } @4; }; }; struct { long unsigned int compound_head;
  unsigned char compound_dtor; unsigned char compound_order; atomic_t compound_mapcount; }; struct { long unsigned int
  _pt_pad_1; struct page *pmd_huge_pte; long unsigned int _pt_pad_2; struct mm_struct *pt_mm; struct spinlock ptl; };
  struct callback_head callback_head; }; union { atomic_t _mapcount; unsigned int page_type; unsigned int active; int
  units; }; atomic_t _refcount; struct mem_cgroup *mem_cgroup; };
struct kmem_cache_cpu { void **freelist; long unsigned int tid; struct page *page; struct page *partial; };
struct uts_namespace { struct kref kref; struct new_utsname name; @400 struct ns_common ns; };
struct printk_log { long long unsigned int ts_nsec; short unsigned int len; short unsigned int text_len; short
  unsigned int dict_len; unsigned char facility; @15.0 unsigned char flags:5; @15.5 unsigned char level:3; };
enum pageflags { PG_locked, PG_error, PG_referenced, PG_uptodate, PG_dirty, PG_lru, PG_active, PG_waiters, PG_slab,
  PG_owner_priv_1, PG_arch_1, PG_reserved, PG_private, PG_private_2, PG_writeback, PG_head, PG_mappedtodisk,
  PG_reclaim, PG_swapbacked, PG_unevictable, PG_mlocked, PG_uncached, PG_hwpoison, PG_young, PG_idle, __NR_PAGEFLAGS,
  PG_checked = 9, PG_swapcache = 9, PG_fscache = 13, PG_pinned = 9, PG_savepinned = 4, PG_foreign = 9, PG_slob_free =
  12, PG_double_map = 13, PG_isolated = 17 };
`;
