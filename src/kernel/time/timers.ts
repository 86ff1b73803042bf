import { plus, type VAddr, va } from '../../base/address.ts';
import { perCpuAddress } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { walkChain } from '../lib/lists.ts';
import { walkRbTree } from '../lib/rbtree.ts';
import { ticksPerSecond } from './clock.ts';

/** A timer of the wheel: struct timer_list. Times are jiffies. */
export interface Timer {
  readonly address: VAddr;
  readonly expires: bigint;
  readonly handler: VAddr;
}

/** One timer wheel of one CPU: struct timer_base (kernel/time/timer.c). */
export interface TimerBase {
  readonly cpu: number;
  readonly index: number;
  readonly address: VAddr;
  /** By expiry. */
  readonly timers: readonly Timer[];
}

/** The kernel's tick counter. */
export const jiffies = (target: Target): bigint => target.kernel.u64(target.symbol('jiffies_64'));

/**
 * Number of wheels of a CPU: 2 with CONFIG_NO_HZ_COMMON, 3 (pinned, global, deferrable) since 6.9 (83a665dc99a7,
 * timers: Keep the pinned timers separate from the others), else one. The per-CPU variable's type tells, else the room
 * up to the next symbol.
 */
export function timerBaseCount(target: Target): number {
  const variable = target.types.find('var', 'timer_bases');
  const size = variable?.kind === 'var' ? target.types.sizeOf(variable.type) : roomOfBases(target);
  return Math.max(1, Math.min(8, Math.floor(size / target.types.sizeof('timer_base'))));
}

function roomOfBases({ symbols }: Target): number {
  const bases = symbols.kernel.named('timer_bases');
  const next = bases && symbols.kernel.next(bases);
  return next ? Number(next.address - bases.address) : 0;
}

/** The timers of one wheel. Timers in the middle of an operation may be missing. */
export function timerBase(target: Target, cpu: number, index: number): TimerBase {
  const base = plus(
    perCpuAddress(target, 'timer_bases', cpu),
    index * target.types.sizeof('timer_base'),
  );
  const object = target.object('timer_base', base);
  const heads = object.member('vectors');
  const view = target.kernel.view(plus(base, heads.offset), heads.size);
  const at = target.layout('timer_list', {
    entry: 'entry',
    expires: 'expires',
    handler: 'function',
  });
  const timers: Timer[] = [];
  for (let offset = 0; offset < heads.size; offset += 8) {
    const first = va(view.getBigUint64(offset, true));
    if (first === 0n) continue;
    for (const node of walkChain(target.kernel, first)) {
      const address = va(node - BigInt(at.entry));
      timers.push({
        address,
        expires: target.kernel.u64(plus(address, at.expires)),
        handler: target.kernel.pointer(plus(address, at.handler)),
      });
    }
  }
  timers.sort((a, b) => (a.expires < b.expires ? -1 : a.expires > b.expires ? 1 : 0));
  return { cpu, index, address: base, timers };
}

/** A high-resolution timer: struct hrtimer. Times are nanoseconds of its clock. */
export interface HighResolutionTimer {
  readonly address: VAddr;
  readonly softExpires: bigint;
  readonly expires: bigint;
  readonly handler: VAddr;
}

/** One clock of one CPU: struct hrtimer_clock_base. */
export interface HighResolutionClock {
  readonly index: number;
  readonly address: VAddr;
  /** The function that reads the clock; undefined since 6.18, which has none. */
  readonly getTime: VAddr | undefined;
  /** The clock's time at the last tick: nanoseconds. */
  readonly now: bigint;
  /** By expiry. */
  readonly timers: readonly HighResolutionTimer[];
}

/** The clocks of one CPU: struct hrtimer_cpu_base. */
export interface HighResolutionCpu {
  readonly cpu: number;
  readonly address: VAddr;
  readonly clocks: readonly HighResolutionClock[];
}

/** Jiffies begin 5 minutes before they wrap as a 32-bit number (INITIAL_JIFFIES, include/linux/jiffies.h). */
const HEAD_START_SECONDS = 300n;

/** The monotonic clock at the last tick, in nanoseconds. */
function monotonic(target: Target): bigint {
  const rate = BigInt(ticksPerSecond(target));
  const start = (1n << 32n) - HEAD_START_SECONDS * rate;
  return (BigInt.asIntN(64, jiffies(target) - start) * 1_000_000_000n) / rate;
}

/** The high-resolution timers of one CPU: per-CPU hrtimer_bases (kernel/time/hrtimer.c). */
export function highResolutionTimers(target: Target, cpu: number): HighResolutionCpu {
  const base = target.object('hrtimer_cpu_base', perCpuAddress(target, 'hrtimer_bases', cpu));
  const size = target.types.sizeof('hrtimer_clock_base');
  const member = base.member('clock_base');
  const ticks = monotonic(target);
  const clocks: HighResolutionClock[] = [];
  for (let index = 0; (index + 1) * size <= member.size; index++) {
    const address = plus(base.addressOf('clock_base'), index * size);
    const clock = target.object('hrtimer_clock_base', address);
    clocks.push({
      index,
      address,
      // Removed in 6.18 (009eb5da29a9, hrtimer: Remove hrtimer_clock_base:: Get_time), which asks the clock's number
      // instead.
      getTime: clock.has('get_time') ? clock.pointer('get_time') : undefined,
      now: ticks + clock.big('offset'),
      timers: [...timersOf(target, address)],
    });
  }
  return { cpu, address: base.address, clocks };
}

function* timersOf(target: Target, clock: VAddr): Generator<HighResolutionTimer> {
  const root = target.object('hrtimer_clock_base', clock).addressOf('active');
  const has = (path: string): boolean => target.types.has('hrtimer', path);
  const at = target.layout('hrtimer', {
    node: 'node',
    expires: ['node.expires', '_expires'],
    soft: has('_softexpires') ? '_softexpires' : ['node.expires', '_expires'],
    handler: 'function',
  });
  const link = target.types.findMember('timerqueue_node', 'node')?.offset ?? 0;
  // timerqueue_head holds the tree's root; since 5.4 (511885d7061e, lib/timerqueue: Rely on rbtree semantics for next
  // timer) with its leftmost node, after the root.
  const tree =
    target.types.findMember('timerqueue_head', 'rb_root') ??
    target.types.member('timerqueue_head', 'head');
  for (const node of walkRbTree(target, plus(root, tree.offset))) {
    const address = va(node - BigInt(at.node + link));
    yield {
      address,
      softExpires: BigInt.asIntN(64, target.kernel.u64(plus(address, at.soft))),
      expires: BigInt.asIntN(64, target.kernel.u64(plus(address, at.expires))),
      handler: target.kernel.pointer(plus(address, at.handler)),
    };
  }
}
