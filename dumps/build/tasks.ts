import {
  ENTRY_FUNCTIONS,
  IDLE,
  IDLE_ASLEEP,
  SLEEPING_KTHREAD,
  SLEEPING_PROCESS,
  stoppedByNmi,
} from './default-stacks.ts';
import type { Kernel } from './kernel.ts';
import { type BuiltMm, buildMm, type MmSpec } from './mm.ts';
import type { KernelThing, Values } from './objects.ts';
import { wordBytes } from './ram.ts';
import { type BuiltStack, buildStack, type RegisterName, type StackLine } from './stacks.ts';

/** A task as a story tells it. Only pid and comm are needed; a task without `mm` is a kernel thread. */
export interface TaskSpec {
  readonly pid: number;
  readonly comm: string;
  /** Thread group; the pid when left out. Threads come after their leader. */
  readonly tgid?: number;
  /** Pid of the parent: 0, 1 (pid 1 has 0) or 2 for kernel threads when left out. */
  readonly ppid?: number;
  /** TASK_* bits, or a letter of ps: R S D T Z I. Default S; R when the stack begins with a running place. */
  readonly state?: number | 'R' | 'S' | 'D' | 'T' | 'Z' | 'I';
  readonly cpu?: number;
  /** Innermost first (stacks.ts). A sleeper's default is a plausible one. */
  readonly stack?: readonly StackLine[];
  readonly mm?: MmSpec;
  readonly uid?: number;
  readonly nice?: number;
  /** Open files by number: paths, which the image's files must have, or which are made. */
  readonly files?: Readonly<Record<number, string>>;
  readonly cwd?: string;
  /** Nanoseconds after boot. */
  readonly startTime?: number;
  /** Nanoseconds of CPU time in user space and in the kernel. */
  readonly utime?: number;
  readonly stime?: number;
  /** When it last ran, nanoseconds after boot. */
  readonly lastRan?: number;
  /** Members of task_struct to set at the end, over everything else. */
  /** Where its task_struct and its stack lie. */
  readonly at?: bigint;
  readonly stackAt?: bigint;
  readonly members?: Values | ((task: KernelThing, tasks: TaskBuilder) => Values);
}

/** A task of the image, for the oracle. */
export interface BuiltTask {
  readonly spec: TaskSpec;
  readonly thing: KernelThing;
  readonly address: bigint;
  readonly cpu: number;
  readonly stack: BuiltStack;
  readonly stackRange: { readonly base: bigint; readonly top: bigint };
  readonly mm: BuiltMm | undefined;
}

const STATES = { R: 0, S: 1, D: 2, T: 4, Z: 0x20, I: 0x402 } as const;
/** A CPU mask of the first `count`. */
const firstBits = (count: number): Uint8Array => wordBytes((1n << BigInt(count)) - 1n, 8);
const PF_KTHREAD = 0x200000;
const PF_IDLE = 0x2;
const NICE_0 = 120;
const MILLISECOND = 1_000_000;

