import type { LogLine } from '../build/log.ts';
import { LINUX_4_18_RHEL8 } from '../kernels/linux-4.18-rhel8.ts';

const BOOT = `
[0.000000] ${LINUX_4_18_RHEL8.banner}
[0.000000] Command line: BOOT_IMAGE=(hd0,gpt2)/vmlinuz-4.18.0-305.34.2.el8_4.x86_64 root=/dev/mapper/rhel-root ro crashkernel=512M default_hugepagesz=1G hugepagesz=1G hugepages=300 intel_iommu=on iommu=pt
[0.000000] DMI: Dell Inc. PowerEdge R640/0H28RR, BIOS 2.15.1 06/15/2022
[2.417220] GHES: APEI firmware first mode is enabled by APEI bit and WHEA _OSC.
[3.020114] HugeTLB registered 1.00 GiB page size, pre-allocated 300 pages
[311.904417] kvm: SMP vm created on host with unstable TSC; guest TSC will not be reliable`;

const END = `
[327450.877805] {1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 4
[327450.877807] {1}[Hardware Error]: It has been corrected by h/w and requires no further action
[327450.877808] {1}[Hardware Error]: event severity: corrected
[327450.877809] {1}[Hardware Error]:  Error 0, type: corrected
[327450.877810] {1}[Hardware Error]:  fru_text: A1
[327450.877810] {1}[Hardware Error]:   section_type: memory error
[327450.877811] {1}[Hardware Error]:   error_status: 0x0000000000000400
[327450.877812] {1}[Hardware Error]:   physical_address: 0x00000010af886040
[327450.877814] {1}[Hardware Error]:   node: 0 card: 0 module: 0 rank: 1 bank: 2 device: 4 row: 44193 column: 928
[327450.877815] {1}[Hardware Error]:   error_type: 2, single-bit ECC
[327450.877816] {1}[Hardware Error]:   DIMM location: not present. DMI handle: 0x0000
[327450.877828] {2}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 65534
[327450.877828] {2}[Hardware Error]: It has been corrected by h/w and requires no further action
[327450.877828] {2}[Hardware Error]: event severity: corrected
[327450.877829] {2}[Hardware Error]:  Error 0, type: corrected
[327450.877831] {2}[Hardware Error]:   section type: unknown, 330f1140-72a5-11df-9690-0002a5d5c51b
[327450.877832] {2}[Hardware Error]:   section length: 0x38
[327450.877834] {2}[Hardware Error]:   00000000: 01010001 00000000 af886000 00000010  .........\`......
[327450.877836] {2}[Hardware Error]:   00000010: 00001000 00000000 af886fff 00000010  .........o......
[327450.877837] {2}[Hardware Error]:   00000020: 00000080 00000000 00000000 00000000  ................
[327450.877838] {2}[Hardware Error]:   00000030: 00000000 00000000                    ........
[327450.886746] general protection fault: 0000 [#1] SMP NOPTI
[327450.892235] CPU: 56 PID: 20191 Comm: CPU 3/KVM Kdump: loaded Tainted: G          I      --------- -  - 4.18.0-305.34.2.el8_4.x86_64 #1
[327450.904392] Hardware name: Dell Inc. PowerEdge R640/0H28RR, BIOS 2.15.1 06/15/2022
[327450.912055] RIP: 0010:gup_pgd_range+0x24c/0xc50
[327450.916673] Code: 89 03 00 00 48 81 e3 00 00 00 c0 48 21 d8 48 03 0d a9 13 ee 00 4c 89 74 24 10 48 8d 1c 01 49 8d 46 ff 4d 89 fe 48 89 44 24 58 <4c> 8b 23 4d 8d ae 00 00 20 00 49 81 e5 00 00 e0 ff 49 8d 45 ff 4c
[327450.935505] RSP: 0018:ffffaaab26b3f970 EFLAGS: 00010086
[327450.940817] RAX: 00007f1148cdffff RBX: 000f98136ffff230 RCX: ffff981580000230
[327450.948036] RDX: 000fffffffffffff RSI: 00007f1148ce0000 RDI: effffffdeffffe02
[327450.955256] RBP: ffffaaab26b3fa4c R08: ffffaaab26b3fa4c R09: ffffaaab26b3fbbb
[327450.962476] R10: 00112a630d68d462 R11: 0000000000000000 R12: 0000000000000001
[327450.969696] R13: 0000000000000000 R14: 00007f1148cdf000 R15: 00007f1148cdf000
[327450.976916] FS:  00007f12537fe700(0000) GS:ffff984500d00000(0000) knlGS:0000000000000000
[327450.985087] CS:  0010 DS: 0000 ES: 0000 CR0: 0000000080050033
[327450.990921] CR2: 000055e478b5dfc0 CR3: 0000002d48056001 CR4: 00000000007726e0
[327450.998138] DR0: 0000000000000000 DR1: 0000000000000000 DR2: 0000000000000000
[327451.005358] DR3: 0000000000000000 DR6: 00000000fffe0ff0 DR7: 0000000000000400
[327451.012578] PKRU: 55555554
[327451.016500] Call Trace:
[327451.016504]  internal_get_user_pages_fast+0xce/0x1d0
[327451.016507]  __get_user_pages_fast+0x18/0x40
[327451.016525]  __gfn_to_pfn_memslot+0xd4/0x450 [kvm]
[327451.016547]  try_async_pf+0x101/0x230 [kvm]
[327451.016569]  direct_page_fault+0x24a/0x6a0 [kvm]
[327451.016591]  kvm_mmu_page_fault+0x79/0x560 [kvm]
[327451.016612]  vcpu_enter_guest+0x71c/0x15d0 [kvm]
[327451.016633]  kvm_arch_vcpu_ioctl_run+0xfa/0x5c0 [kvm]
[327451.016651]  kvm_vcpu_ioctl+0x21a/0x5e0 [kvm]
[327451.016655]  do_vfs_ioctl+0xa4/0x6a0
[327451.016658]  ksys_ioctl+0x40/0x70
[327451.016660]  __x64_sys_ioctl+0x16/0x40
[327451.016663]  do_syscall_64+0x5b/0x1b0
[327451.016667]  entry_SYSCALL_64_after_hwframe+0x65/0xca
[327451.016670] RIP: 0033:0x7f1334a0c62b`;

/** Two corrected errors of one page, and 9 milliseconds later the fault. */
export const hugepageMigrationLog: readonly LogLine[] = (BOOT + END).split('\n').flatMap((line) => {
  const found = /^\[(\d+\.\d+)\] (.*)$/.exec(line);
  if (!found) return [];
  const [, at, text = ''] = found;
  return [{ at: Number(at), text, level: text.includes('[Hardware Error]') ? 6 : 4 }];
});
