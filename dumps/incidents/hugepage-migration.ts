import { stoppedByNmi } from '../build/default-stacks.ts';
import { defineImage, type Story } from '../build/image.ts';
import type { MmSpec } from '../build/mm.ts';
import { SHIFT } from '../build/page-tables.ts';
import { u64Bytes } from '../build/ram.ts';
import type { StackLine } from '../build/stacks.ts';
import type { TaskSpec } from '../build/tasks.ts';
import type { FunctionSpec } from '../build/text.ts';
import { LINUX_4_18_RHEL8 } from '../kernels/linux-4.18-rhel8.ts';
import { hugepageMigrationLog } from './hugepage-migration-log.ts';

const GB = 0x4000_0000n;
const HUGE_FILE =
  '/dev/hugepages/libvirt/qemu/7-instance-00000630/qemu_back_mem._objects_ram-node0.CTZ2nX';
/** Where the guest's memory lies in QEMU, and which of its gigabytes was being moved. */
const GUEST = { start: 0x7f0a40000000n, end: 0x7f1240000000n, firstPage: 0x1780000000n };
const FAULT = 0x7f1148cdf000n;
const MOVED_TO = 0x8000000f80000887n;
const CPU = 56;
const PER_CPU_UNIT = 0x40000;

/**
 * A corrected memory error makes the kernel move a guest's 1 GiB page, without the lock that keeps others off its page
 * tables: it does not take an upper directory's entry for one that can be migrated. Meanwhile the guest touches the
 * page, and gup_pgd_range() goes on with half of the old entry. The entry in the table is the new one already.
 */
export const hugepageMigration = defineImage({
  name: 'hugepage-migration',
  summary: 'a 1 GiB page moves away from bad memory while its guest walks the page tables',
  kernel: LINUX_4_18_RHEL8,
  machine: {
    cpus: 64,
    ramMb: 96,
    kaslr: 0x31c00000n,
    loadAddress: 0x1000000,
    directMap: 0xffff981580000000n,
    vmalloc: 0xffffaaab00000000n,
    vmemmap: 0xffffd02340000000n,
    directTable: 0x5c73c01000,
    image: { code: 11, constants: 14, variables: 20, end: 26, topTable: 0x1610000 },
    perCpuAt: (cpu) => 0x2f80d00000 + (cpu - CPU) * PER_CPU_UNIT,
    islands: [
      [0xf80000000, 0xf80200000],
      [0xf88c00000, 0xf88e00000],
      [0x10af800000, 0x10afa00000],
      [0x2d41a00000, 0x2d41c00000],
      [0x2d42200000, 0x2d42a00000],
      [0x2d48000000, 0x2d48200000],
      [0x2d49e00000, 0x2d4a000000],
      [0x2d6de00000, 0x2d6e000000],
      [0x2d72400000, 0x2d72600000],
      [0x2f7fe00000, 0x2f81000000],
      [0x5c73c00000, 0x5c73e00000],
    ],
  },
  globals: {
    nodename: 'compute-17',
    time: 1_667_318_404,
    uptime: 327_451.02,
    load: [14.2, 13.7, 13.9],
    panicCpu: CPU,
    taints: 0x800,
    hz: 1000,
    commandLine:
      'BOOT_IMAGE=(hd0,gpt2)/vmlinuz-4.18.0-305.34.2.el8_4.x86_64 root=/dev/mapper/rhel-root ro crashkernel=512M default_hugepagesz=1G hugepagesz=1G hugepages=300 intel_iommu=on iommu=pt',
  },
  mounts: [
    { at: '/', device: '/dev/mapper/rhel-root', type: 'xfs' },
    { at: '/dev', device: 'devtmpfs', type: 'devtmpfs' },
    { at: '/dev/hugepages', device: 'hugetlbfs', type: 'hugetlbfs' },
  ],
  functions: kernelFunctions(),
  modules: [
    {
      name: 'kvm',
      at: 0xffffffffc09e0000n,
      functions: kvmFunctions(),
      usedBy: 1,
      variables: { kvm_vcpu_stats: new Uint8Array(64) },
    },
  ],
  tasks: makeTasks,
  also: markPages,
  log: hugepageMigrationLog,
});

