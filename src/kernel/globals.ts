/**
 * The types of the global variables that tscrash reads. BTF types functions and per-CPU variables only, so
 * ordinary globals are declared here, as the kernel's sources declare them. `*` marks pointers, `[]` arrays;
 * several declarations of one name are tried in order: the first whose type the kernel has is taken.
 */
export const GLOBALS: Readonly<Record<string, readonly string[]>> = {
  init_task: ['struct task_struct'],
  init_mm: ['struct mm_struct'],
  init_pid_ns: ['struct pid_namespace'],
  init_uts_ns: ['struct uts_namespace'],
  modules: ['struct list_head'],
  slab_caches: ['struct list_head'],
  vmap_area_list: ['struct list_head'],
  hstates: ['struct hstate []'],
  node_data: ['struct pglist_data *[]'],
  contig_page_data: ['struct pglist_data'],
  // 6.13 moved the clock into tk_core (timekeeping: Add struct tk_data, 6.13; shadow_timekeeper before).
  tk_core: ['struct tk_data', 'struct {anonymous}'],
  jiffies: ['unsigned long'],
  jiffies_64: ['u64'],
  linux_banner: ['char []'],
  saved_command_line: ['char *'],
};
