import { defineImage } from '../build/image.ts';
import { logLines } from '../build/log.ts';
import { type UserPage, words } from '../build/mm.ts';
import { LINUX_6_1 } from '../kernels/linux-6.1.ts';

const CODE = 0x55d0c0a00000n;
const HEAP = 0x55d0c2c00000n;
const LIBC = 0x7f3a10000000n;
const STACK = 0x7ffd5e3de000n;

/** What bash maps: code, data, heap, libc, stack. */
const bash = {
  exe: '/usr/bin/bash',
  args: ['-bash'],
  env: ['HOME=/root', 'PATH=/usr/bin:/bin', 'TERM=xterm-256color'],
  vmas: [
    { start: CODE, end: CODE + 0x2000n, access: 'r-xp', file: '/usr/bin/bash', pageOffset: 0x2f },
    {
      start: CODE + 0x2000n,
      end: CODE + 0x3000n,
      access: 'rw-p',
      file: '/usr/bin/bash',
      pageOffset: 0x31,
    },
    { start: HEAP, end: HEAP + 0x21000n, access: 'rw-p' },
    {
      start: LIBC,
      end: LIBC + 0x155000n,
      access: 'r-xp',
      file: '/usr/lib/x86_64-linux-gnu/libc.so.6',
      pageOffset: 0x26,
    },
    {
      start: LIBC + 0x155000n,
      end: LIBC + 0x157000n,
      access: 'rw-p',
      file: '/usr/lib/x86_64-linux-gnu/libc.so.6',
      pageOffset: 0x17a,
    },
    { start: LIBC + 0x200000n, end: LIBC + 0x400000n, access: 'rw-p' },
    { start: STACK, end: STACK + 0x21000n, access: 'rw-p', flags: 0x100n },
  ],
  pages: new Map<bigint, UserPage>([
    [CODE, words(0x00010102464c457fn)],
    [HEAP, words(0x21n, 0xdeadbeefn)],
    [LIBC + 0x200000n, { huge: words(0x4855474550414745n) }],
  ]),
};

/** A machine that is well: two CPUs, one idle, one computing; a shell that waits for its child; a module. */
export const healthy = defineImage({
  name: 'healthy',
  summary: 'a machine at work, dumped from outside: nothing is wrong',
  kernel: LINUX_6_1,
  dumpLevel: 17,
  machine: {
    kaslr: 0x1d600000n,
    loadAddress: 0x1200000,
    directMap: 0xffff9d4240000000n,
    vmalloc: 0xffffb06580000000n,
    vmemmap: 0xfffff8e600000000n,
  },
  globals: { nodename: 'kestrel', time: 1_730_000_000, uptime: 5025.36, load: [0.42, 0.31, 0.18] },
  modules: [
    {
      name: 'kestrel_net',
      functions: {
        kestrel_poll: { size: 0x400 },
        kestrel_rx: { size: 0x200 },
        kestrel_init: { size: 0x100 },
      },
      variables: { kestrel_stats: words(42n, 7n) },
      taints: 0x3000,
    },
  ],
  tasks: [
    {
      pid: 1,
      comm: 'systemd',
      mm: { ...bash, exe: '/usr/lib/systemd/systemd', args: ['/sbin/init'] },
      files: { 0: '/dev/null', 1: '/dev/null' },
    },
    {
      pid: 2,
      comm: 'kthreadd',
      stack: ['__schedule+0x351', 'schedule+0x5e', 'kthreadd+0x2c1', 'ret_from_fork+0x22'],
    },
    {
      pid: 11,
      comm: 'kworker/0:1',
      state: 'I',
      stack: [
        '__schedule+0x351',
        'schedule+0x5e',
        'worker_thread+0xa3',
        'kthread+0xe9',
        'ret_from_fork+0x22',
      ],
    },
    {
      pid: 94,
      comm: 'kestrel/poll',
      cpu: 1,
      stack: [
        '__schedule+0x351',
        'schedule+0x5e',
        'schedule_timeout+0x8d',
        'kestrel_poll+0x9c',
        'kthread+0xe9',
        'ret_from_fork+0x22',
      ],
    },
    {
      pid: 731,
      comm: 'bash',
      mm: bash,
      files: { 0: '/dev/pts/0', 1: '/dev/pts/0', 2: '/dev/pts/0', 10: '/var/log/syslog' },
      cwd: '/root',
      stack: [
        '__schedule+0x351',
        'schedule+0x5e',
        'do_wait+0x163',
        'kernel_wait4+0xaf',
        '__do_sys_wait4+0xa4',
        'do_syscall_64+0x58',
        'entry_SYSCALL_64_after_hwframe+0x64',
        {
          user: {
            ip: LIBC + 0x9c7d7n,
            sp: STACK + 0x1e2f8n,
            orig_ax: 61,
            ax: -512n,
            di: -1n,
            si: STACK + 0x1e320n,
            cx: LIBC + 0x9c7d7n,
            r11: 0x246,
          },
        },
      ],
    },
    {
      pid: 1207,
      comm: 'primes',
      ppid: 731,
      cpu: 1,
      uid: 1000,
      utime: 61_000_000_000,
      lastRan: 5_025_000_000_000,
      mm: { ...bash, exe: '/home/ada/primes', args: ['./primes', '1000000'] },
      stack: [
        { running: 'copy_user_generic_string+0x2c', regs: { cx: 0x200, si: 0x55d0c2c00000n } },
        'copyout+0x2b',
        '_copy_to_iter+0x98',
        'filemap_read+0x1a4',
        'vfs_read+0x201',
        'ksys_read+0x6b',
        'do_syscall_64+0x58',
        'entry_SYSCALL_64_after_hwframe+0x64',
        {
          user: {
            ip: LIBC + 0xf82dcn,
            sp: STACK + 0x1f000n,
            orig_ax: 0,
            ax: -38n,
            di: 3,
            si: HEAP + 0x10n,
            dx: 0x1000,
          },
        },
      ],
    },
    { pid: 1208, comm: 'primes', tgid: 1207, cpu: 0, uid: 1000, mm: bash },
  ],
  log: [
    ...logLines(
      0,
      `${LINUX_6_1.banner}\nCommand line: BOOT_IMAGE=/vmlinuz root=/dev/vda1 ro quiet crashkernel=192M`,
    ),
    { at: 0.412, text: 'smpboot: Total of 2 processors activated (16800.00 BogoMIPS)' },
    { at: 1.907332, text: 'EXT4-fs (vda1): mounted filesystem with ordered data mode.', level: 6 },
    { at: 4.120001, text: 'kestrel_net: loading out-of-tree module taints kernel.', level: 5 },
    {
      at: 4.120655,
      text: 'kestrel0: link up, 10000 Mbps',
      level: 6,
      subsystem: 'pci',
      device: '+pci:0000:00:03.0',
    },
  ],
});