/** A function whose frame has `frame` bytes, six saved registers where they fit. */
function framed(at: bigint, frame: number, size: number): FunctionSpec {
  const saves = (['r15', 'r14', 'r13', 'r12', 'bp', 'bx'] as const).slice(-Math.floor(frame / 8));
  return frame === 0
    ? { at, size, saves: [], locals: 0 }
    : { at, size, saves, locals: frame - saves.length * 8 };
}

function kernelFunctions(): Record<string, FunctionSpec> {
  return {
    do_syscall_64: framed(0xffffffffb2c041b0n, 0x10, 0x1b0),
    oops_end: framed(0xffffffffb2c242a0n, 0x18, 0xe0),
    machine_kexec: framed(0xffffffffb2c60750n, 0x50, 0x260),
    __crash_kexec: framed(0xffffffffb2d8f050n, 0xc0, 0xb0),
    crash_kexec: framed(0xffffffffb2d8ff70n, 0x10, 0x60),
    gup_pgd_range: {
      ...framed(0xffffffffb2e95880n, 0xc8, 0xc50),
      // What surrounds the fault: %rbx is the address that the entry of the upper directory led to.
      code: {
        [0x24c - 42]:
          '8903000048 81e3000000c0 4821d8 48030da913ee00 4c89742410 488d1c01 498d46ff 4d89fe 4889442458' +
          '4c8b23 4d8dae00002000 4981e50000e0ff 498d45ff',
      },
    },
    internal_get_user_pages_fast: framed(0xffffffffb2e97c50n, 0x40, 0x1d0),
    __get_user_pages_fast: framed(0xffffffffb2e97e20n, 0, 0x40),
    do_vfs_ioctl: framed(0xffffffffb2f2d190n, 0x70, 0x6a0),
    ksys_ioctl: framed(0xffffffffb2f2d830n, 0x30, 0x70),
    __x64_sys_ioctl: framed(0xffffffffb2f2d8a0n, 0, 0x40),
    entry_SYSCALL_64_after_hwframe: { at: 0xffffffffb3600048n, orc: 'regs', size: 0xb8 },
    migrate_pages: { size: 0xd00 },
    soft_offline_page: { size: 0x400 },
    general_protection: { at: 0xffffffffb36010b0n, orc: 'regs', size: 0x30 },
  };
}

function kvmFunctions(): Record<string, FunctionSpec> {
  return {
    kvm_vcpu_ioctl: framed(0xffffffffc09ed500n, 0x90, 0x5e0),
    __gfn_to_pfn_memslot: framed(0xffffffffc09efe10n, 0x60, 0x450),
    vcpu_enter_guest: framed(0xffffffffc0a0cc60n, 0x98, 0x15d0),
    kvm_arch_vcpu_ioctl_run: framed(0xffffffffc0a100f0n, 0x28, 0x5c0),
    try_async_pf: framed(0xffffffffc0a2e720n, 0x70, 0x230),
    direct_page_fault: framed(0xffffffffc0a39900n, 0xc0, 0x6a0),
    kvm_mmu_page_fault: framed(0xffffffffc0a3a380n, 0xe0, 0x560),
  };
}

function makeTasks({ kernel }: Story): TaskSpec[] {
  const slot = memorySlot(kernel);
  return [
    {
      pid: 20_154,
      comm: 'qemu-kvm',
      cpu: 12,
      uid: 107,
      startTime: 312_000_000_000_000,
      lastRan: 327_450_882_000_000,
      files: { 0: '/dev/null', 5: '/dev/kvm', 12: HUGE_FILE },
      mm: guestMemory(),
    },
    {
      pid: 20_191,
      tgid: 20_154,
      comm: 'CPU 3/KVM',
      cpu: CPU,
      uid: 107,
      startTime: 312_000_900_000_000,
      lastRan: 327_450_886_000_000,
      utime: 41_000_000_000,
      stime: 9_220_000_000_000,
      at: 0xffff9842c2350000n,
      stackAt: 0xffffaaab26b3c000n,
      members: { stack_canary: 0x84607eb05b91ba00n },
      stack: faultStack(slot),
    },
    {
      pid: 9_811,
      comm: 'kworker/24:1',
      cpu: 24,
      lastRan: 327_450_881_000_000,
      stack: [
        ...stoppedByNmi(kernel, 24, 'remove_migration_pte+0x1b2'),
        { at: 'rmap_walk_file+0xea', indirect: true },
        'remove_migration_ptes+0x57',
        'migrate_pages+0x89c',
        'soft_offline_page+0x2ae',
        'memory_failure_work_func+0x7c',
        { at: 'process_one_work+0x1a7', indirect: true },
        'worker_thread+0x30',
        'kthread+0x116',
        'ret_from_fork+0x35',
      ],
    },
  ];
}

