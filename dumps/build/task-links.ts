import type { Kernel } from './kernel.ts';
import type { Machine } from './machine.ts';
import type { KernelThing } from './objects.ts';
import { buildRbTree } from './rbtree.ts';
import type { BuiltTask, TaskBuilder } from './tasks.ts';
import { buildXarray } from './xarray.ts';

/**
 * Closes the links among tasks: lists of processes, children and threads, pids, runqueues. Needs every idle task.
 * `extra` is called for each task; `uptime` is in seconds.
 */
export function linkTasks(
  tasks: TaskBuilder,
  uptime: number,
  extra: (task: BuiltTask) => void,
): void {
  const { kernel, threads: threadsOf } = tasks;
  const children = new Map<number, BuiltTask[]>();
  const { machine } = kernel;
  const all = [...tasks.built.values()];
  const init = tasks.idle(0);
  for (const task of all) {
    const parent = parentOf(tasks, task);
    task.thing.set({ parent: parent.thing, real_parent: parent.thing });
    if (task !== parent && isLeader(task))
      children.set(keyOf(parent), [...(children.get(keyOf(parent)) ?? []), task]);
    extra(task);
  }
  const leaders = all.filter((task) => isLeader(task) && task.spec.pid !== 0);
  machine.list(
    init.thing.at('tasks'),
    leaders.map(({ thing }) => thing.at('tasks')),
  );
  for (const task of all) {
    machine.list(
      task.thing.at('children'),
      (children.get(keyOf(task)) ?? []).map(({ thing }) => thing.at('sibling')),
    );
    const threads = threadsOf.get(keyOf(task));
    if (!threads) continue;
    const signal = machine.thing('signal_struct', task.thing.get('signal'));
    machine.list(
      signal.at('thread_head'),
      threads.map(({ thing }) => thing.at('thread_node')),
    );
    if (task.thing.has('thread_group'))
      machine.list(
        task.thing.at('thread_group'),
        threads.slice(1).map(({ thing }) => thing.at('thread_group')),
      );
  }
  linkPids(
    kernel,
    all.filter(({ spec }) => spec.pid > 0),
  );
  for (let cpu = 0; cpu < machine.cpus; cpu++) runqueue(tasks, cpu, all, uptime);
}

function parentOf(tasks: TaskBuilder, task: BuiltTask): BuiltTask {
  const { pid, ppid, tgid, mm } = task.spec;
  if (pid === 0) return tasks.idle(0);
  const leader = tgid !== undefined && tgid !== pid ? tasks.task(tgid) : task;
  if (leader !== task) return parentOf(tasks, leader);
  const parent = ppid ?? (pid <= 2 ? 0 : mm ? 1 : 2);
  return parent === 0 ? tasks.idle(0) : tasks.task(parent);
}

/** init_pid_ns.idr: an xarray of struct pid by number. */
function linkPids(kernel: Kernel, tasks: readonly BuiltTask[]): void {
  const root = kernel.machine.thing('pid_namespace', kernel.machine.symbol('init_pid_ns'));
  const entries = new Map(tasks.map(({ spec, thing }) => [spec.pid, thing.get('thread_pid')]));
  const tree = kernel.has('xarray', 'xa_head') ? 'idr.idr_rt.xa_head' : 'idr.idr_rt.rnode';
  root.set({ [tree]: buildXarray(kernel, entries) });
  root.set({ 'idr.idr_next': Math.max(...entries.keys()) + 1 });
}

function runqueue(
  tasks: TaskBuilder,
  cpu: number,
  all: readonly BuiltTask[],
  uptime: number,
): void {
  const { machine } = tasks.kernel;
  const idle = tasks.idle(cpu);
  const current =
    all.find((task) => task.cpu === cpu && task.stack.registers && task !== idle) ?? idle;
  machine.writeU64(machine.perCpuAt('current_task', cpu), current.address);
  const runnable = all.filter(
    (task) => task.cpu === cpu && task.thing.get('on_rq') === 1n && task.spec.pid !== 0,
  );
  const rq = machine.thing('rq', machine.perCpuAt('runqueues', cpu));
  const clock = Math.round(uptime * 1e9);
  rq.set({
    curr: current.thing,
    idle: idle.thing,
    cpu,
    online: 1,
    nr_running: runnable.length,
    clock,
    clock_task: clock,
  });
  const waiting = runnable.filter((task) => task !== current);
  rq.setKnown({
    'cfs.rq': rq,
    'cfs.nr_running': runnable.length,
    'cfs.h_nr_running': runnable.length,
    'cfs.curr': current === idle ? 0n : current.thing.at('se'),
  });
  queues(machine, rq, waiting);
}

/** The tree of those that wait for the CPU, and the empty queues of real-time tasks. */
function queues(machine: Machine, rq: KernelThing, waiting: readonly BuiltTask[]): void {
  const nodes = waiting.map(({ thing }) => thing.at('se.run_node'));
  const root = buildRbTree(machine, nodes);
  rq.setKnown({
    'cfs.tasks_timeline.rb_root.rb_node': root,
    'cfs.tasks_timeline.rb_leftmost': nodes[0] ?? 0n,
  });
  if (!rq.has('rt.active.queue')) return;
  // An empty list: both of its pointers are to itself.
  const start = rq.at('rt.active.queue');
  const lists = BigUint64Array.from({ length: 200 }, (_, i) => start + BigInt((i >> 1) * 16));
  machine.write(start, new Uint8Array(lists.buffer));
}

const isLeader = ({ spec }: BuiltTask): boolean =>
  spec.tgid === undefined || spec.tgid === spec.pid;
const keyOf = ({ spec, cpu }: BuiltTask): number => (spec.pid === 0 ? -1 - cpu : spec.pid);
