/**
 * Layouts of Linux 6.1 on x86_64 (Debian's 6.1.0 cloud configuration), as its BTF has them: those members that
 * tscrash reads, or that make an image whole. Tasks, signals, credentials, scheduling, stacks.
 * The notation is that of build/declarations.ts.
 */
export const TASKS = `
struct thread_info { long unsigned int flags; long unsigned int syscall_work; unsigned int status; unsigned int cpu;
  };
struct pt_regs { long unsigned int r15; long unsigned int r14; long unsigned int r13; long unsigned int r12; long
  unsigned int bp; long unsigned int bx; long unsigned int r11; long unsigned int r10; long unsigned int r9; long
  unsigned int r8; long unsigned int ax; long unsigned int cx; long unsigned int dx; long unsigned int si; long
  unsigned int di; long unsigned int orig_ax; long unsigned int ip; long unsigned int cs; long unsigned int flags;
  long unsigned int sp; long unsigned int ss; };
struct inactive_task_frame { long unsigned int r15; long unsigned int r14; long unsigned int r13; long unsigned int
  r12; long unsigned int bx; long unsigned int bp; long unsigned int ret_addr; };
struct fork_frame { struct inactive_task_frame frame; struct pt_regs regs; };
struct desc_struct { short unsigned int limit0; short unsigned int base0; @4.0 short unsigned int base1:8; @5.0 short
  unsigned int type:4; @5.4 short unsigned int s:1; @5.5 short unsigned int dpl:2; @5.7 short unsigned int p:1; @6.0
  short unsigned int limit1:4; @6.4 short unsigned int avl:1; @6.5 short unsigned int l:1; @6.6 short unsigned int
  d:1; @6.7 short unsigned int g:1; @7.0 short unsigned int base2:8; } @8;
struct thread_struct { struct desc_struct tls_array[3]; long unsigned int sp; short unsigned int es; short unsigned
  int ds; short unsigned int fsindex; short unsigned int gsindex; long unsigned int fsbase; long unsigned int gsbase;
  @104 long unsigned int cr2; long unsigned int trap_nr; long unsigned int error_code; } @4416;
struct load_weight { long unsigned int weight; unsigned int inv_weight; };
struct sched_entity { struct load_weight load; struct rb_node run_node; struct list_head group_node; unsigned int
  on_rq; long long unsigned int exec_start; long long unsigned int sum_exec_runtime; long long unsigned int vruntime;
  @104 int depth; struct sched_entity *parent; struct cfs_rq *cfs_rq; struct cfs_rq *my_q; } @256;
struct sched_rt_entity { struct list_head run_list; } @48;
struct sched_dl_entity { struct rb_node rb_node; } @224;
struct sched_info { long unsigned int pcount; long long unsigned int run_delay; long long unsigned int last_arrival;
  long long unsigned int last_queued; };
struct prev_cputime { long long unsigned int utime; long long unsigned int stime; struct raw_spinlock lock; };
struct task_rss_stat { int events; int count[4]; };
typedef struct { long unsigned int sig[1]; } sigset_t;
struct sigpending { struct list_head list; sigset_t signal; };
struct rlimit { long unsigned int rlim_cur; long unsigned int rlim_max; };
struct sched_statistics {  } @256;
struct task_io_accounting {  } @56;
struct task_struct { struct thread_info thread_info; unsigned int __state; void *stack; struct refcount_struct usage;
  unsigned int flags; unsigned int ptrace; int on_cpu; @96 int recent_used_cpu; int wake_cpu; int on_rq; int prio; int
  static_prio; int normal_prio; unsigned int rt_priority; struct sched_entity se; struct sched_rt_entity rt; struct
  sched_dl_entity dl; struct sched_class *sched_class; struct task_group *sched_task_group; @704 struct
  sched_statistics stats; @972 unsigned int policy; int nr_cpus_allowed; struct cpumask *cpus_ptr; @1000 struct
  cpumask cpus_mask; @2160 struct sched_info sched_info; struct list_head tasks; @2272 struct mm_struct *mm; struct
  mm_struct *active_mm; struct task_rss_stat rss_stat; int exit_state; int exit_code; int exit_signal; int
  pdeath_signal; long unsigned int jobctl; unsigned int personality; @2344.3 unsigned int in_iowait:1; @2416 int pid;
  int tgid; long unsigned int stack_canary; struct task_struct *real_parent; struct task_struct *parent; struct
  list_head children; struct list_head sibling; struct task_struct *group_leader; @2520 struct pid *thread_pid; struct
  hlist_node pid_links[4]; struct list_head thread_group; struct list_head thread_node; struct completion *vfork_done;
  int *set_child_tid; @2648 void *worker_private; long long unsigned int utime; long long unsigned int stime; long
  long unsigned int gtime; struct prev_cputime prev_cputime; @2760 long unsigned int nvcsw; long unsigned int nivcsw;
  long long unsigned int start_time; long long unsigned int start_boottime; long unsigned int min_flt; long unsigned
  int maj_flt; @2944 struct cred *ptracer_cred; struct cred *real_cred; struct cred *cred; @2976 char comm[16]; @3024
  long unsigned int last_switch_count; long unsigned int last_switch_time; struct fs_struct *fs; struct files_struct
  *files; struct io_uring_task *io_uring; struct nsproxy *nsproxy; struct signal_struct *signal; struct sighand_struct
  *sighand; sigset_t blocked; sigset_t real_blocked; sigset_t saved_sigmask; struct sigpending pending; long unsigned
  int sas_ss_sp; @3160 struct callback_head *task_works; @3252 struct raw_spinlock pi_lock; @3264 struct
  rb_root_cached pi_waiters; @3288 struct rt_mutex_waiter *pi_blocked_on; @3304 struct bio_list *bio_list; @3320
  struct reclaim_state *reclaim_state; struct backing_dev_info *backing_dev_info; struct io_context *io_context; @3368
  struct task_io_accounting ioac; @3600 struct css_set *cgroups; struct list_head cg_list; @3632 struct
  robust_list_head *robust_list; @3776 struct mempolicy *mempolicy; @4984 struct pipe_inode_info *splice_pipe; @5008
  struct task_delay_info *delays; @5024 long unsigned int dirty_paused_when; @5144 int pagefault_disabled; @5200
  struct vm_struct *stack_vm_area; struct refcount_struct stack_refcount; void *security; @5312 struct thread_struct
  thread; };
struct signal_struct { struct refcount_struct sigcnt; atomic_t live; int nr_threads; struct list_head thread_head;
  struct wait_queue_head wait_chldexit; struct task_struct *curr_target; struct sigpending shared_pending; @96 int
  group_exit_code; @112 int group_stop_count; unsigned int flags; @128.0 unsigned int is_child_subreaper:1; @128.1
  unsigned int has_child_subreaper:1; struct list_head posix_timers; @360 struct pid *pids[4]; @408 int leader; struct
  tty_struct *tty; @440 long long unsigned int utime; long long unsigned int stime; long long unsigned int cutime;
  long long unsigned int cstime; @544 long unsigned int min_flt; long unsigned int maj_flt; @688 struct rlimit
  rlim[16]; @1026 short int oom_score_adj; struct mm_struct *oom_mm; } @1112;
struct sigaction { void (*sa_handler)(void); long unsigned int sa_flags; void (*sa_restorer)(void); sigset_t sa_mask;
  };
struct k_sigaction { struct sigaction sa; };
struct sighand_struct { struct spinlock siglock; struct refcount_struct count; struct wait_queue_head signalfd_wqh;
  struct k_sigaction action[64]; };
union __sifields {  } @32;
struct kernel_siginfo { struct { int si_signo; int si_errno; int si_code; @16 union __sifields _sifields; }; };
struct sigqueue { struct list_head list; int flags; @24 struct kernel_siginfo info; } @80;
struct upid { int nr; struct pid_namespace *ns; };
struct pid { struct refcount_struct count; unsigned int level; struct spinlock lock; struct hlist_head tasks[4];
  struct hlist_head inodes; struct wait_queue_head wait_pidfd; struct callback_head rcu; struct upid numbers[0]; };
struct pid_namespace { struct idr idr; struct callback_head rcu; unsigned int pid_allocated; struct task_struct
  *child_reaper; struct kmem_cache *pid_cachep; unsigned int level; struct pid_namespace *parent; @88 struct
  user_namespace *user_ns; } @136;
typedef struct { unsigned int val; } kuid_t;
typedef struct { unsigned int val; } kgid_t;
struct cred { atomic_long_t usage; kuid_t uid; kgid_t gid; kuid_t suid; kgid_t sgid; kuid_t euid; kgid_t egid; kuid_t
  fsuid; kgid_t fsgid; unsigned int securebits; } @176;
struct nsproxy { atomic_t count; struct uts_namespace *uts_ns; struct ipc_namespace *ipc_ns; struct mnt_namespace
  *mnt_ns; struct pid_namespace *pid_ns_for_children; struct net *net_ns; struct time_namespace *time_ns; struct
  time_namespace *time_ns_for_children; struct cgroup_namespace *cgroup_ns; };
struct seqcount_spinlock { struct seqcount seqcount; };
struct fs_struct { int users; struct spinlock lock; struct seqcount_spinlock seq; int umask; int in_exec; struct path
  root; struct path pwd; };
struct fdtable { unsigned int max_fds; struct file **fd; long unsigned int *close_on_exec; long unsigned int
  *open_fds; long unsigned int *full_fds_bits; struct callback_head rcu; };
struct files_struct { atomic_t count; bool resize_in_progress; struct wait_queue_head resize_wait; struct fdtable
  *fdt; struct fdtable fdtab; @128 struct spinlock file_lock; unsigned int next_fd; long unsigned int
  close_on_exec_init[1]; long unsigned int open_fds_init[1]; long unsigned int full_fds_bits_init[1]; struct file
  *fd_array[64]; } @704;
struct cfs_rq { struct load_weight load; unsigned int nr_running; unsigned int h_nr_running; unsigned int
  idle_nr_running; long long unsigned int exec_clock; long long unsigned int min_vruntime; struct rb_root_cached
  tasks_timeline; struct sched_entity *curr; struct sched_entity *next; struct sched_entity *last; struct sched_entity
  *skip; @304 struct rq *rq; @336 struct task_group *tg; } @448;
struct rt_prio_array { long unsigned int bitmap[2]; struct list_head queue[100]; };
struct rt_rq { struct rt_prio_array active; unsigned int rt_nr_running; } @1696;
struct dl_rq { struct rb_root_cached root; unsigned int dl_nr_running; } @96;
struct rq { struct raw_spinlock __lock; unsigned int nr_running; @112 long long unsigned int nr_switches; @128 struct
  cfs_rq cfs; struct rt_rq rt; struct dl_rq dl; @2392 long unsigned int nr_uninterruptible; struct task_struct *curr;
  struct task_struct *idle; struct task_struct *stop; long unsigned int next_balance; struct mm_struct *prev_mm;
  unsigned int clock_update_flags; long long unsigned int clock; @2496 long long unsigned int clock_task; @2672 int
  cpu; int online; } @3264;
struct cgroup_subsys_state {  } @200;
struct task_group { struct cgroup_subsys_state css; struct sched_entity **se; struct cfs_rq **cfs_rq; @296 struct
  task_group *parent; } @640;
struct sched_class {  } @208;
struct css_set { struct cgroup_subsys_state *subsys[14]; struct refcount_struct refcount; } @592;
struct mutex_waiter { struct list_head list; struct task_struct *task; struct ww_acquire_ctx *ww_ctx; };
enum rwsem_waiter_type { RWSEM_WAITING_FOR_WRITE, RWSEM_WAITING_FOR_READ };
struct rwsem_waiter { struct list_head list; struct task_struct *task; enum rwsem_waiter_type type; long unsigned int
  timeout; bool handoff_set; };
struct cpuinfo_x86 { unsigned char x86; unsigned char x86_vendor; unsigned char x86_model; unsigned char x86_stepping;
  @20 unsigned char x86_virt_bits; unsigned char x86_phys_bits; @136 char x86_vendor_id[16]; char x86_model_id[64]; @240 long unsigned int loops_per_jiffy; @276 short unsigned int
  cpu_index; } @288;
struct task_cputime { long long unsigned int stime; long long unsigned int utime; long long unsigned int
  sum_exec_runtime; };
struct tty_struct { struct kref kref; @32 int index; @352 char name[64]; } @696;
struct kthread { long unsigned int flags; unsigned int cpu; int result; void (*threadfn)(void); void *data; } @112;
struct entry_stack { char stack[4096]; };
struct entry_stack_page { struct entry_stack stack; };
struct x86_hw_tss { unsigned int reserved1; @4 long long unsigned int sp0; @12 long long unsigned int sp1; @20 long
  long unsigned int sp2; @28 long long unsigned int reserved2; @36 long long unsigned int ist[7]; unsigned int
  reserved3; unsigned int reserved4; short unsigned int reserved5; short unsigned int io_bitmap_base; };
struct x86_io_bitmap {  } @16416;
struct tss_struct { struct x86_hw_tss x86_tss; struct x86_io_bitmap io_bitmap; } @20480;
struct cea_exception_stacks { char DF_stack_guard[4096]; char DF_stack[8192]; char NMI_stack_guard[4096]; char
  NMI_stack[8192]; char DB_stack_guard[4096]; char DB_stack[8192]; char MCE_stack_guard[4096]; char MCE_stack[8192];
  char VC_stack_guard[4096]; char VC_stack[8192]; char VC2_stack_guard[4096]; char VC2_stack[8192]; char
  IST_top_guard[4096]; };
struct debug_store {  } @4096;
struct debug_store_buffers {  } @131072;
struct cpu_entry_area { char gdt[4096]; struct entry_stack_page entry_stack_page; struct tss_struct tss; struct
  cea_exception_stacks estacks; struct debug_store cpu_debug_store; struct debug_store_buffers cpu_debug_buffers; };
struct exception_stacks { char DF_stack_guard[0]; char DF_stack[8192]; char NMI_stack_guard[0]; char NMI_stack[8192];
  char DB_stack_guard[0]; char DB_stack[8192]; char MCE_stack_guard[0]; char MCE_stack[8192]; char VC_stack_guard[0];
  char VC_stack[8192]; char VC2_stack_guard[0]; char VC2_stack[8192]; char IST_top_guard[0]; };
struct irq_stack { char stack[16384]; };
struct fixed_percpu_data { char gs_base[40]; long unsigned int stack_canary; };
struct orc_entry { short int sp_offset; short int bp_offset; @4.0 unsigned int sp_reg:4; @4.4 unsigned int bp_reg:4;
  @5.0 unsigned int type:2; @5.2 unsigned int end:1; } @6;
`;