function faultStack(slot: bigint): readonly StackLine[] {
  return [
    { running: 'relocate_kernel+0x30', note: 'interrupted' },
    'machine_kexec+0x1be',
    '__crash_kexec+0x6d',
    'crash_kexec+0x3d',
    'oops_end+0xbd',
    'general_protection+0x1e',
    {
      exception: 'gup_pgd_range+0x24c',
      locals: frameWords(slot),
      regs: {
        ax: 0x7f1148cdffffn,
        bx: 0xf98136ffff230n,
        cx: 0xffff981580000230n,
        dx: 0xfffffffffffffn,
        si: 0x7f1148ce0000n,
        di: 0xeffffffdeffffe02n,
        bp: 0xffffaaab26b3fa4cn,
        r8: 0xffffaaab26b3fa4cn,
        r9: 0xffffaaab26b3fbbbn,
        r10: 0x112a630d68d462n,
        r12: 1,
        r14: FAULT,
        r15: FAULT,
        flags: 0x10086,
      },
    },
    'internal_get_user_pages_fast+0xce',
    '__get_user_pages_fast+0x18',
    '__gfn_to_pfn_memslot+0xd4',
    'try_async_pf+0x101',
    'direct_page_fault+0x24a',
    'kvm_mmu_page_fault+0x79',
    'vcpu_enter_guest+0x71c',
    'kvm_arch_vcpu_ioctl_run+0xfa',
    'kvm_vcpu_ioctl+0x21a',
    { at: 'do_vfs_ioctl+0xa4', indirect: true },
    'ksys_ioctl+0x40',
    '__x64_sys_ioctl+0x16',
    { at: 'do_syscall_64+0x5b', indirect: true },
    'entry_SYSCALL_64_after_hwframe+0x65',
    {
      user: {
        ip: 0x7f1334a0c62bn,
        sp: 0x7f12537fd628n,
        flags: 0x246,
        ax: -38n,
        bx: 0x55c92fb0b410n,
        cx: 0x7f1334a0c62bn,
        si: 0xae80,
        di: 0x60,
        r8: 0x55c92c88fdd8n,
        r9: 0x2c,
        r10: 1,
        r11: 0x246,
        r12: 1,
        r13: 0x55c92c8b2020n,
        r15: 0x7f1338379000n,
        orig_ax: 0x10,
      },
    },
  ];
}

/** gup_pgd_range's frame: its locals, then the registers that it saved. */
function frameWords(slot: bigint): Record<number, bigint> {
  const base = 0xffffaaab26b3f970n;
  const canary = 0x84607eb05b91ba00n;
  const end = FAULT + 0x1000n;
  const last = end - 1n;
  const words = [
    0x7f1149000000n,
    ...[0xffff9842c9ef2228n, end, base + 0xdcn, end],
    ...[7n, end, base + 0x88n, 0xffff9842c80567f0n],
    ...[end, 0x7f1100080005n, last, last],
    ...[canary, last, 0x126b3faa0n, last],
    ...[0x2d49ef2067n, canary],
    ...[FAULT, 0x80005n, 1n, base + 0x140n, 0x206n, slot],
  ];
  return Object.fromEntries(words.map((word, i) => [i * 8, word]));
}

