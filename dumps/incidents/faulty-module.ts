import { OOPS } from '../build/default-stacks.ts';
import { defineImage, type Story } from '../build/image.ts';
import type { LogLine } from '../build/log.ts';
import type { TaskSpec } from '../build/tasks.ts';
import { LINUX_6_1 } from '../kernels/linux-6.1.ts';

const MODULE_STATE_COMING = 1;

/** A module whose init_module() writes 42 through a null pointer: insmod never comes back. */
export const faultyModule = defineImage({
  name: 'faulty-module',
  summary: 'a module writes through a null pointer while it is loaded',
  kernel: LINUX_6_1,
  machine: {
    kaslr: 0x2e000000n,
    directMap: 0xffff9c1b40000000n,
    vmalloc: 0xffffa1e900000000n,
    vmemmap: 0xfffff0a8c0000000n,
  },
  globals: {
    nodename: 'dunlin',
    time: 1_709_912_345,
    uptime: 302.61,
    load: [0.08, 0.05, 0.01],
    panicCpu: 0,
    taints: 0x3080,
  },
  functions: { load_module: { size: 0x2400 } },
  modules: [
    {
      name: 'faulty',
      functions: {
        // movl $42,0x0
        init_module: { size: 0x40, saves: [], locals: 0, code: { 5: 'c70425000000002a000000' } },
        cleanup_module: { size: 0x40 },
      },
      taints: 0x3000,
    },
  ],
  tasks: makeTasks,
  also: ({ modules }) => {
    const symbols = modules.get('faulty')?.symbols;
    modules
      .get('faulty')
      ?.thing.set({ state: MODULE_STATE_COMING, init: symbols?.get('init_module') ?? 0n });
  },
  log: makeLog,
});

function makeTasks(): TaskSpec[] {
  return [
    {
      pid: 977,
      comm: 'insmod',
      cpu: 0,
      lastRan: 302_590_000_000,
      files: { 0: '/dev/tty1', 3: '/root/faulty/faulty.ko' },
      mm: {
        exe: '/usr/bin/kmod',
        args: ['insmod', 'faulty.ko'],
        vmas: [
          { start: 0x55d7c2e00000n, end: 0x55d7c2e1a000n, access: 'r-xp', file: '/usr/bin/kmod' },
          { start: 0x7ffe9c100000n, end: 0x7ffe9c121000n, access: 'rw-p', flags: 0x100n },
        ],
      },
      stack: [
        ...OOPS,
        'page_fault_oops+0x9c',
        'exc_page_fault+0x70',
        'asm_exc_page_fault+0x22',
        { exception: 'init_module+0x5', regs: { flags: 0x10246 } },
        { at: 'do_one_initcall+0x56', indirect: true },
        'do_init_module+0x4a',
        'load_module+0x20a3',
        '__do_sys_finit_module+0xac',
        { at: 'do_syscall_64+0x58', indirect: true },
        'entry_SYSCALL_64_after_hwframe+0x64',
        {
          user: {
            ip: 0x7f0c11d20ed9n,
            sp: 0x7ffe9c11f458n,
            ax: -38n,
            orig_ax: 313,
            di: 3,
            si: 0x55d7c2e143d0n,
          },
        },
      ],
    },
  ];
}

function makeLog(_: Story): LogLine[] {
  const lines: readonly [number, string][] = [
    [0, LINUX_6_1.banner],
    [302.588, 'faulty: loading out-of-tree module taints kernel.'],
    [
      302.5881,
      'faulty: module verification failed: signature and/or required key missing - tainting kernel',
    ],
    [302.591, 'BUG: kernel NULL pointer dereference, address: 0000000000000000'],
    [302.5911, '#PF: supervisor write access in kernel mode'],
    [302.5912, '#PF: error_code(0x0002) - not-present page'],
    [302.5913, 'PGD 0 P4D 0 '],
    [302.5914, 'Oops: 0002 [#1] PREEMPT SMP NOPTI'],
    [
      302.5915,
      'CPU: 0 PID: 977 Comm: insmod Kdump: loaded Tainted: G           OE      6.1.0-13-amd64 #1  Debian 6.1.55-1',
    ],
    [302.5916, 'RIP: 0010:init_module+0x5/0x40 [faulty]'],
    [302.5917, 'Call Trace:'],
    [302.5918, ' do_one_initcall+0x56/0x400'],
    [302.5919, ' do_init_module+0x4a/0x400'],
    [302.592, ' load_module+0x20a3/0x2400'],
    [302.5921, ' __do_sys_finit_module+0xac/0x400'],
    [302.5922, ' do_syscall_64+0x58/0x400'],
    [302.5923, ' entry_SYSCALL_64_after_hwframe+0x64/0x200'],
    [302.5924, 'CR2: 0000000000000000'],
  ];
  return lines.map(([at, text]) => ({ at, text, level: 1 }));
}
