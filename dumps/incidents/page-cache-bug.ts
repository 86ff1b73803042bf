import { I386Machine, PAGE_OFFSET } from '../build/i386-machine.ts';
import type { KernelThing, Values } from '../build/objects.ts';
import { bytesOf, wordBytes } from '../build/ram.ts';
import { LINUX_2_6_36_I386 } from '../kernels/linux-2.6.36-i386.ts';
import { ABOVE, BELOW, CALLS, FAULT, FUNCTIONS, LOG, USER } from './page-cache-bug-text.ts';

/** 14:13:27 on 1 February 2011. */
const TIME = 1_296_598_407;
const UPTIME = 145_796;
const HZ = 1000;
const PID = 13604;
/** Addresses of the objects. */
const STACK = 0xdc4a_a000n;
const STACK_SIZE = 0x2000n;
const SP = 0xdc4a_be28n;
const PAGE = 0xc16a_cf40n;
const MAPPING = 0xde87_7d7cn;
const INODE = MAPPING - 200n;
const PER_CPU = 0xdf80_0000n;

/** Stack of another task: where schedule() continues, then return addresses by distance. */
const SLEEPS = {
  kthread: [0xc102_e7a1n, 0xc100_35ban],
  process: [
    0xc137_7105n,
    0xc137_7d3fn,
    0xc109_a27cn,
    0xc109_ab10n,
    0xc109_ad2en,
    0xc109_b1a4n,
    0xc137_8005n,
  ],
};
/** In schedule(), behind the switch of stacks. */
const RESUMED = 0xc137_6b5cn;

/** The accident's memory; with `pae`, as a kernel of CONFIG_X86_PAE would have mapped it. */
export function buildPageCacheBug({ pae = false } = {}): I386Machine {
  const machine = new I386Machine({
    ramMb: 512,
    declarations: LINUX_2_6_36_I386.declarations,
    nodename: 'dimension',
    release: LINUX_2_6_36_I386.release,
    version: LINUX_2_6_36_I386.version,
    time: TIME,
    pae,
  });
  writeText(machine);
  writeLog(machine);
  writeGlobals(machine);
  const apache = writeTasks(machine);
  writeVictim(machine, apache);
  writePages(machine);
  const symbols = [
    'init_uts_ns',
    'swapper_pg_dir',
    '_stext',
    'mem_map',
    'log_buf',
    'log_end',
    'log_buf_len',
  ];
  machine.finish([...FAULT, SP, 0x68], PID, [
    `OSRELEASE=${LINUX_2_6_36_I386.release}`,
    'PAGESIZE=4096',
    ...symbols.map((name) => `SYMBOL(${name})=${machine.symbol(name).toString(16)}`),
    `CRASHTIME=${TIME}`,
    ...(pae ? ['CONFIG_X86_PAE=y'] : []),
  ]);
  return machine;
}

/** Functions with the calls that the stacks tell of; the rest of them is nothing. */
function writeText(machine: I386Machine): void {
  for (const [name, start, size, letter] of FUNCTIONS) {
    machine.addSymbol(name, start, letter ?? 't');
    if (size > 0) machine.write(start, new Uint8Array(size).fill(0x90));
  }
  for (const [after, to] of CALLS) {
    const bytes =
      typeof to === 'string'
        ? Buffer.concat([bytesOf('e8'), wordBytes(machine.symbol(to) - after, 4)])
        : to;
    machine.write(after - BigInt(bytes.length), bytes);
  }
  // BUG(): ud2. truncate_inode_pages() is push $-1 twice, the call, pop, pop, ret.
  machine.write(0xc105_af4fn, bytesOf('0f0b'));
  machine.write(0xc106_12c4n, bytesOf('6aff6aff'));
  machine.write(0xc106_12cdn, bytesOf('585ac3'));
}