/** The guest's kvm_memory_slot above four gigabytes, in an object of kmalloc-2k. */
function memorySlot({ machine, slabs }: Story['kernel']): bigint {
  const slot = slabs.allocateAt('kmalloc-2k', 0xffff9842edf34800n) + 0x410n;
  // base_gfn, npages, ..., userspace_addr
  machine.write(slot, u64Bytes(0x100000n));
  machine.write(slot + 8n, u64Bytes((GUEST.end - GUEST.start - 3n * GB) >> 12n));
  machine.write(slot + 0x48n, u64Bytes(GUEST.start + 3n * GB));
  return slot;
}

/** QEMU's address space: the guest's memory is 32 pages of 1 GiB, and QEMU's own lies around it. */
function guestMemory(): MmSpec {
  const stack = 0x7ffc91e40000n;
  return {
    root: 0x2d48056000,
    exe: '/usr/libexec/qemu-kvm',
    args: ['/usr/libexec/qemu-kvm', '-name', 'guest=instance-00000630,debug-threads=on'],
    vmas: [
      {
        start: 0x55c92a800000n,
        end: 0x55c92b1f4000n,
        access: 'r-xp',
        file: '/usr/libexec/qemu-kvm',
      },
      { start: 0x55c92c660000n, end: 0x55c92fd10000n, access: 'rw-p' },
      {
        start: GUEST.start,
        end: GUEST.end,
        access: 'rw-s',
        allFlags: 0x2c4600fbn,
        file: HUGE_FILE,
        at: 0xffff9842c2911878n,
      },
      { start: 0x7f1252ffe000n, end: 0x7f12537fe000n, access: 'rw-p' },
      {
        start: 0x7f1334800000n,
        end: 0x7f13349bc000n,
        access: 'r-xp',
        file: '/usr/lib64/libc-2.28.so',
      },
      {
        start: 0x7f13349bc000n,
        end: 0x7f1334b00000n,
        access: 'r-xp',
        file: '/usr/lib64/libpthread-2.28.so',
      },
      { start: 0x7f1338379000n, end: 0x7f133837c000n, access: 'rw-s', file: '/dev/kvm' },
      { start: stack - 0x21000n, end: stack, access: 'rw-p', flags: 0x100n },
    ],
    entries: [
      [GUEST.start, SHIFT.pgd, 0x2d49ef2067n],
      [GUEST.start - GB, SHIFT.pud, 0x2d41a92067n],
      ...guestPages(),
      [GUEST.end, SHIFT.pud, 0x2d725f2067n],
      [GUEST.end + GB, SHIFT.pud, 0x2d48174067n],
      [0x7f12c0000000n, SHIFT.pud, 0x2d42820067n],
      [0x7f1300000000n, SHIFT.pud, 0x2d49e6d067n],
    ],
    pages: { '0x7f12537fd000': new Uint8Array(0x1000) },
  };
}

function guestPages(): [bigint, number, bigint][] {
  const count = Number((GUEST.end - GUEST.start) / GB);
  return Array.from({ length: count }, (_, i) => {
    const at = GUEST.start + BigInt(i) * GB;
    const entry = 0x80000000000008e7n | (GUEST.firstPage - BigInt(i) * GB);
    return [at, SHIFT.pud, at === FAULT - (FAULT % GB) ? MOVED_TO : entry];
  });
}

/** The page with the error, and the two gigabytes: the one that moves and the one that it moves to. */
function markPages({ kernel: { machine, pageMap } }: Story): void {
  const { ram } = machine;
  const pages = 0x200;
  const head = 0xf80000;
  ram.claim(head, pages, 'user');
  ram.claim(0xf88c00, pages, 'user');
  ram.claim(0x10af800, pages, 'user');
  pageMap.mark(head, ['PG_uptodate', 'PG_head'], { _refcount: 2 });
  const tail = { compound_head: pageMap.page(head) + 1n, _refcount: 0 };
  // Of the gigabyte's pages, those that the image has.
  for (const first of [head + 1, 0xf88c00])
    for (let pfn = first; pfn % pages !== 0 || pfn === first; pfn++) pageMap.mark(pfn, [], tail);
  pageMap.mark(head + 1, [], { compound_dtor: 2, compound_order: 18 });
  pageMap.mark(0x10af886, ['PG_hwpoison']);
}
