import type { Declaration } from './types.ts';

/** Files, file systems and block devices. */
export const FS: readonly Declaration[] = [
  ['struct files_struct', 'init_files'],
  ['struct fs_struct', 'init_fs'],
  [
    'struct list_head',
    'super_blocks formats all_bdevs bdi_list blk_cpu_iopoll elv_list ex_mountpoints prune_list',
  ],
  ['struct hlist_head *', 'inode_hashtable mount_hashtable mountpoint_hashtable dquot_hash'],
  ['struct hlist_bl_head *', 'dentry_hashtable'],
  ['struct file_system_type *', 'file_systems'],
  [
    'struct kmem_cache *',
    'names_cachep filp_cachep bio_post_read_ctx_cache bip_slab dentry_cache dio_cache \
     dnotify_mark_cache dnotify_struct_cache ephead_cache epi_cache fanotify_mark_cache \
     fasync_cache filelock_cache flctx_cache iint_cache jbd2_handle_cache jbd2_inode_cache \
     kernfs_iattrs_cache kernfs_node_cache mb_entry_cache mnt_cache pde_opener_cache \
     proc_dir_entry_cache seq_file_cache transaction_cache',
  ],
  [
    'int',
    'suid_dumpable buffer_heads_over_limit fs_overflowgid fs_overflowuid root_mountflags \
     sysctl_vfs_cache_pressure',
  ],
  ['unsigned int', 'sysctl_nr_open sysctl_nr_open_max sysctl_nr_open_min'],
  ['struct inodes_stat_t', 'inodes_stat'],
  ['struct dentry_stat_t', 'dentry_stat'],
  ['struct files_stat_struct', 'files_stat'],
  ['struct char_device_struct *[255]', 'chrdevs'],
  ['struct blk_major_name *[255]', 'major_names'],
  ['struct class', 'block_class'],
  ['const struct class', 'block_class'],
  ['bool', 'blkcg_debug_stats'],
  ['const struct qstr', 'dotdot_name empty_name slash_name'],
  ['dev_t', 'ROOT_DEV'],
  ['struct bio_set', 'fs_bio_set'],
  ['struct blkcg', 'blkcg_root'],
  ['struct blkcg_policy', 'blkcg_policy_throtl'],
  ['struct blocking_notifier_head', 'blocking_lsm_notifier_chain'],
  [
    'struct dentry *',
    'arch_debugfs_dir bdi_debug_root blk_debugfs_root debugfs_sched sd_dentry slab_debugfs_root',
  ],
  ['struct ida', 'blk_queue_ida bsg_minor_ida'],
  ['struct kobject *', 'block_depr'],
  ['struct llist_head', 'blk_cpu_done delayed_fput_list delayed_mntput_list'],
  ['struct nfs_ssc_client_ops_tbl', 'nfs_ssc_client_tbl'],
  ['struct percpu_counter', 'nr_files'],
  ['struct proc_dir_entry', 'proc_root'],
  ['struct rb_root', 'bdi_tree'],
  ['struct super_block *', 'blockdev_superblock'],
  ['struct vfsmount *', 'anon_inode_mnt debugfs_mount tracefs_mount'],
  [
    'unsigned long',
    'aio_max_nr blk_timeout_mask dhash_entries ihash_entries max_buffer_heads mhash_entries \
     mphash_entries nr_inodes pipe_user_pages_hard pipe_user_pages_soft',
  ],
];
