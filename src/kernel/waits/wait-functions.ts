import type { CallFrame } from '../stacktrace/stacked-task.ts';

/** What a function on a blocked task's stack is a part of. */
export type WaitGroup =
  | 'schedule'
  | 'mutex'
  | 'rwsem-read'
  | 'rwsem-write'
  | 'rt-mutex'
  | 'semaphore'
  | 'completion'
  | 'wait-queue'
  | 'bit'
  | 'rcu'
  | 'work'
  | 'futex'
  | 'timer'
  | 'spinlock'
  | 'ipi';

/** Names of functions by which tasks wait, without the suffixes that compilers add. The first that matches counts. */
const GROUPS: readonly (readonly [WaitGroup, RegExp])[] = [
  [
    'schedule',
    /^(__schedule|schedule(_idle|_timeout|_preempt_disabled|_rtlock|_hrtimeout_range(_clock)?|_hrtimeout)?|io_schedule(_timeout|_prepare)?|preempt_schedule\w*|__cond_resched|_cond_resched|context_switch|__schedule_bug|__switch_to(_asm)?|rt_mutex_(pre_|post_)?schedule)$/,
  ],
  ['mutex', /^(__)?(ww_)?mutex_lock(_common|_slowpath|_killable|_interruptible|_io|_nested)*$/],
  ['mutex', /^__mutex_lock_(killable|interruptible)_slowpath$|^__ww_mutex_lock\w*$/],
  ['rwsem-read', /^(__)?down_read(_killable|_interruptible|_common|_nested)*$/],
  ['rwsem-read', /^rwsem_down_read_(slowpath|failed)\w*$|^call_rwsem_down_read_failed\w*$/],
  ['rwsem-write', /^(__)?down_write(_killable|_common|_nested)*$/],
  ['rwsem-write', /^rwsem_down_write_(slowpath|failed)\w*$|^call_rwsem_down_write_failed\w*$/],
  ['rwsem-read', /^(__)?percpu_down_read\w*$|^percpu_rwsem_wait$/],
  ['rwsem-write', /^percpu_down_write$/],
  [
    'rt-mutex',
    /^_?_?(rt_mutex_lock|rt_mutex_slowlock|rt_spin_lock|rwbase_\w+lock|rtlock_slowlock)\w*$/,
  ],
  ['semaphore', /^(__)?down(_interruptible|_killable|_timeout|_common)?$|^___down_common$/],
  ['completion', /^(__|do_)?wait_for_common(_io)?$|^wait_for_completion(_\w+)?$/],
  ['bit', /^(__)?(folio_wait|wait_on_page|lock_page|__?folio_lock|folio_lock)\w*$/],
  [
    'bit',
    /^(__|out_of_line_)wait_on_bit(_lock|_timeout)?$|^bit_wait\w*$|^__wait_on_buffer$|^__lock_buffer$/,
  ],
  [
    'rcu',
    /^(__wait_rcu_gp|synchronize_\w*rcu\w*|cond_synchronize_\w+|rcu_barrier\w*|__synchronize_srcu\w*|synchronize_sched|synchronize_net)$/,
  ],
  ['work', /^(__)?flush_(work|delayed_work|rcu_work)$|^(__)?cancel_\w*work_(sync|timer)$/],
  ['work', /^(__)?flush_workqueue$|^drain_workqueue$|^flush_scheduled_work$/],
  ['futex', /^(__)?futex_(wait|lock_pi)(_\w+)?$/],
  ['timer', /^(m|u|f)sleep(_range\w*|_interruptible)?$|^do_nanosleep$|^hrtimer_nanosleep(_\w+)?$/],
  [
    'timer',
    /^schedule_timeout_(un)?(interruptible|killable|idle)$|^schedule_timeout_(uninterruptible|killable)$/,
  ],
  ['wait-queue', /^(prepare_to_wait|do_wait_intr|wait_woken|prepare_to_swait)\w*$/],
  [
    'spinlock',
    /^(native_|__pv_)?queued_(spin_lock|read_lock|write_lock)_slowpath$|^_raw_(spin|read|write)_lock\w*$|^ticket_spin_lock\w*$/,
  ],
  [
    'ipi',
    /^smp_call_function_(single(_async)?|many(_cond)?|any)$|^smp_call_function$|^on_each_cpu(_mask|_cond_mask)?$|^(__)?csd_lock_wait\w*$|^generic_exec_single$/,
  ],
];

/** Without `.constprop.0`, `.isra.0`, `.part.0`, `.cold`. */
const withoutSuffix = (symbol: string): string => symbol.replace(/\.(?:[a-z]+)(?:\.\d+)?.*$/, '');

const known = new Map<string, WaitGroup | undefined>();
/** Names that are remembered: a kernel has some hundred thousand, a stack few. */
const MAX_KNOWN = 20_000;

/** The group of a function; undefined for one that is no part of waiting. */
export function waitGroup(symbol: string): WaitGroup | undefined {
  if (known.has(symbol)) return known.get(symbol);
  const name = withoutSuffix(symbol);
  const group = GROUPS.find(([, form]) => form.test(name))?.[0];
  if (known.size < MAX_KNOWN) known.set(symbol, group);
  return group;
}

/** The innermost functions of a blocked task, up to the one that wanted to wait. */
export interface Machinery {
  /** Those that are parts of waiting, without the scheduler's own. */
  readonly frames: readonly CallFrame[];
  /** Their groups, innermost first. */
  readonly groups: readonly WaitGroup[];
  /** The functions of the scheduler. */
  readonly scheduler: readonly CallFrame[];
  /** From the function on that wanted to wait. */
  readonly callers: readonly CallFrame[];
}

/** Parts a call chain into the scheduler, the functions that wait, and their callers. */
export function machineryOf(frames: readonly CallFrame[]): Machinery {
  let i = 0;
  const scheduler: CallFrame[] = [];
  for (; i < frames.length && waitGroup(frames[i]!.symbol) === 'schedule'; i++)
    scheduler.push(frames[i]!);
  const own: CallFrame[] = [];
  const groups: WaitGroup[] = [];
  for (; i < frames.length; i++) {
    const frame = frames[i]!;
    const group = waitGroup(frame.symbol);
    if (group === undefined) break;
    own.push(frame);
    if (group !== 'schedule' && groups.at(-1) !== group) groups.push(group);
  }
  return { frames: own, groups, scheduler, callers: frames.slice(i) };
}
