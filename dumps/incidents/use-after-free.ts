import { OOPS } from '../build/default-stacks.ts';
import { defineImage, type Story } from '../build/image.ts';
import type { TaskSpec } from '../build/tasks.ts';
import { LINUX_6_1 } from '../kernels/linux-6.1.ts';

const SESSION = `struct otter_session {
  struct list_head list;
  unsigned int id;
  unsigned int state;
  void *ops;
  unsigned long expires;
  unsigned long bytes;
  void *owner;
};`;
const SESSIONS = 9;
/** Which of the sessions was freed too early. */
const DEAD = 4;

/**
 * A driver's worker closes a session that another thread has freed. Where the session had the pointer to its operations,
 * in its middle, the allocator now keeps its own, hidden one: the worker follows it and takes a general protection fault.
 */
export const useAfterFree = defineImage({
  name: 'use-after-free',
  summary: 'a worker follows a pointer in a slab object that was freed',
  kernel: LINUX_6_1,
  machine: {
    kaslr: 0xc400000n,
    directMap: 0xffff8a2c00000000n,
    vmalloc: 0xffffab4540000000n,
    vmemmap: 0xffffdd3e00000000n,
  },
  globals: {
    nodename: 'lutra',
    time: 1_728_395_021,
    uptime: 88_120.44,
    load: [0.12, 0.2, 0.18],
    panicCpu: 0,
    taints: 0x1080,
  },
  modules: [
    {
      name: 'otter',
      functions: {
        // mov 0x18(%rdi),%rax; mov 0x8(%rax),%rax; call *%rax
        otter_expire: {
          size: 0x200,
          saves: ['bx'],
          locals: 16,
          code: { 27: '488b4718', 31: '488b4008', 35: 'ffd0' },
        },
        otter_close: { size: 0x100 },
        otter_open: { size: 0x100 },
      },
      variables: { otter_sessions: new Uint8Array(16), otter_tcp_ops: new Uint8Array(64) },
      taints: 0x1000,
    },
  ],
  tasks: makeTasks,
  log: ({ notes }) => {
    const address = ((notes.get('garbage') ?? 0n) + 8n).toString(16);
    return [
      { at: 0, text: LINUX_6_1.banner, level: 5 },
      { at: 12.881, text: 'otter: loading out-of-tree module taints kernel.', level: 5 },
      {
        at: 88_120.43,
        text: `general protection fault, probably for non-canonical address 0x${address}: 0000 [#1] PREEMPT SMP NOPTI`,
        level: 4,
      },
      {
        at: 88_120.431,
        text: 'CPU: 0 PID: 117 Comm: kworker/0:3 Kdump: loaded Tainted: G           O       6.1.0-13-amd64 #1  Debian 6.1.55-1',
        level: 4,
      },
      { at: 88_120.432, text: 'Workqueue: otter otter_expire [otter]', level: 4 },
      { at: 88_120.433, text: 'RIP: 0010:otter_expire+0x1f/0x200 [otter]', level: 4 },
    ];
  },
});

function makeTasks({ kernel, modules, notes }: Story): TaskSpec[] {
  kernel.types.declare(SESSION);
  const { machine, slabs } = kernel;
  slabs.create({
    name: 'otter_session',
    objectSize: machine.types.sizeof('otter_session'),
  });
  const symbols = modules.get('otter')?.symbols;
  const ops = symbols?.get('otter_tcp_ops') ?? 0n;
  machine.writeU64(ops + 8n, symbols?.get('otter_close') ?? 0n);
  const sessions = Array.from({ length: SESSIONS }, (_, id) =>
    kernel.thing('otter_session', { id: 1000 + id, state: 2, ops, bytes: 1460 * id }),
  );
  const dead = sessions[DEAD];
  if (!dead) throw new Error('there is no such session');
  const alive = sessions.filter((session) => session !== dead);
  const links = alive.map((session) => session.at('list'));
  machine.list(symbols?.get('otter_sessions') ?? 0n, links);
  slabs.free(dead.address);
  const garbage = slabs.freePointer(dead.address);
  notes.set('session', dead.address).set('garbage', garbage);
  const regs = { di: dead.address, bx: dead.address, ax: garbage, cx: 0x3ed, r12: ops };
  return [
    {
      pid: 117,
      comm: 'kworker/0:3',
      cpu: 0,
      lastRan: 88_120_429_000_000,
      stack: [
        ...OOPS,
        'die_addr+0x43',
        'exc_general_protection+0x1c7',
        'asm_exc_general_protection+0x22',
        { exception: 'otter_expire+0x1f', regs },
        { at: 'process_one_work+0x1c7', indirect: true },
        'worker_thread+0x4d',
        'kthread+0xe9',
        'ret_from_fork+0x22',
      ],
    },
    {
      pid: 803,
      comm: 'otterd',
      mm: {
        exe: '/usr/sbin/otterd',
        vmas: [
          { start: 0x400000n, end: 0x420000n, access: 'r-xp', file: '/usr/sbin/otterd' },
          { start: 0x7ffe00000000n, end: 0x7ffe00021000n, access: 'rw-p', flags: 0x100n },
        ],
      },
    },
  ];
}
