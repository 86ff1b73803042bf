import { plus, type VAddr, va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { MissingError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { listEntries } from '../lib/lists.ts';
import { walkXarray } from '../lib/xarray.ts';
import { pidsByHash } from './pid-hash.ts';

/** PID_MAX_LIMIT, include/linux/threads.h. */
const MAX_THREADS = 4 << 20;

/**
 * The kernel's count of threads, without idle ones (`nr_threads`, kernel/fork.c); undefined where the count cannot be
 * read, or is impossible: then it is not used.
 */
export function threadCount(target: Target): number | undefined {
  const address = target.findSymbol('nr_threads');
  const bytes = address === undefined ? undefined : target.kernel.tryRead(address, 4);
  const count = bytes && viewOf(bytes).getInt32(0, true);
  return count !== undefined && count > 0 && count <= MAX_THREADS ? count : undefined;
}

/**
 * pid -> task through init_pid_ns.idr, which replaced the pid hash in 4.15 (95846ecf9dac, pid: replace pid bitmap
 * implementation with IDR API).
 */
export function* tasksByPid(target: Target): Generator<[number, VAddr]> {
  const links = pidLinks(target);
  if (target.findMember('pid_namespace', 'idr') === undefined) {
    for (const { pid, address } of pidsByHash(target)) {
      const first = target.kernel.pointer(plus(address, links.firstTask));
      if (first !== 0n) yield [pid, va(first - BigInt(links.inTask))];
    }
    return;
  }
  const root = target.global('init_pid_ns').addressOf('idr.idr_rt');
  for (const { index, value } of walkXarray(target, root)) {
    const first = target.losses.attempt(`pid ${index}`, value, () =>
      target.kernel.pointer(plus(value, links.firstTask)),
    );
    if (first !== undefined && first !== 0n) yield [index, va(first - BigInt(links.inTask))];
  }
}

/** Offset of the first task's link in struct pid, and of that link in task_struct. */
function pidLinks(target: Target): { firstTask: number; inTask: number } {
  const firstTask = target.types.member('pid', 'tasks').offset;
  // task->pids[] was replaced by pid_links[] in 4.19 (2c4704756cab, pids: Move the pgrp and session pid pointers from
  // task_struct to signal_struct).
  const link =
    target.findMember('task_struct', 'pid_links') ??
    target.findMember('task_struct', 'pids[0].node');
  if (!link) throw new MissingError('member', 'task_struct.pid_links');
  return { firstTask, inTask: link.offset };
}

/** Every thread of every process: init_task.tasks, and each leader's signal->thread_head. */
export function* tasksByList(target: Target): Generator<[number, VAddr]> {
  const tasks = target.types.member('task_struct', 'tasks').offset;
  // A process's threads are listed in its signal_struct since 3.14 (0c740d0afc3b, introduce for_each_thread() to
  // replace the buggy while_each_thread()); before, they were a ring with their leader.
  const ring = target.findMember('task_struct', 'thread_node') === undefined;
  const node = target.types.member('task_struct', ring ? 'thread_group' : 'thread_node').offset;
  const head = plus(target.symbol('init_task'), tasks);
  for (const entry of listEntries(target, head, 'task')) {
    const leader = target.object('task_struct', va(entry - BigInt(tasks)));
    const pid = target.losses.attempt('task', leader.address, () => leader.num('pid'));
    if (pid === undefined) continue;
    yield [pid, leader.address];
    const threads = target.losses.attempt('thread', leader.address, () =>
      ring ? leader.addressOf('thread_group') : leader.follow('signal')?.addressOf('thread_head'),
    );
    if (threads === undefined) continue;
    for (const thread of listEntries(target, threads, `thread of ${pid}`)) {
      const task = target.object('task_struct', va(thread - BigInt(node)));
      const own = target.losses.attempt('thread', task.address, () => task.num('pid'));
      if (own !== undefined) yield [own, task.address];
    }
  }
}
