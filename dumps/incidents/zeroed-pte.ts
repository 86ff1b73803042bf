import { defineImage, type Story } from '../build/image.ts';
import type { LogLine } from '../build/log.ts';
import { KERNEL_DATA, SHIFT } from '../build/page-tables.ts';
import type { TaskSpec } from '../build/tasks.ts';
import { LINUX_4_18_RHEL8 } from '../kernels/linux-4.18-rhel8.ts';

const DIRECT_MAP = 0xffff880000000000n;
/** Two megabytes of the direct map, in small pages. */
const SPLIT = 0x1a2a00000;
/** Its page whose entry is gone; that of the next one has bits set that must not be. */
const LOST = DIRECT_MAP + 0x1a2b8a000n;
const PAGE = 0x1000n;
const RESERVED_BITS = 0x000fc00000000000n;
/** Where the copy began. */
const START = LOST - 0x2c00n;

/**
 * Something wrote over a page table of the kernel: one entry is zero, and the next has reserved bits. A driver that
 * copies from its buffer runs into the first of the two.
 */
export const zeroedPte = defineImage({
  name: 'zeroed-pte',
  summary:
    'the kernel cannot read its own memory: one page-table entry is zero, the next is garbage',
  kernel: LINUX_4_18_RHEL8,
  machine: {
    kaslr: 0x1a000000n,
    loadAddress: 0x1000000,
    directMap: DIRECT_MAP,
    islands: [[SPLIT, SPLIT + 0x200000]],
  },
  globals: {
    nodename: 'plover',
    time: 1_700_000_123,
    uptime: 123.52,
    load: [0.51, 0.2, 0.07],
    panicCpu: 1,
    taints: 0x1000,
    hz: 1000,
  },
  functions: {
    // mov %rdi,%rax; mov %rdx,%rcx; rep movsb; ret
    memcpy_erms: { saves: [], locals: 0, size: 0x40, code: { 0: '4889f84889d1f3a4c3' } },
    page_fault: { orc: 'regs', size: 0x40 },
  },
  modules: [
    {
      name: 'scratch',
      functions: { scratch_read: { size: 0x180 }, scratch_open: { size: 0x80 } },
      variables: { scratch_buffer: new Uint8Array(8) },
      taints: 0x1000,
    },
  ],
  tasks: makeTasks,
  also: splitDirectMap,
  log: makeLog,
  damage: ({ kernel: { machine } }) => {
    const { tables } = machine;
    const next = LOST + PAGE;
    const good = tables.entry(next, SHIFT.pte);
    tables.setEntry(LOST, SHIFT.pte, 0n);
    tables.setEntry(next, SHIFT.pte, good | RESERVED_BITS);
  },
});

function splitDirectMap({ kernel: { machine }, modules }: Story): void {
  const at = DIRECT_MAP + BigInt(SPLIT);
  machine.tables.map(at, SPLIT, 0x200000, KERNEL_DATA);
  machine.ram.claim(SPLIT / 4096, 512, 'kernel');
  const text = 'scratch: what the driver keeps\n';
  machine.write(START, Buffer.from(text.repeat(Number(LOST - START) / text.length)));
  machine.writeU64(modules.get('scratch')?.symbols.get('scratch_buffer') ?? 0n, START);
}

function makeTasks(): TaskSpec[] {
  return [
    {
      pid: 1402,
      comm: 'scratch-backup',
      cpu: 1,
      lastRan: 123_456_700_000,
      files: { 0: '/dev/null', 3: '/dev/scratch' },
      mm: {
        exe: '/usr/sbin/scratch-backup',
        args: ['scratch-backup', '--once'],
        vmas: [
          { start: 0x400000n, end: 0x40c000n, access: 'r-xp', file: '/usr/sbin/scratch-backup' },
          { start: 0x7ffd30000000n, end: 0x7ffd30021000n, access: 'rw-p', flags: 0x100n },
        ],
      },
      stack: [
        { running: 'relocate_kernel+0x30', note: 'interrupted' },
        'machine_kexec+0x1be',
        '__crash_kexec+0x6d',
        'crash_kexec+0x3d',
        'oops_end+0xbd',
        'no_context+0x1c8',
        'do_page_fault+0x37',
        'page_fault+0x1e',
        {
          exception: 'memcpy_erms+0x6',
          regs: {
            ax: DIRECT_MAP + 0x2400000n,
            bx: 0x4000,
            cx: 0x1400,
            dx: 0x4000,
            si: LOST,
            di: DIRECT_MAP + 0x2402c00n,
            flags: 0x10206,
          },
        },
        'scratch_read+0x4f',
        { at: 'vfs_read+0x91', indirect: true },
        'ksys_read+0x4f',
        { at: 'do_syscall_64+0x5b', indirect: true },
        'entry_SYSCALL_64_after_hwframe+0x65',
        {
          user: {
            ip: 0x4021c2n,
            sp: 0x7ffd3001ff18n,
            ax: -38n,
            orig_ax: 0,
            di: 3,
            si: 0x7ffd3001a000n,
            dx: 0x4000,
          },
        },
      ],
    },
  ];
}

function makeLog({ kernel: { machine } }: Story): LogLine[] {
  const entry = (shift: number) => machine.tables.entry(LOST, shift).toString(16);
  const top = entry(SHIFT.pgd);
  const lost = LOST.toString(16);
  const lines: readonly [number, string][] = [
    [0, LINUX_4_18_RHEL8.banner],
    [4.108221, 'scratch: loading out-of-tree module taints kernel.'],
    // In the words of the report, which leaves the function open.
    [123.456789, `BUG: unable to handle kernel paging request at address ${lost}`],
    [123.45679, 'IP: memcpy_erms+0x6/0x40'],
    [123.456791, `PGD ${top} P4D ${top} PUD ${entry(SHIFT.pud)} PMD ${entry(SHIFT.pmd)} PTE 0`],
    [123.456793, 'Oops: 0000 [#1] SMP NOPTI'],
    [
      123.456795,
      'CPU: 1 PID: 1402 Comm: scratch-backup Kdump: loaded Tainted: G           O     --------- -  - 4.18.0-305.34.2.el8_4.x86_64 #1',
    ],
    [123.456798, 'RIP: 0010:memcpy_erms+0x6/0x40'],
    [123.456801, `CR2: ${lost}`],
    [123.456803, 'Call Trace:'],
    [123.456806, ' scratch_read+0x4f/0x180 [scratch]'],
    [123.456808, ' vfs_read+0x91/0x400'],
    [123.45681, ' ksys_read+0x4f/0x400'],
    [123.456812, ' do_syscall_64+0x5b/0x400'],
    [123.456815, ' entry_SYSCALL_64_after_hwframe+0x65/0x200'],
  ];
  return lines.map(([at, text]) => ({ at, text, level: 1 }));
}
