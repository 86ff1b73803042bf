import type { Declaration } from './types.ts';

/** Devices, buses, consoles and resources. */
export const DRIVERS: readonly Declaration[] = [
  ['struct mm_struct', 'efi_mm'],
  [
    'struct list_head',
    'pci_root_buses tty_drivers crypto_alg_list leds_list input_dev_list input_handler_list \
     gpio_devices bus_type_list component_list misc_list nvs_list nvs_region_list \
     powercap_cntrl_list prm_module_list rng_list xb_write_list xs_reply_list zombie_secs_pages',
  ],
  ['struct console *', 'console_drivers early_console'],
  ['struct hlist_head', 'console_list'],
  ['struct acpi_table_fadt', 'acpi_gbl_FADT'],
  ['struct start_info *', 'xen_start_info'],
  ['struct resource', 'ioport_resource iomem_resource'],
  ['struct kset *', 'bus_kset class_kset devices_kset module_kset slab_kset swnode_kset'],
  ['atomic_t', 'ignore_console_lock_warning pty_count'],
  ['bool', 'dma_default_coherent'],
  [
    'int',
    'console_blanked console_set_on_cmdline do_poke_blanked_console driver_deferred_probe_timeout \
     global_cursor_default irq_remap_broken',
  ],
  ['struct clocksource *', 'art_related_clocksource'],
  ['struct idr', 'dev_nums_idr'],
  ['struct io_tlb_mem', 'io_tlb_default_mem'],
  ['struct kmem_cache *', 'iova_cache'],
  ['struct kobject *', 'firmware_kobj fs_kobj hugepages_kobj kernel_kobj klp_root_kobj mm_kobj'],
  ['struct node * []', 'node_devices'],
  ['struct pbe *', 'restore_pblist'],
  ['struct task_struct *', 'console_owner'],
  ['unsigned long', 'apst_secondary_timeout_ms default_ps_max_latency_us'],
];