/** The byte buffer of printk: every line has its level in front. */
function writeLog(machine: I386Machine): void {
  const text = Buffer.from(
    `${LOG.map((line) => (/^<\d>/.test(line) ? line : `<4>${line}`)).join('\n')}\n`,
    'latin1',
  );
  const size = 1 << 14;
  const buffer = machine.room('variables', size, 4096);
  machine.write(buffer, text);
  machine.addSymbol('__log_buf', buffer, 'b');
  machine.word('log_buf', buffer);
  machine.word('log_buf_len', size);
  machine.word('log_end', text.length);
  machine.word('logged_chars', text.length);
}

function writeGlobals(machine: I386Machine): void {
  const { nodename, release, version } = machine.spec;
  const name = {
    sysname: 'Linux',
    nodename,
    release,
    version,
    machine: 'i686',
    domainname: '(none)',
  };
  machine.variable(
    'init_uts_ns',
    'uts_namespace',
    Object.fromEntries(Object.entries(name).map(([key, value]) => [`name.${key}`, value])),
  );
  machine.data('linux_banner', Buffer.from(`${LINUX_2_6_36_I386.banner}\n\0`));
  machine.word('saved_command_line', machine.string('root=/dev/sda3 crashkernel=64M@16M panic=30'));
  machine.data('jiffies_64', wordBytes(2 ** 32 - 300 * HZ + UPTIME * HZ, 8));
  machine.addSymbol('jiffies', machine.symbol('jiffies_64'));
  machine.data('tick_nsec', wordBytes(1e9 / HZ, 4));
  machine.data('xtime', Buffer.concat([wordBytes(TIME, 4), wordBytes(0, 4)]));
  machine.data('avenrun', Buffer.concat([184, 143, 102].map((load) => wordBytes(load, 4))));
  machine.word('tainted_mask', 0x80);
  machine.word('crashing_cpu', 0);
  machine.word('cpu_khz', 2_793_000);
  machine.word('nr_cpu_ids', 1);
  for (const mask of ['possible', 'present', 'online', 'active'])
    machine.data(`cpu_${mask}_bits`, wordBytes(1, 8));
  machine.list(machine.data('modules', new Uint8Array(8)), []);
}

interface TaskSpec {
  readonly pid: number;
  readonly comm: string;
  readonly parent?: KernelThing;
  readonly stack: bigint;
  readonly more?: Values;
}

/** Tasks, their pids in the hash, their lists; the run queue. */
function writeTasks(machine: I386Machine): KernelThing {
  const shift = 4;
  const hash = machine.pages(1);
  machine.word('pid_hash', hash);
  machine.word('pidhash_shift', shift);
  const namespace = machine.variable('init_pid_ns', 'pid_namespace');
  const all: KernelThing[] = [];
  const add = ({ pid, comm, parent, stack, more = {} }: TaskSpec): KernelThing => {
    const task =
      pid === 0
        ? machine.variable('init_task', 'task_struct')
        : machine.thing('task_struct', machine.make('task_struct').address);
    task.set({
      stack,
      pid,
      tgid: pid,
      comm,
      usage: 2,
      policy: 0,
      prio: 120,
      static_prio: 120,
      normal_prio: 120,
      parent: parent ?? task,
      real_parent: parent ?? task,
      group_leader: task,
      'start_time.tv_sec': pid,
      // No task waits long: the last second, and the panicking task last of all.
      'sched_info.last_arrival':
        BigInt(UPTIME * 1000 - (pid === PID ? 4 : 40 + (pid % 900))) * 1_000_000n,
      'thread.sp0': stack + STACK_SIZE - 8n,
      signal: machine.make('signal_struct', { nr_threads: 1, live: 1, sigcnt: 1 }),
      ...more,
    });
    machine.list(task.at('thread_group'), []);
    machine.thing('thread_info', stack, { task, cpu: 0, addr_limit: PAGE_OFFSET });
    // STACK_END_MAGIC lies behind thread_info.
    machine.write(stack + BigInt(machine.types.sizeof('thread_info')), wordBytes(0x57ac6e9d, 4));
    all.push(task);
    if (pid !== 0) linkPid(machine, task, pid, hash, shift, namespace);
    return task;
  };
  const stackRoom = () => {
    const at = machine.pages(4);
    return at + ((STACK_SIZE - (at % STACK_SIZE)) % STACK_SIZE);
  };
  const idle = add({
    pid: 0,
    comm: 'swapper',
    stack: machine.room('variables', 0x2000, 0x2000),
    more: { flags: 0x200000 },
  });
  sleep(machine, idle, [0xc100_1c3fn]);
  const kthreadd = { pid: 2, comm: 'kthreadd', parent: idle, stack: stackRoom() };
  const init = add({ pid: 1, comm: 'init', parent: idle, stack: stackRoom(), more: { state: 1 } });
  sleep(machine, init, SLEEPS.process);
  sleep(machine, add({ ...kthreadd, more: { state: 1, flags: 0x200000 } }), SLEEPS.kthread);
  const server = add({
    pid: 4711,
    comm: 'apache2',
    parent: init,
    stack: stackRoom(),
    more: { state: 1 },
  });
  sleep(machine, server, SLEEPS.process);
  const victim = add({ pid: PID, comm: 'apache2', parent: server, stack: STACK });
  machine.list(
    idle.at('tasks'),
    all.slice(1).map((task) => task.at('tasks')),
  );
  for (const parent of all) {
    const children = all.filter((task) => task !== parent && task.get('parent') === parent.address);
    machine.list(
      parent.at('children'),
      children.map((task) => task.at('sibling')),
    );
  }
  perCpu(machine, { current: victim, idle });
  return victim;
}

