/**
 * Layouts of Linux 6.1 on x86_64 (Debian's 6.1.0 cloud configuration), as its BTF has them: those members that
 * tscrash reads, or that make an image whole. What other layouts are made of: lists, trees, locks, counters, names.
 * The notation is that of build/declarations.ts.
 */
export const BASE = `
struct list_head { struct list_head *next; struct list_head *prev; };
struct hlist_head { struct hlist_node *first; };
struct hlist_node { struct hlist_node *next; struct hlist_node **pprev; };
struct hlist_bl_node { struct hlist_bl_node *next; struct hlist_bl_node **pprev; };
struct rb_node { long unsigned int __rb_parent_color; struct rb_node *rb_right; struct rb_node *rb_left; };
struct rb_root { struct rb_node *rb_node; };
struct rb_root_cached { struct rb_root rb_root; struct rb_node *rb_leftmost; };
struct llist_node { struct llist_node *next; };
struct llist_head { struct llist_node *first; };
struct callback_head { struct callback_head *next; void (*func)(void); };
typedef struct { int counter; } atomic_t;
struct refcount_struct { atomic_t refs; };
struct kref { struct refcount_struct refcount; };
struct qspinlock { union { atomic_t val; struct { unsigned char locked; unsigned char pending; }; struct { short
  unsigned int locked_pending; short unsigned int tail; }; }; };
struct raw_spinlock { struct qspinlock raw_lock; };
struct spinlock { union { struct raw_spinlock rlock; }; };
typedef struct { long long int counter; } atomic_long_t;
struct optimistic_spin_queue { atomic_t tail; };
struct rw_semaphore { atomic_long_t count; atomic_long_t owner; struct optimistic_spin_queue osq; struct raw_spinlock
  wait_lock; struct list_head wait_list; };
struct mutex { atomic_long_t owner; struct raw_spinlock wait_lock; struct optimistic_spin_queue osq; struct list_head
  wait_list; };
struct swait_queue_head { struct raw_spinlock lock; struct list_head task_list; };
struct wait_queue_head { struct spinlock lock; struct list_head head; };
struct wait_queue_entry { unsigned int flags; void *private; void (*func)(void); struct list_head entry; };
struct completion { unsigned int done; struct swait_queue_head wait; };
struct seqcount { unsigned int sequence; };
struct lockref { union { long long unsigned int lock_count; struct { struct spinlock lock; int count; }; }; };
struct xarray { struct spinlock xa_lock; unsigned int xa_flags; void *xa_head; };
struct xa_node { unsigned char shift; unsigned char offset; unsigned char count; unsigned char nr_values; struct
  xa_node *parent; struct xarray *array; union { struct list_head private_list; struct callback_head callback_head; };
  void *slots[64]; union { long unsigned int tags[3]; long unsigned int marks[3]; }; };
struct idr { struct xarray idr_rt; unsigned int idr_base; unsigned int idr_next; };
typedef struct {  } @0 lockdep_map_p;
struct maple_tree { union { struct spinlock ma_lock; lockdep_map_p ma_external_lock; }; void *ma_root; unsigned int
  ma_flags; };
enum maple_type { maple_dense, maple_leaf_64, maple_range_64, maple_arange_64 };
struct maple_metadata { unsigned char end; unsigned char gap; };
struct maple_range_64 { struct maple_pnode *parent; long unsigned int pivot[15]; union { void *slot[16]; struct { void
  *pad[15]; struct maple_metadata meta; }; }; };
struct maple_arange_64 { struct maple_pnode *parent; long unsigned int pivot[9]; void *slot[10]; long unsigned int
  gap[10]; struct maple_metadata meta; };
struct maple_alloc {  } @256;
struct maple_node { union { struct { struct maple_pnode *parent; void *slot[31]; }; struct { void *pad; struct
  callback_head rcu; struct maple_enode *piv_parent; unsigned char parent_slot; enum maple_type type; unsigned char
  slot_len; unsigned int ma_flags; }; struct maple_range_64 mr64; struct maple_arange_64 ma64; struct maple_alloc
  alloc; }; };
struct percpu_counter { struct raw_spinlock lock; long long int count; struct list_head list; int *counters; };
struct percpu_ref { long unsigned int percpu_count_ptr; struct percpu_ref_data *data; };
struct qstr { union { struct { unsigned int hash; unsigned int len; }; long long unsigned int hash_len; }; unsigned
  char *name; };
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct timespec64 { long long int tv_sec; long int tv_nsec; };
struct work_struct { atomic_long_t data; struct list_head entry; void (*func)(void); };
struct timer_list { struct hlist_node entry; long unsigned int expires; void (*function)(void); unsigned int flags; };
struct timerqueue_node { struct rb_node node; long long int expires; };
struct hrtimer { struct timerqueue_node node; long long int _softexpires; void (*function)(void); struct
  hrtimer_clock_base *base; unsigned char state; unsigned char is_rel; unsigned char is_soft; unsigned char is_hard;
  };
struct timerqueue_head { struct rb_root_cached rb_root; };
struct cpumask { long unsigned int bits[128]; };
struct kobject { char *name; struct list_head entry; struct kobject *parent; struct kset *kset; struct kobj_type
  *ktype; @56 struct kref kref; };
struct kset { struct list_head list; @24 struct kobject kobj; } @96;
struct new_utsname { char sysname[65]; char nodename[65]; char release[65]; char version[65]; char machine[65]; char
  domainname[65]; };
struct ns_common { @20 struct refcount_struct count; };
struct uts_namespace { struct new_utsname name; @408 struct ns_common ns; };
struct trace_print_flags { long unsigned int mask; char *name; };
struct taint_flag { char c_true; char c_false; bool module; };
struct static_key { atomic_t enabled; } @16;
struct semaphore { struct raw_spinlock lock; unsigned int count; struct list_head wait_list; };
struct bug_entry { int bug_addr_disp; int file_disp; short unsigned int line; short unsigned int flags; };
`;
