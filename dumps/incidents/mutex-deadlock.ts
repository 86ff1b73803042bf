import { PANIC } from '../build/default-stacks.ts';
import { defineImage, type Story } from '../build/image.ts';
import { LINUX_6_1 } from '../kernels/linux-6.1.ts';

const BLOCKED_TWICE = 'schedule_preempt_disabled+0x15';

/** Both threads: take one lock, then wait for the other. `locals` hold the argument of mutex_lock(). */
const waitFor = (inner: string, outer: string) => [
  '__schedule+0x351',
  'schedule+0x5e',
  BLOCKED_TWICE,
  '__mutex_lock.constprop.0+0x3ce',
  '__mutex_lock_slowpath+0x13',
  'mutex_lock+0x38',
  inner,
  outer,
  'worker_thread+0xa3',
  'kthread+0xe9',
  'ret_from_fork+0x22',
];

/**
 * Two kernel threads of a driver take two mutexes in opposite order. Nothing crashes: after two minutes khungtaskd
 * says so and, told to by hung_task_panic, gives up.
 */
export const mutexDeadlock = defineImage({
  name: 'mutex-deadlock',
  summary: 'two threads wait for each other: mutexes taken in opposite order',
  kernel: LINUX_6_1,
  machine: {
    kaslr: 0x2a00000n,
    directMap: 0xffff8f1a00000000n,
    vmalloc: 0xffffa81680000000n,
    vmemmap: 0xffffe8c440000000n,
  },
  globals: {
    nodename: 'heron',
    time: 1_727_611_512,
    uptime: 366.81,
    load: [2.01, 1.42, 0.63],
    panicCpu: 1,
    taints: 0x1000,
  },
  functions: {
    '__mutex_lock.constprop.0': {
      saves: ['r14', 'r13', 'r12', 'bp', 'bx'],
      locals: 0x38,
      size: 0x800,
    },
  },
  modules: [
    {
      name: 'heron_raid',
      functions: {
        heron_resync: { size: 0x300 },
        heron_take_disk: { size: 0x200 },
        heron_take_journal: { size: 0x200 },
        heron_flush: { size: 0x300 },
      },
      variables: { heron_disk_lock: new Uint8Array(32), heron_journal_lock: new Uint8Array(32) },
      taints: 0x1000,
    },
  ],
  tasks: [
    {
      pid: 41,
      comm: 'khungtaskd',
      cpu: 1,
      stack: [
        ...PANIC,
        'check_hung_uninterruptible_tasks+0x2e1',
        'watchdog+0x9a',
        'kthread+0xe9',
        'ret_from_fork+0x22',
      ],
    },
    {
      pid: 212,
      comm: 'heron/resync',
      state: 'D',
      cpu: 0,
      lastRan: 118_400_000_000,
      stack: waitFor('heron_take_journal+0x2f', 'heron_resync+0x88'),
    },
    {
      pid: 213,
      comm: 'heron/flush',
      state: 'D',
      cpu: 1,
      lastRan: 118_400_210_000,
      stack: waitFor('heron_take_disk+0x2f', 'heron_flush+0x61'),
    },
    {
      pid: 640,
      comm: 'rsyslogd',
      mm: {
        vmas: [
          { start: 0x400000n, end: 0x480000n, access: 'r-xp', file: '/usr/sbin/rsyslogd' },
          { start: 0x7ffe00000000n, end: 0x7ffe00021000n, access: 'rw-p' },
        ],
        exe: '/usr/sbin/rsyslogd',
      },
    },
  ],
  log: [
    {
      at: 0,
      text: LINUX_6_1.banner,
      level: 5,
    },
    { at: 6.32, text: 'heron_raid: loading out-of-tree module taints kernel.', level: 5 },
    { at: 118.4, text: 'heron_raid: resync of array 0 begins', level: 6 },
    {
      at: 366.79,
      text: 'INFO: task heron/resync:212 blocked for more than 120 seconds.',
      level: 3,
    },
    {
      at: 366.791,
      text: '      Tainted: G           O       6.1.0-13-amd64 #1 Debian 6.1.55-1',
      level: 3,
    },
    {
      at: 366.792,
      text: '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.',
      level: 3,
    },
    {
      at: 366.793,
      text: 'task:heron/resync   state:D stack:0     pid:212   ppid:2      flags:0x00004000',
      level: 6,
    },
    { at: 366.8, text: 'INFO: task heron/flush:213 blocked for more than 120 seconds.', level: 3 },
    { at: 366.81, text: 'Kernel panic - not syncing: hung_task: blocked tasks', level: 0 },
  ],
  also(story) {
    lock(story, 'heron_disk_lock', 212, 213);
    lock(story, 'heron_journal_lock', 213, 212);
  },
});

/** A mutex of the module that one task owns and another waits for: its waiter lies in the waiter's stack. */
function lock(
  { kernel, modules, task, notes }: Story,
  name: string,
  owner: number,
  waiter: number,
): void {
  const { machine } = kernel;
  const address = modules.get('heron_raid')?.symbols.get(name) ?? 0n;
  const mutex = machine.thing('mutex', address);
  const sleeper = task(waiter);
  const frame = sleeper.stack.frames.find(({ place }) => place.startsWith('__mutex_lock.'));
  if (!frame) throw new Error(`task ${waiter} does not wait for a mutex`);
  const entry = machine.thing('mutex_waiter', frame.body + 8n);
  entry.set({ task: sleeper.thing });
  machine.list(mutex.at('wait_list'), [entry.at('list')]);
  // Bit 0: there are waiters (MUTEX_FLAG_WAITERS).
  mutex.set({ 'owner.counter': task(owner).address | 1n });
  notes.set(name, address);
}
