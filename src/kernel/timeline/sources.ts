import { hex, plus, type VAddr } from '../../base/address.ts';
import { latin1 } from '../../base/bytes.ts';
import { machineCpus } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { disks, eachRequest, isWrite } from '../drivers/disks.ts';
import { readLog } from '../printk/log.ts';
import { highResolutionTimers, jiffies, timerBase, timerBaseCount } from '../time/timers.ts';
import { nameOf } from '../waits/things.ts';
import { workers } from '../waits/workers.ts';
import type { Clocks } from './clocks.ts';
import type { TimelineEvent } from './events.ts';

/** The messages of the log. */
export function* logEvents(target: Target): Generator<TimelineEvent> {
  for (const record of readLog(target)) {
    if ('problem' in record || record.nanoseconds === undefined || record.isEmpty) continue;
    const { caller, nanoseconds: at } = record;
    yield {
      source: 'log',
      at,
      precision: 0n,
      ...(caller?.kind === 'cpu' ? { cpu: caller.number } : {}),
      ...(caller?.kind === 'task' ? { pid: caller.number } : {}),
      text: latin1(record.text),
    };
  }
}

/**
 * Timers that were due and had not run at the end: of the wheels, and of the high-resolution clock that counts from
 * boot. Deferrable ones wait for their CPU to wake up, and are left out.
 */
export function* timerEvents(target: Target, clocks: Clocks): Generator<TimelineEvent> {
  for (const cpu of machineCpus(target)) {
    if (target.findSymbol('timer_bases') !== undefined) yield* wheelEvents(target, clocks, cpu);
    if (target.findSymbol('hrtimer_bases') === undefined) continue;
    const own = target.losses.attempt(`timers of CPU ${cpu}`, undefined, () =>
      highResolutionTimers(target, cpu),
    );
    // HRTIMER_BASE_MONOTONIC is the first clock.
    for (const { expires, handler } of own?.clocks[0]?.timers ?? []) {
      const moment = clocks.fromMonotonic(expires);
      if (moment.at + moment.precision >= clocks.now) continue;
      const text = `hrtimer ${functionName(target, handler)} is due, and had not run at the end`;
      yield { source: 'timer', ...moment, cpu, text };
    }
  }
}

function* wheelEvents(target: Target, clocks: Clocks, cpu: number): Generator<TimelineEvent> {
  const now = jiffies(target);
  const count = timerBaseCount(target);
  // The deferrable wheel is the last one (BASE_DEF, kernel/time/timer.c).
  for (let index = 0; index < Math.max(1, count - 1); index++) {
    const base = target.losses.attempt(`timers of CPU ${cpu}`, undefined, () =>
      timerBase(target, cpu, index),
    );
    for (const { address, expires, handler } of base?.timers ?? []) {
      if (expires + granularity(target, address) >= now) continue;
      const text = `timer ${functionName(target, handler)} is due, and had not run at the end`;
      yield { source: 'timer', ...clocks.fromJiffies(expires), cpu, text };
    }
  }
}

/** TIMER_ARRAYSHIFT, include/linux/timer.h: the bucket of a timer is in its flags. */
const BUCKET_SHIFT = 22;
/** LVL_SIZE and LVL_CLK_DIV, kernel/time/timer.c: each level of 64 buckets is 8 times as coarse as the one below. */
const BUCKETS = 64;
const COARSER = 8n;

/** How many jiffies late a timer may be by the level of the wheel that it lies in. */
function granularity(target: Target, timer: VAddr): bigint {
  const bucket = target.object('timer_list', timer).num('flags') >>> BUCKET_SHIFT;
  return COARSER ** BigInt(Math.floor(bucket / BUCKETS));
}

const functionName = (target: Target, address: VAddr): string =>
  nameOf(target, address)?.symbol ?? hex(address);

/** Moments that RCU keeps in jiffies, in words. */
const RCU_MOMENTS: readonly (readonly [member: string, text: string])[] = [
  ['gp_start', 'a grace period begins'],
  ['gp_end', 'a grace period ends'],
  ['gp_activity', 'the thread of grace periods was active last'],
  ['gp_req_activity', 'a grace period was last asked for'],
];

/** What struct rcu_state says of grace periods (kernel/rcu/tree.h). */
export function* rcuEvents(target: Target, clocks: Clocks): Generator<TimelineEvent> {
  const state = target.findSymbol('rcu_state');
  if (state === undefined) return;
  for (const [member, text] of RCU_MOMENTS) {
    const at = target.findMember('rcu_state', member);
    if (!at) continue;
    const value = target.kernel.word(plus(state, at.offset));
    if (value === 0n) continue;
    yield { source: 'rcu', ...clocks.fromJiffies(value), text: `RCU: ${text}` };
  }
}

/** The requests that disks have and have not finished, by the time when they were made. */
export function* blockEvents(target: Target, clocks: Clocks): Generator<TimelineEvent> {
  const start = target.findMember('request', 'start_time_ns');
  if (!start) return;
  for (const { name, queue } of disks(target)) {
    for (const request of eachRequest(target, queue)) {
      const kind = isWrite(request) ? 'write' : 'read';
      const text = `${name}: a ${kind} begins that is not done (request ${hex(request.address)})`;
      yield { source: 'block', ...clocks.fromMonotonic(request.big('start_time_ns')), text };
    }
  }
}

/** When pools of workers last made progress, and what workers execute still. */
export function* workqueueEvents(target: Target, clocks: Clocks): Generator<TimelineEvent> {
  const watchdog = target.findMember('worker_pool', 'watchdog_ts');
  const pools = new Set<bigint>();
  for (const { task, func, pool, work } of workers(target).values()) {
    if (work !== undefined && watchdog && !pools.has(pool) && pool !== 0n) {
      pools.add(pool);
      const value = target.kernel.word(plus(pool, watchdog.offset));
      const { pid } = task;
      const what = func === undefined ? 'a work item' : func.symbol;
      const text = `its pool of workers takes its last work item; ${task.comm} executes ${what} at the end`;
      yield { source: 'workqueue', ...clocks.fromJiffies(value), cpu: task.cpu, pid, text };
    }
  }
}
