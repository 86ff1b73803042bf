import type { MachineGlobals } from '../types.ts';

/**
 * Variables of arch/x86; the notation is that of src/kernel/core/globals. Per-CPU variables are typed by BTF where
 * pahole was told to: pahole 1.18 (f3d9054ba8ff, btf_encoder: Teach pahole to store percpu variables in vmlinux BTF.),
 * for kernels since 5.10.
 */
export const X86_GLOBALS: MachineGlobals = {
  declarations: [
    ['struct cpuinfo_x86', 'boot_cpu_data'],
    ['enum x86_hypervisor_type', 'x86_hyper_type'],
    ['struct x86_init_ops', 'x86_init'],
    ['struct x86_platform_ops', 'x86_platform'],
    ['gate_desc [256]', 'idt_table'],
    ['struct desc_ptr', 'idt_descr'],
    ['struct e820_table *', 'e820_table e820_table_kexec e820_table_firmware'],
  ],
  perCpu: [
    ['struct cpuinfo_x86', 'cpu_info'],
    ['struct x86_cpu', 'cpu_devices'],
    ['bool', 'x86_ibpb_exit_to_user'],
    ['int', 'x86_cpu_to_node_map'],
    ['u16', 'x86_bios_cpu_apicid x86_cpu_to_apicid'],
    ['u32', 'x86_cpu_to_acpiid'],
    ['u64', 'x86_spec_ctrl_current'],
  ],
  sharedPerCpu: new Set([
    'cpu_info',
    'x86_bios_cpu_apicid',
    'x86_cpu_to_acpiid',
    'x86_cpu_to_apicid',
    'x86_cpu_to_node_map',
    'x86_ibpb_exit_to_user',
    'x86_spec_ctrl_current',
  ]),
};