function linkPid(
  machine: I386Machine,
  task: KernelThing,
  pid: number,
  hash: bigint,
  shift: number,
  namespace: KernelThing,
): void {
  const bucket = hash + BigInt((pid % 2 ** shift) * 4);
  const head = new DataView(machine.read(bucket, 4).buffer).getUint32(0, true);
  const struct = machine.make('pid', {
    count: 1,
    'numbers[0].nr': pid,
    'numbers[0].ns': namespace,
    'numbers[0].pid_chain.next': head,
    'numbers[0].pid_chain.pprev': bucket,
    'tasks[0].first': task.at('pids[0].node'),
  });
  task.set({ 'pids[0].pid': struct });
  machine.write(bucket, wordBytes(struct.at('numbers[0].pid_chain'), 4));
}

/** A task that gave up its CPU: flags and bp on its stack, and the caller of schedule(). */
function sleep(machine: I386Machine, task: KernelThing, callers: readonly bigint[]): void {
  const top = task.get('stack') + STACK_SIZE;
  const isUser = callers === SLEEPS.process;
  const registers = top - 8n - 68n;
  const end = isUser ? registers : top - 16n;
  if (isUser) machine.writeWords(registers, USER.with(11, 142n));
  let at = end - 4n;
  for (const caller of callers.toReversed()) {
    machine.writeWords(at, [caller]);
    at -= 32n;
  }
  const sp = at - 4n;
  machine.writeWords(sp, [0, 0x246]);
  task.set({ 'thread.sp': sp, 'thread.ip': RESUMED });
}

/** Per-CPU variables have addresses in the image, and their copies elsewhere. */
function perCpu(
  machine: I386Machine,
  { current, idle }: { current: KernelThing; idle: KernelThing },
): void {
  const start = machine.room('variables', 0x4000, 4096);
  machine.addSymbol('__per_cpu_start', start);
  const offset = PER_CPU - start;
  const at = (name: string, distance: number): bigint =>
    machine.addSymbol(name, start + BigInt(distance)) + offset;
  machine.writeWords(at('current_task', 0), [current.address]);
  machine.writeWords(at('cpu_number', 4), [0]);
  machine.writeWords(at('hardirq_ctx', 8), [machine.pages(4)]);
  machine.writeWords(at('softirq_ctx', 12), [machine.pages(4)]);
  const rq = machine.thing('rq', at('runqueues', 0x100), {
    curr: current,
    idle,
    nr_running: 1,
    clock: BigInt(UPTIME) * 1_000_000_000n,
    online: 1,
    'cfs.nr_running': 1,
    'cfs.curr': current.at('se'),
  });
  current.set({ 'se.on_rq': 1 });
  const queues = rq.at('rt.active.queue');
  for (let priority = 0n; priority < 100n; priority++) machine.list(queues + priority * 8n, []);
  machine.addSymbol('__per_cpu_end', start + 0x4000n);
  machine.data('__per_cpu_offset', wordBytes(offset, 4));
}

