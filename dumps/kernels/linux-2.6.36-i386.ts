/**
 * Linux 2.6.36 on i386 without PAE, with SMP: byte log, pid hash, list of vmas, thread_info at the stack's low end.
 * Members that tscrash reads, or that the story shows; places follow from i386's rules where they are not given.
 * No kernel of that time carried BTF: here it stands in for the debugging data that crash would have had.
 */
export const LINUX_2_6_36_I386 = {
  release: '2.6.36-hardened-r6',
  version: '#1 SMP Sat Jan 8 12:02:11 PST 2011',
  banner:
    'Linux version 2.6.36-hardened-r6 (root@dimension) (gcc version 4.4.4 (Gentoo Hardened 4.4.4-r2 p1.2, pie-0.4.5) ) #1 SMP Sat Jan 8 12:02:11 PST 2011',
  declarations: `
struct list_head { struct list_head *next, *prev; };
struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
struct rb_node { long unsigned int rb_parent_color; struct rb_node *rb_right; struct rb_node *rb_left; };
struct rb_root { struct rb_node *rb_node; };
typedef struct { int counter; } atomic_t;
typedef struct { int counter; } atomic_long_t;
typedef struct { long unsigned int seg; } mm_segment_t;
struct spinlock { unsigned int slock; };
struct timespec { long int tv_sec; long int tv_nsec; };
struct thread_info { struct task_struct *task; struct exec_domain *exec_domain; unsigned int flags; unsigned int status;
  unsigned int cpu; int preempt_count; mm_segment_t addr_limit; };
union thread_union { struct thread_info thread_info; long unsigned int stack[2048]; };
struct pt_regs { long unsigned int bx; long unsigned int cx; long unsigned int dx; long unsigned int si; long unsigned
  int di; long unsigned int bp; long unsigned int ax; long unsigned int ds; long unsigned int es; long unsigned int fs;
  long unsigned int gs; long unsigned int orig_ax; long unsigned int ip; long unsigned int cs; long unsigned int flags;
  long unsigned int sp; long unsigned int ss; };
struct thread_struct { @24 long unsigned int sp0; long unsigned int sp; long unsigned int sysenter_cs; long unsigned int
  ip; long unsigned int gs; } @112;
struct load_weight { long unsigned int weight; long unsigned int inv_weight; };
struct sched_entity { struct load_weight load; struct rb_node run_node; struct list_head group_node; unsigned int on_rq;
  long long unsigned int exec_start; long long unsigned int sum_exec_runtime; } @160;
struct sched_rt_entity { struct list_head run_list; long unsigned int timeout; unsigned int time_slice; int
  nr_cpus_allowed; struct sched_rt_entity *back; };
struct sched_info { long unsigned int pcount; long long unsigned int run_delay; long long unsigned int last_arrival;
  long long unsigned int last_queued; };
struct pid_link { struct hlist_node node; struct pid *pid; };
struct task_struct { long int state; void *stack; atomic_t usage; unsigned int flags; unsigned int ptrace; int
  lock_depth; int prio, static_prio, normal_prio; unsigned int rt_priority; @48 struct sched_entity se; struct sched_rt_entity rt; @256 unsigned int
  policy; struct sched_info sched_info; struct list_head tasks; struct mm_struct *mm, *active_mm; int exit_state; int
  exit_code, exit_signal; int pdeath_signal; unsigned int personality; int pid; int tgid; struct task_struct
  *real_parent; struct task_struct *parent; struct list_head children; struct list_head sibling; struct task_struct
  *group_leader; struct pid_link pids[3]; struct list_head thread_group; long unsigned int utime, stime; struct timespec
  start_time; struct timespec real_start_time; char comm[16]; struct thread_struct thread; struct files_struct *files;
  struct signal_struct *signal; struct sighand_struct *sighand; } @1216;
struct upid { int nr; struct pid_namespace *ns; struct hlist_node pid_chain; };
struct pid { atomic_t count; unsigned int level; struct hlist_head tasks[3]; long unsigned int rcu[2]; struct upid
  numbers[1]; };
struct pid_namespace { int kref; @2056 int last_pid; struct task_struct *child_reaper; } @2080;
struct rlimit { long unsigned int rlim_cur; long unsigned int rlim_max; };
struct signal_struct { atomic_t sigcnt; atomic_t live; int nr_threads; @256 struct rlimit rlim[16]; } @544;
struct new_utsname { char sysname[65]; char nodename[65]; char release[65]; char version[65]; char machine[65]; char
  domainname[65]; };
struct uts_namespace { int kref; struct new_utsname name; } @400;
struct rt_prio_array { long unsigned int bitmap[4]; struct list_head queue[100]; };
struct cfs_rq { struct load_weight load; long unsigned int nr_running; long long unsigned int exec_clock; long long
  unsigned int min_vruntime; struct rb_root tasks_timeline; struct rb_node *rb_leftmost; struct list_head tasks; struct
  list_head *balance_iterator; struct sched_entity *curr, *next, *last; unsigned int nr_spread_over; };
struct rt_rq { struct rt_prio_array active; long unsigned int rt_nr_running; };
struct rq { struct spinlock lock; long unsigned int nr_running; @32 long long unsigned int nr_switches; @128 struct
  cfs_rq cfs; @224 struct rt_rq rt; @1096 struct
  task_struct *curr, *idle; @1136 long long unsigned int clock; @1200 int cpu; int online; } @1344;
struct mm_rss_stat { atomic_long_t count[3]; };
enum { MM_FILEPAGES, MM_ANONPAGES, MM_SWAPENTS };
typedef struct { long unsigned int pgd; } pgd_t;
struct vm_area_struct { struct mm_struct *vm_mm; long unsigned int vm_start; long unsigned int vm_end; struct
  vm_area_struct *vm_next, *vm_prev; long unsigned int vm_page_prot; long unsigned int vm_flags; struct rb_node vm_rb;
  @72 long unsigned int vm_pgoff; struct file *vm_file; } @88;
struct mm_struct { struct vm_area_struct *mmap; struct rb_root mm_rb; struct vm_area_struct *mmap_cache; @40 pgd_t *pgd;
  atomic_t mm_users; atomic_t mm_count; int map_count; @80 long unsigned int total_vm; @108 long unsigned int
  start_code, end_code, start_data, end_data; long unsigned int start_brk, brk, start_stack; long unsigned int
  arg_start, arg_end, env_start, env_end; @340 struct mm_rss_stat rss_stat; } @416;
struct qstr { unsigned int hash; unsigned int len; const unsigned char *name; };
struct address_space { struct inode *host; long unsigned int page_tree[3]; struct spinlock tree_lock; @48 long unsigned
  int nrpages; } @84;
struct inode { @32 long unsigned int i_ino; @100 short unsigned int i_mode; struct address_space *i_mapping; @200 struct
  address_space i_data; } @340;
struct dentry { atomic_t d_count; unsigned int d_flags; @12 struct inode *d_inode; struct hlist_node d_hash; struct
  dentry *d_parent; struct qstr d_name; @88 struct super_block *d_sb; @96 unsigned char d_iname[36]; } @132;
struct vfsmount { struct list_head mnt_hash; struct vfsmount *mnt_parent; struct dentry *mnt_mountpoint; struct dentry
  *mnt_root; struct super_block *mnt_sb; @60 const char *mnt_devname; } @128;
struct path { struct vfsmount *mnt; struct dentry *dentry; };
struct file { struct list_head f_list; struct path f_path; @20 atomic_long_t f_count; } @128;
struct page { long unsigned int flags; atomic_t _count; atomic_t _mapcount; long unsigned int private; struct
  address_space *mapping; long unsigned int index; struct list_head lru; };
struct module { int state; struct list_head list; char name[60]; @176 int num_exentries; @184 int (*init)(void); void
  *module_init; void *module_core; unsigned int init_size, core_size; unsigned int init_text_size, core_text_size; @228
  void *symtab, *core_symtab; unsigned int num_symtab, core_num_syms; char *strtab, *core_strtab; } @328;
struct cpuinfo_x86 { unsigned char x86; unsigned char x86_vendor; unsigned char x86_model; unsigned char x86_mask; @44
  char x86_model_id[64]; } @192;
`,
};