/** Writes tasks with their stacks, signals and pids; task-links.ts connects them at the end. */
export class TaskBuilder {
  readonly kernel: Kernel;
  /** By pid; idle tasks by minus one minus their CPU. */
  readonly built = new Map<number, BuiltTask>();
  /** Threads of a process, leader first, by its key in {@link built}. */
  readonly threads = new Map<number, BuiltTask[]>();
  readonly #initTask: KernelThing;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    const { types, machine, slabs } = kernel;
    kernel.text.describe(ENTRY_FUNCTIONS);
    const size = (name: string) => types.sizeof(name);
    const caches: readonly (readonly [string, number])[] = [
      ['task_struct', 64],
      ['signal_cache', 64],
      ['sighand_cache', 64],
      ['pid', 64],
      ['cred_jar', 64],
      ['files_cache', 64],
      ['fs_cache', 64],
      ['mm_struct', 64],
      ['vm_area_struct', 8],
      ['maple_node', 256],
      ['radix_tree_node', 8],
    ];
    const typeOf: Readonly<Record<string, string>> = {
      signal_cache: 'signal_struct',
      sighand_cache: 'sighand_struct',
      cred_jar: 'cred',
      files_cache: 'files_struct',
      fs_cache: 'fs_struct',
      radix_tree_node: types.has('xa_node') ? 'xa_node' : 'radix_tree_node',
    };
    for (const [name, align] of caches) {
      const type = typeOf[name] ?? name;
      if (types.has(type)) slabs.create({ name, objectSize: size(type), align, flags: 0x2000 });
    }
    this.#initTask = machine.variable('init_task', 'task_struct');
    machine.variable('init_pid_ns', 'pid_namespace', { pid_allocated: 0x80000000, level: 0 });
  }

  /** The task with a pid. Throws Error when the image has none. */
  task(pid: number): BuiltTask {
    const found = this.built.get(pid);
    if (!found) throw new Error(`the image has no task of pid ${pid}`);
    return found;
  }
  /** The idle task of a CPU. */
  idle(cpu: number): BuiltTask {
    return this.task(-1 - cpu);
  }

  /** The idle task of a CPU: `asleep` when another task runs there, `stopped` when another CPU panicked. */
  addIdle(cpu: number, how: 'halted' | 'asleep' | 'stopped'): BuiltTask {
    const stopped = [...stoppedByNmi(this.kernel, cpu, 'native_safe_halt+0xb'), ...IDLE.slice(1)];
    const stack = how === 'stopped' ? stopped : how === 'asleep' ? IDLE_ASLEEP : IDLE;
    return this.#add({ pid: 0, comm: `swapper/${cpu}`, cpu, state: 'R', stack }, cpu);
  }

  add(spec: TaskSpec): BuiltTask {
    return this.#add(spec, undefined);
  }

  #add(spec: TaskSpec, idleCpu: number | undefined): BuiltTask {
    const { kernel } = this;
    const { machine } = kernel;
    const { range, vmStruct } = kernel.stack(spec.stackAt);
    const thing = idleCpu === 0 ? this.#initTask : machine.thing('task_struct', this.#room(spec));
    const lines = spec.stack ?? (spec.mm ? SLEEPING_PROCESS : SLEEPING_KTHREAD);
    const stack = buildStack(machine, kernel.text, range, lines);
    const leader =
      spec.tgid !== undefined && spec.tgid !== spec.pid ? this.task(spec.tgid) : undefined;
    const mm = leader ? leader.mm : spec.mm && buildMm(kernel, spec.mm, thing);
    const cpu = spec.cpu ?? 0;
    const task: BuiltTask = {
      spec,
      thing,
      address: thing.address,
      cpu,
      stack,
      stackRange: range,
      mm,
    };
    this.built.set(idleCpu === undefined ? spec.pid : -1 - idleCpu, task);
    this.#scalars(task, idleCpu !== undefined);
    this.#signals(task, leader);
    thing.set({ stack: range.base, 'thread.sp': stack.sp }).setKnown({ stack_vm_area: vmStruct });
    if (idleCpu === undefined) this.#pid(task);
    const { members } = spec;
    if (members) thing.set(typeof members === 'function' ? members(thing, this) : members);
    return task;
  }

  #room({ at }: TaskSpec): bigint {
    const { slabs } = this.kernel;
    return at === undefined ? slabs.allocate('task_struct') : slabs.allocateAt('task_struct', at);
  }

  #scalars(task: BuiltTask, isIdle: boolean): void {
    const { spec, thing, mm, cpu } = task;
    const running = task.stack.registers !== undefined;
    const state =
      typeof spec.state === 'number' ? spec.state : STATES[spec.state ?? (running ? 'R' : 'S')];
    const exiting = state & 0x30;
    const priority = NICE_0 + (spec.nice ?? 0);
    const started = spec.startTime ?? (spec.pid + 1) * 10 * MILLISECOND;
    thing.set({
      pid: spec.pid,
      tgid: spec.tgid ?? spec.pid,
      comm: spec.comm.slice(0, 15),
      [thing.has('__state') ? '__state' : 'state']: state & ~0x30,
      exit_state: exiting,
      flags: (mm ? 0x400000 : PF_KTHREAD) | (isIdle ? PF_IDLE : 0),
      prio: isIdle ? 140 : priority,
      static_prio: priority,
      normal_prio: isIdle ? 140 : priority,
      mm: mm?.address ?? 0n,
      active_mm: mm?.address ?? 0n,
      utime: spec.utime ?? 0,
      stime: spec.stime ?? 5 * MILLISECOND,
      start_time: started,
      exit_signal: 17,
      [thing.has('start_boottime') ? 'start_boottime' : 'real_start_time']: started,
      'sched_info.last_arrival': spec.lastRan ?? started + MILLISECOND,
      'se.load.weight': 1048576,
      on_cpu: running ? 1 : 0,
    });
    thing.setKnown({
      'thread_info.cpu': cpu,
      cpu,
      on_rq: state === 0 ? 1 : 0,
      cpus_mask: firstBits(this.kernel.machine.cpus),
      nr_cpus_allowed: this.kernel.machine.cpus,
      usage: 1,
      stack_refcount: 1,
      stack_canary: 0x5a17c0ffee000000n + BigInt(spec.pid) * 0x100n,
    });
  }

  #signals(task: BuiltTask, leader: BuiltTask | undefined): void {
    const { machine, slabs } = this.kernel;
    const { thing, spec } = task;
    const uid = spec.uid ?? 0;
    const ids = {
      uid,
      gid: uid,
      suid: uid,
      sgid: uid,
      euid: uid,
      egid: uid,
      fsuid: uid,
      fsgid: uid,
    };
    const cred = machine.thing('cred', slabs.allocate('cred_jar')).set({ usage: 2, ...ids });
    const signal = leader ? leader.thing.get('signal') : slabs.allocate('signal_cache');
    const sighand = leader ? leader.thing.get('sighand') : slabs.allocate('sighand_cache');
    const key = leader ? leader.spec.pid : spec.pid;
    const threads = this.threads.get(spec.pid === 0 ? -1 - task.cpu : key) ?? [];
    threads.push(task);
    this.threads.set(spec.pid === 0 ? -1 - task.cpu : key, threads);
    thing.set({ cred, real_cred: cred, signal, sighand, group_leader: leader?.thing ?? thing });
    const own = machine.thing('signal_struct', signal);
    // RLIM_INFINITY for all of them.
    own.set({ rlim: new Uint8Array(16 * 16).fill(0xff) });
    own.set({
      'rlim[3].rlim_cur': 8 << 20,
      'rlim[7].rlim_cur': 1024,
      'rlim[7].rlim_max': 524288,
      nr_threads: threads.length,
    });
    own.setKnown({ sigcnt: 1, live: threads.length });
    machine.list(own.at('shared_pending.list'), []);
    machine.list(thing.at('pending.list'), []);
  }

  #pid(task: BuiltTask): void {
    const { machine, slabs } = this.kernel;
    const { thing, spec } = task;
    const pid = machine.thing('pid', slabs.allocate('pid'));
    pid
      .set({ 'numbers[0].nr': spec.pid, 'numbers[0].ns': machine.symbol('init_pid_ns') })
      .setKnown({ count: 1, level: 0 });
    const links = thing.has('pid_links') ? 'pid_links[0]' : 'pids[0].node';
    machine.thing('hlist_node', thing.at(links)).set({ pprev: pid.at('tasks[0]') });
    pid.set({ 'tasks[0]': thing.at(links) });
    thing.set({ thread_pid: pid });
  }

  /** The task that was on a CPU. */
  current(cpu: number): BuiltTask {
    const address = this.kernel.machine.readU64(this.kernel.machine.perCpuAt('current_task', cpu));
    return [...this.built.values()].find((task) => task.address === address) as BuiltTask;
  }
  /** A CPU's registers at the end, for its note. */
  registers(cpu: number): Readonly<Record<RegisterName, bigint>> | undefined {
    return this.current(cpu).stack.registers;
  }
}