/** The stack of the process that hit the BUG, and its address space. */
function writeVictim(machine: I386Machine, task: KernelThing): void {
  const top = STACK + STACK_SIZE;
  machine.writeWords(SP - BigInt(4 * FAULT.length), FAULT);
  machine.writeWords(SP, ABOVE);
  machine.writeWords(top - 8n - BigInt(4 * USER.length), USER);
  for (const [at, ip] of BELOW) machine.writeWords(at, [ip]);
  const pgd = machine.userTables();
  const areas = [
    { start: 0x0804_8000n, end: 0x080a_6000n, flags: 0x875 },
    { start: 0x09a4_e000n, end: 0x09d1_0000n, flags: 0x100073 },
    { start: 0xbfe3_a000n, end: 0xbfe4_f000n, flags: 0x100173 },
  ];
  const mm = machine.make('mm_struct', {
    pgd,
    mm_users: 1,
    mm_count: 1,
    map_count: areas.length,
    total_vm: 0x5e + 0x2c2 + 0x15,
    'rss_stat.count[0]': 1,
    'rss_stat.count[1]': 2,
    start_code: 0x0804_8000n,
    end_code: 0x080a_5c10n,
    start_stack: 0xbfe4_e000n,
  });
  const vmas = areas.map(({ start, end, flags }) =>
    machine.make('vm_area_struct', { vm_mm: mm, vm_start: start, vm_end: end, vm_flags: flags }),
  );
  const [text, heap, stack] = vmas as [KernelThing, KernelThing, KernelThing];
  for (const [i, vma] of vmas.entries())
    vma.set({ vm_next: vmas[i + 1] ?? 0, vm_prev: vmas[i - 1] ?? 0 });
  heap.set({ 'vm_rb.rb_left': text.at('vm_rb'), 'vm_rb.rb_right': stack.at('vm_rb') });
  mm.set({ mmap: text, 'mm_rb.rb_node': heap.at('vm_rb') });
  machine.mapPage(pgd, 0x0804_8000n, 0x25, bytesOf('7f454c46 01010100'));
  machine.mapPage(pgd, 0x09a5_2000n, 0x67, bytesOf('a0a1a2a3'));
  machine.mapPage(pgd, 0xbfe4_d000n, 0x67, bytesOf('00'));
  task.set({ mm, active_mm: mm, 'thread.sp': 0xdc4a_bc00n, 'thread.ip': RESUMED });
}

/** The pages of the pagevec. The one that is being removed is page 21 of its file, and still mapped somewhere. */
function writePages(machine: I386Machine): void {
  machine.thing('inode', INODE, {
    i_ino: 524_417,
    i_mode: 0o100600,
    i_mapping: MAPPING,
    'i_data.host': INODE,
    'i_data.nrpages': 1,
  });
  for (const address of ABOVE.slice(16, 30)) {
    const isVictim = address === PAGE;
    machine.page(BigInt(address), {
      flags: isVictim ? 0x4000_0009n : 0x4000_0008n,
      _count: 3,
      _mapcount: isVictim ? 0 : -1,
      mapping: isVictim ? MAPPING : 0,
      index: isVictim ? 0x15 : 0,
    });
  }
}

let built: I386Machine | undefined;

/**
 * An unlinked file's last mapping goes away; its pages leave the page cache, and one of them is still mapped: BUG at
 * mm/filemap.c:128. Of February 2011: 32 bits, no IDR, no records in the log, and a machine with a bad memory chip.
 */
export const pageCacheBug = {
  name: 'page-cache-bug',
  summary: 'a page that is still mapped leaves the page cache: a 32-bit 2.6.36 of 2011',
  /** The machine with its memory, written once. */
  build: (): I386Machine => {
    built ??= buildPageCacheBug();
    return built;
  },
};
