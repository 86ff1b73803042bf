import type { Task } from './tasks.ts';

/**
 * Bits of task->__state and task->exit_state, include/linux/sched.h. These values are those since 4.14 (8ef9925b02c2,
 * sched/debug: Add explicit TASK_PARKED printing), which moved the exit states into the report range; BTF is younger
 * than that.
 */
export const STATE = {
  interruptible: 0x1,
  uninterruptible: 0x2,
  stopped: 0x4,
  traced: 0x8,
  exitDead: 0x10,
  exitZombie: 0x20,
  parked: 0x40,
  dead: 0x80,
  wakekill: 0x100,
  waking: 0x200,
  noload: 0x400,
  new: 0x800,
  /**
   * A sleeping lock of PREEMPT_RT, 5.15 (5f220be21418, sched/wakeup: Prepare for RT sleeping spin/rwlocks); the kernel
   * reports it as D.
   */
  rtlockWait: 0x1000,
  /** In the freezer, 6.1 (f5d39b020809, freezer,sched: Rewrite core freezer logic); the kernel reports it as D. */
  frozen: 0x8000,
} as const;

/** Bits of task->flags, include/linux/sched.h. */
export const PF_EXITING = 0x4;
export const PF_KTHREAD = 0x200000;

/** A bit and its two-letter code; the last that matches wins, as in ps. */
const CODES: readonly (readonly [number, string])[] = [
  [STATE.interruptible, 'IN'],
  [STATE.uninterruptible | STATE.rtlockWait | STATE.frozen, 'UN'],
  [STATE.exitZombie, 'ZO'],
  [STATE.stopped, 'ST'],
  [STATE.traced, 'TR'],
];
/** Codes of states that have no other bit set. */
const STATE_BY_VALUE: ReadonlyMap<number, string> = new Map([
  [0, 'RU'],
  [STATE.parked, 'PA'],
  [STATE.waking, 'WA'],
  [STATE.new, 'NE'],
]);
const DEAD = STATE.exitDead | STATE.dead;

/** The two letters of ps: RU IN UN ID ZO ST TR DE PA WA NE, `??` for all other states. */
export function stateCode(state: number): string {
  const whole = STATE_BY_VALUE.get(state);
  if (whole !== undefined) return whole;
  let code = '';
  for (const [bits, letters] of CODES) if (state & bits) code = letters;
  if (code === 'UN' && state & STATE.noload) return 'ID';
  if (code === '') return state & DEAD ? 'DE' : '??';
  return code;
}

/** The codes that a user may ask for (`foreach UN bt`); SW is that of kernels before 2.6. */
export const STATE_CODES = [
  'RU',
  'IN',
  'UN',
  'ST',
  'TR',
  'ZO',
  'DE',
  'PA',
  'WA',
  'ID',
  'NE',
  'SW',
] as const;

const WORDS: readonly (readonly [number, string])[] = [
  [STATE.interruptible, 'TASK_INTERRUPTIBLE'],
  [STATE.uninterruptible, 'TASK_UNINTERRUPTIBLE'],
  [STATE.stopped, 'TASK_STOPPED'],
  [STATE.traced, 'TASK_TRACED'],
  [STATE.exitDead, 'EXIT_DEAD'],
  [STATE.dead, 'TASK_DEAD'],
  [STATE.exitZombie, 'EXIT_ZOMBIE'],
  [STATE.waking, 'TASK_WAKING'],
  [STATE.wakekill, 'TASK_WAKEKILL'],
  [STATE.noload, 'TASK_NOLOAD'],
  [STATE.new, 'TASK_NEW'],
  [STATE.rtlockWait, 'TASK_RTLOCK_WAIT'],
  [STATE.frozen, 'TASK_FROZEN'],
];

/** The names of all state bits: `TASK_UNINTERRUPTIBLE|TASK_NOLOAD`. */
export function stateWords(state: number): string {
  if (state === 0) return 'TASK_RUNNING';
  if (state === STATE.parked) return 'TASK_PARKED';
  return WORDS.filter(([bit]) => state & bit)
    .map(([, word]) => word)
    .join('|');
}

/** PF_KTHREAD is set. */
export const isKernelThread = ({ flags }: Task): boolean => (flags & PF_KTHREAD) !== 0;
/** The task leads its thread group. */
export const isGroupLeader = ({ pid, tgid }: Task): boolean => pid === tgid;
/** The task has exited and was not reaped. */
export const isZombie = ({ state }: Task): boolean => (state & STATE.exitZombie) !== 0;
/** PF_EXITING is set. */
export const isExiting = ({ flags }: Task): boolean => (flags & PF_EXITING) !== 0;
/** Whether the task is in the state with these letters. */
export const hasStateCode = ({ state }: Task, code: string): boolean => stateCode(state) === code;
