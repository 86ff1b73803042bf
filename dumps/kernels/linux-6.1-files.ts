/**
 * Layouts of Linux 6.1 on x86_64 (Debian's 6.1.0 cloud configuration), as its BTF has them: those members that
 * tscrash reads, or that make an image whole. Files, mounts, modules, the log, time, interrupts, network devices.
 * The notation is that of build/declarations.ts.
 */
export const FILES = `
struct qrwlock { union { atomic_t cnts; struct { unsigned char wlocked; unsigned char __lstate[3]; }; }; struct
  qspinlock wait_lock; };
typedef struct { struct qrwlock raw_lock; } rwlock_t;
enum pid_type { PIDTYPE_PID, PIDTYPE_TGID, PIDTYPE_PGID, PIDTYPE_SID, PIDTYPE_MAX };
struct fown_struct { rwlock_t lock; struct pid *pid; enum pid_type pid_type; kuid_t uid; kuid_t euid; int signum; };
struct file { @16 struct path f_path; struct inode *f_inode; struct file_operations *f_op; struct spinlock f_lock;
  atomic_long_t f_count; unsigned int f_flags; unsigned int f_mode; @104 long long int f_pos; struct fown_struct
  f_owner; struct cred *f_cred; @200 void *private_data; @216 struct address_space *f_mapping; } @232;
struct dentry { unsigned int d_flags; struct seqcount_spinlock d_seq; struct hlist_bl_node d_hash; struct dentry
  *d_parent; struct qstr d_name; struct inode *d_inode; unsigned char d_iname[32]; struct lockref d_lockref; struct
  dentry_operations *d_op; struct super_block *d_sb; long unsigned int d_time; void *d_fsdata; union { struct
  list_head d_lru; struct wait_queue_head *d_wait; }; struct list_head d_child; struct list_head d_subdirs; union {
  struct hlist_node d_alias; struct hlist_bl_node d_in_lookup_hash; struct callback_head d_rcu; } d_u; };
struct inode { short unsigned int i_mode; kuid_t i_uid; kgid_t i_gid; unsigned int i_flags; @32 struct
  inode_operations *i_op; struct super_block *i_sb; struct address_space *i_mapping; @64 long unsigned int i_ino;
  union { unsigned int i_nlink; }; unsigned int i_rdev; long long int i_size; @344 atomic_t i_count; @376 struct
  address_space i_data; @584 union { struct pipe_inode_info *i_pipe; struct cdev *i_cdev; }; } @632;
struct super_block { struct list_head s_list; unsigned int s_dev; long unsigned int s_blocksize; long long int
  s_maxbytes; struct file_system_type *s_type; struct super_operations *s_op; @80 long unsigned int s_flags; @96 long
  unsigned int s_magic; struct dentry *s_root; @224 struct list_head s_mounts; struct block_device *s_bdev; @968 char
  s_id[32]; @1416 struct list_head s_inodes; } @1472;
struct file_system_type { char *name; @56 struct file_system_type *next; struct hlist_head fs_supers; };
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; int mnt_flags; struct user_namespace
  *mnt_userns; };
struct mount { struct hlist_node mnt_hash; struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount
  mnt; @88 struct list_head mnt_mounts; struct list_head mnt_child; struct list_head mnt_instance; char *mnt_devname;
  struct list_head mnt_list; @232 struct mnt_namespace *mnt_ns; struct mountpoint *mnt_mp; } @320;
struct mnt_namespace { struct ns_common ns; struct mount *root; struct list_head list; @112 unsigned int mounts; };
struct mountpoint { struct hlist_node m_hash; struct dentry *m_dentry; struct hlist_head m_list; int m_count; };
struct file_operations { @16 void (*read)(void); @112 void (*open)(void); } @280;
enum module_state { MODULE_STATE_LIVE, MODULE_STATE_COMING, MODULE_STATE_GOING, MODULE_STATE_UNFORMED };
struct module_kobject { struct kobject kobj; struct module *mod; struct kobject *drivers_dir; struct
  module_param_attrs *mp; struct completion *kobj_completion; };
struct latch_tree_node { struct rb_node node[2]; };
struct mod_tree_node { struct module *mod; struct latch_tree_node node; };
struct module_layout { void *base; unsigned int size; unsigned int text_size; unsigned int ro_size; unsigned int
  ro_after_init_size; struct mod_tree_node mtn; };
struct mod_arch_specific { unsigned int num_orcs; int *orc_unwind_ip; struct orc_entry *orc_unwind; };
struct mod_kallsyms { struct elf64_sym *symtab; unsigned int num_symtab; char *strtab; char *typetab; };
struct module { enum module_state state; struct list_head list; char name[56]; struct module_kobject mkobj; @184 char
  *version; char *srcversion; @208 struct kernel_symbol *syms; @224 unsigned int num_syms; @312 void (*init)(void);
  struct module_layout core_layout; struct module_layout init_layout; struct mod_arch_specific arch; long unsigned int
  taints; unsigned int num_bugs; struct list_head bug_list; struct bug_entry *bug_table; struct mod_kallsyms
  *kallsyms; struct mod_kallsyms core_kallsyms; struct module_sect_attrs *sect_attrs; @600 char *args; void *percpu;
  unsigned int percpu_size; @816 struct list_head source_list; struct list_head target_list; void (*exit)(void);
  atomic_t refcnt; } @896;
struct elf64_sym { unsigned int st_name; unsigned char st_info; unsigned char st_other; short unsigned int st_shndx;
  long long unsigned int st_value; long long unsigned int st_size; };
struct attribute_group {  } @40;
struct bin_attribute {  } @64;
struct module_sect_attr { struct bin_attribute battr; long unsigned int address; };
struct module_sect_attrs { struct attribute_group grp; unsigned int nsections; struct module_sect_attr attrs[0]; };
struct module_use { struct list_head source_list; struct list_head target_list; struct module *source; struct module
  *target; };
struct prb_desc_ring { unsigned int count_bits; struct prb_desc *descs; struct printk_info *infos; atomic_long_t
  head_id; atomic_long_t tail_id; atomic_long_t last_finalized_id; };
struct prb_data_ring { unsigned int size_bits; char *data; atomic_long_t head_lpos; atomic_long_t tail_lpos; };
struct printk_ringbuffer { struct prb_desc_ring desc_ring; struct prb_data_ring text_data_ring; atomic_long_t fail; };
struct prb_data_blk_lpos { long unsigned int begin; long unsigned int next; };
struct prb_desc { atomic_long_t state_var; struct prb_data_blk_lpos text_blk_lpos; };
struct dev_printk_info { char subsystem[16]; char device[48]; };
struct printk_info { long long unsigned int seq; long long unsigned int ts_nsec; short unsigned int text_len; unsigned
  char facility; @19.0 unsigned char flags:5; @19.5 unsigned char level:3; unsigned int caller_id; struct
  dev_printk_info dev_info; };
struct prb_data_block { long unsigned int id; char data[0]; };
typedef struct { struct seqcount seqcount; } seqcount_latch_t;
struct latched_seq { seqcount_latch_t latch; long long unsigned int val[2]; };
struct tk_read_base { struct clocksource *clock; long long unsigned int mask; long long unsigned int cycle_last;
  unsigned int mult; unsigned int shift; long long unsigned int xtime_nsec; long long int base; long long unsigned int
  base_real; };
struct timekeeper { struct tk_read_base tkr_mono; struct tk_read_base tkr_raw; long long unsigned int xtime_sec; long
  unsigned int ktime_sec; struct timespec64 wall_to_monotonic; long long int offs_real; long long int offs_boot; long
  long int offs_tai; int tai_offset; unsigned int clock_was_set_seq; unsigned char cs_was_changed_seq; long long int
  next_leap_ktime; long long unsigned int raw_sec; struct timespec64 monotonic_to_boot; long long unsigned int
  cycle_interval; long long unsigned int xtime_interval; long long int xtime_remainder; long long unsigned int
  raw_interval; long long unsigned int ntp_tick; long long int ntp_error; unsigned int ntp_error_shift; unsigned int
  ntp_err_mult; unsigned int skip_second_overflow; };
struct clocksource { @16 unsigned int mult; unsigned int shift; @48 char *name; } @184;
struct irq_common_data { unsigned int state_use_accessors; void *handler_data; @24 struct cpumask *affinity; } @40;
struct irq_data { unsigned int mask; unsigned int irq; long unsigned int hwirq; struct irq_common_data *common; struct
  irq_chip *chip; struct irq_domain *domain; struct irq_data *parent_data; void *chip_data; };
struct irq_desc { struct irq_common_data irq_common_data; struct irq_data irq_data; unsigned int *kstat_irqs; void
  (*handle_irq)(void); struct irqaction *action; unsigned int status_use_accessors; @128 unsigned int depth; @140
  unsigned int irq_count; @400 char *name; } @448;
struct irqaction { void (*handler)(void); void *dev_id; void *percpu_dev_id; struct irqaction *next; void
  (*thread_fn)(void); struct task_struct *thread; struct irqaction *secondary; unsigned int irq; unsigned int flags;
  long unsigned int thread_flags; long unsigned int thread_mask; char *name; struct proc_dir_entry *dir; } @128;
struct irq_chip { char *name; } @264;
struct timer_base { struct raw_spinlock lock; struct timer_list *running_timer; long unsigned int clk; long unsigned
  int next_expiry; unsigned int cpu; bool next_expiry_recalc; bool is_idle; bool timers_pending; long unsigned int
  pending_map[9]; struct hlist_head vectors[576]; } @4736;
struct seqcount_raw_spinlock { struct seqcount seqcount; };
struct hrtimer_clock_base { struct hrtimer_cpu_base *cpu_base; unsigned int index; int clockid; struct
  seqcount_raw_spinlock seq; struct hrtimer *running; struct timerqueue_head active; void (*get_time)(void); long long
  int offset; };
struct hrtimer_cpu_base { @4 unsigned int cpu; unsigned int active_bases; @64 struct hrtimer_clock_base clock_base[8];
  } @640;
struct net { @152 struct list_head dev_base_head; @336 struct net_device *loopback_dev; } @4224;
struct net_device { char name[16]; @56 long unsigned int state; struct list_head dev_list; @216 int ifindex; @728
  struct in_device *ip_ptr; } @2432;
struct in_device { struct net_device *dev; @16 struct in_ifaddr *ifa_list; } @360;
struct in_ifaddr { @16 struct in_ifaddr *ifa_next; @48 unsigned int ifa_local; unsigned int ifa_address; unsigned int
  ifa_mask; @76 char ifa_label[16]; } @120;
`;
