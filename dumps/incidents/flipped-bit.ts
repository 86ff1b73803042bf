import { OOPS } from '../build/default-stacks.ts';
import { defineImage, type Story } from '../build/image.ts';
import type { LogLine } from '../build/log.ts';
import type { TaskSpec } from '../build/tasks.ts';
import { LINUX_6_1 } from '../kernels/linux-6.1.ts';

/** Which bit of a dentry's parent pointer the memory lost. */
const BIT = 1n << 42n;

/**
 * A process looks up a path and dies on a pointer that is right but for one bit: memory failed, not software. The
 * right pointer is still in a register, and the log has a corrected memory error from the day before.
 */
export const flippedBit = defineImage({
  name: 'flipped-bit',
  summary: 'a single bit of a pointer is wrong: bad memory',
  kernel: LINUX_6_1,
  machine: {
    kaslr: 0x16200000n,
    directMap: 0xffff94c680000000n,
    vmalloc: 0xffffb8d1c0000000n,
    vmemmap: 0xffffec6ac0000000n,
  },
  globals: {
    nodename: 'auk',
    time: 1_731_234_567,
    uptime: 1_203_441.7,
    load: [1.1, 0.98, 0.9],
    panicCpu: 1,
    taints: 0x80,
  },
  // mov 0x18(%rbx),%rdi; mov 0x30(%rdi),%rax
  functions: { prepend_path: { code: { 29: '488b7b18', 33: '488b4730' } } },
  tasks: makeTasks,
  log: makeLog,
  damage: ({ kernel, notes }) => {
    const dentry = kernel.machine.thing('dentry', notes.get('dentry') ?? 0n);
    dentry.set({ d_parent: notes.get('bad') ?? 0n });
  },
});

function makeTasks({ files, notes }: Story): TaskSpec[] {
  const dentry = files.dentry('/srv/archive/2024/report.pdf');
  const good = dentry.get('d_parent');
  const bad = good ^ BIT;
  notes.set('dentry', dentry.address).set('good', good).set('bad', bad);
  return [
    {
      pid: 2241,
      comm: 'indexer',
      cpu: 1,
      uid: 33,
      lastRan: 1_203_441_600_000_000,
      files: { 0: '/dev/null', 3: '/srv/archive/2024/report.pdf' },
      mm: {
        exe: '/usr/bin/indexer',
        args: ['indexer', '--all', '/srv/archive'],
        vmas: [
          { start: 0x400000n, end: 0x47a000n, access: 'r-xp', file: '/usr/bin/indexer' },
          {
            start: 0x67a000n,
            end: 0x67c000n,
            access: 'rw-p',
            file: '/usr/bin/indexer',
            pageOffset: 0x7a,
          },
          { start: 0x7fff1e000000n, end: 0x7fff1e021000n, access: 'rw-p', flags: 0x100n },
        ],
      },
      stack: [
        ...OOPS,
        'page_fault_oops+0x9c',
        'exc_page_fault+0x70',
        'asm_exc_page_fault+0x22',
        {
          exception: 'prepend_path+0x21',
          regs: { bx: dentry.address, di: bad, ax: 4n, r12: good },
        },
        'd_path+0x11d',
        'proc_pid_readlink+0x9b',
        'vfs_readlink+0x51',
        'do_readlinkat+0x10a',
        '__x64_sys_readlink+0x1a',
        'do_syscall_64+0x58',
        'entry_SYSCALL_64_after_hwframe+0x64',
        {
          user: {
            ip: 0x4127d3n,
            sp: 0x7fff1e01f3a8n,
            orig_ax: 89,
            ax: -38n,
            di: 0x7fff1e01f400n,
            si: 0x7fff1e01f500n,
            dx: 4096,
          },
        },
      ],
    },
  ];
}

function makeLog({ notes }: Story): LogLine[] {
  const address = ((notes.get('bad') ?? 0n) + 0x30n).toString(16);
  return [
    { at: 0, text: LINUX_6_1.banner, level: 5 },
    {
      at: 1_101_220.102,
      text: 'EDAC MC0: 1 CE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0 (channel:1 slot:0 page:0x150 offset:0x480 grain:32 syndrome:0x0)',
      level: 6,
    },
    {
      at: 1_203_441.69,
      text: `BUG: unable to handle page fault for address: ${address}`,
      level: 1,
    },
    { at: 1_203_441.691, text: '#PF: supervisor read access in kernel mode', level: 1 },
    { at: 1_203_441.692, text: '#PF: error_code(0x0000) - not-present page', level: 1 },
    { at: 1_203_441.693, text: 'Oops: 0000 [#1] PREEMPT SMP NOPTI', level: 4 },
    {
      at: 1_203_441.694,
      text: 'CPU: 1 PID: 2241 Comm: indexer Kdump: loaded Not tainted 6.1.0-13-amd64 #1  Debian 6.1.55-1',
      level: 4,
    },
    { at: 1_203_441.695, text: 'RIP: 0010:prepend_path+0x21/0x400', level: 4 },
  ];
}
