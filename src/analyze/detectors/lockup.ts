import { hex } from '../../base/address.ts';
import { backtrace } from '../../kernel/stacktrace/backtrace.ts';
import { activeTasks, type Task } from '../../kernel/task/tasks.ts';
import { type Evidence, type Fact, fact } from '../facts.ts';
import { type Call, callsOf, frameNumber, subjectOf, tellingCalls } from '../scene/chain.ts';
import { entriesOf } from '../scene/entries.ts';
import { attempt, callersOf, findCall, type Scene } from '../scene/scene.ts';
import type { Detector } from './detector.ts';

/** CPUs that made no progress: the watchdog's and RCU's own panics, and whom their victims wait for. */
export const lockup: Detector = {
  name: 'lockup',
  looksFor: 'what a CPU did that made no progress, and which CPU it waited for',
  needs: ['symbols', 'stack', 'tasks'],
  *find(scene) {
    yield* deafCpu(scene);
    yield* softLockup(scene);
    yield* rcuStall(scene);
  },
};

/** What a CPU was doing when it was stopped. */
interface CpuState {
  readonly cpu: number;
  readonly task: Task;
  readonly calls: readonly Call[];
  /** Calls from what was interrupted outwards. */
  readonly work: readonly Call[];
  /** It was stopped in code with interrupts off. */
  readonly isDeaf: boolean;
}

/** RFLAGS.IF: Intel SDM volume 1, 3.4.3. */
const INTERRUPTS_ON = 0x200n;

/** More CPUs than this are not walked one by one. */
const MAX_CPUS = 1024;

function* cpuStates({ target }: Scene): Generator<CpuState> {
  for (const [cpu, task] of [...activeTasks(target)].slice(0, MAX_CPUS)) {
    const trace = attempt(() => backtrace(target, task));
    if (!trace) continue;
    const calls = callsOf(target, trace);
    const entries = entriesOf(calls);
    // What came by NMI interrupted everything, interrupts that were off included.
    const stop = entries[0];
    const flags = stop?.registers.values.flags ?? trace.registers?.values.flags;
    const isNote = stop === undefined && trace.registers !== undefined && !trace.registers.user;
    const isDeaf =
      (stop?.kind === 'nmi' || isNote) && flags !== undefined && (flags & INTERRUPTS_ON) === 0n;
    yield { cpu, task, calls, work: stop?.outer ?? calls, isDeaf };
  }
}

const isIdle = ({ task, work }: CpuState): boolean =>
  task.pid === 0 ||
  work.some(({ name }) => /^(?:do_idle|cpu_idle|default_idle|mwait_idle|rest_init)/.test(name));

/** Waits for the answer of another CPU, kernel/smp.c. */
const ASKERS =
  /^(?:smp_call_function\w*|csd_lock_wait\w*|generic_exec_single|on_each_cpu\w*|flush_tlb_\w+|native_flush_tlb\w*|stop_one_cpu|stop_machine\w*|multi_cpu_stop)$/;
/** Waits only, and is nobody's doing. */
const SPINNERS =
  /^(?:native_queued_spin_lock_slowpath|queued_spin_lock_slowpath|_raw_spin_\w+|_raw_(?:read|write)_\w+|queued_(?:read|write)_lock_slowpath|cpu_relax|rep_nop)$/;

/** A CPU waits for another's answer, and one that is not idle has its interrupts off. */
function* deafCpu(scene: Scene): Generator<Fact> {
  const states = [...cpuStates(scene)];
  const asking = states.filter(({ work }) =>
    work.slice(0, 4).some(({ name }) => ASKERS.test(name)),
  );
  if (asking.length === 0) return;
  const deaf = states.filter((each) => each.isDeaf && !asking.includes(each) && !isIdle(each));
  const [culprit] = deaf.filter(({ cpu }) => !asking.some((other) => other.cpu === cpu));
  if (!culprit) return;
  const telling = tellingCalls(culprit.work).filter(({ name }) => !SPINNERS.test(name));
  const subject = subjectOf(telling[0]);
  yield fact({
    class: 'stuck-ipi',
    certainty: deaf.length === 1 ? 'likely' : 'possible',
    subject,
    summary: `CPU ${culprit.cpu} had its interrupts off in ${subject ?? 'an unknown function'}, and CPU ${asking[0]?.cpu} waited for its answer`,
    task: culprit.task,
    cpu: culprit.cpu,
    evidence: [
      {
        text: `CPU ${culprit.cpu} was stopped with interrupts off, in ${culprit.task.comm}`,
        command: `bt -c ${culprit.cpu}`,
      },
      ...asking.map((each) => askingEvidence(each)),
    ],
    unchecked: ['whether the CPU would have taken interrupts again'],
  });
}

function askingEvidence({ cpu, work }: CpuState): Evidence {
  const call = work.find(({ name }) => ASKERS.test(name));
  return {
    text: `CPU ${cpu} waits in ${call?.symbol ?? 'a call to other CPUs'}() for all others to answer`,
    command: `bt -c ${cpu}`,
    address: call?.sp,
  };
}

function* softLockup(scene: Scene): Generator<Fact> {
  const timer = findCall(scene, 'watchdog_timer_fn');
  if (!timer) return;
  const work = scene.entries[0]?.outer ?? [];
  const telling = tellingCalls(work).filter(({ name }) => !SPINNERS.test(name));
  const subject = subjectOf(telling[0]);
  const isVictim = work.slice(0, 4).some(({ name }) => SPINNERS.test(name) || ASKERS.test(name));
  yield fact({
    class: 'soft-lockup',
    certainty: isVictim ? 'possible' : 'certain',
    subject,
    summary: `CPU ${scene.cpu} did not get to schedule for too long: it ran ${subject ?? 'an unknown function'}`,
    cpu: scene.cpu,
    evidence: [
      {
        text: `watchdog_timer_fn() panicked, frame ${frameNumber(timer)}`,
        command: 'bt',
        address: timer.sp,
      },
      ...(scene.entries[0]
        ? [
            {
              text: `the timer interrupted ${telling[0]?.symbol ?? 'it'} at ${hex(scene.entries[0].registers.values.ip)}`,
              command: 'bt',
              address: scene.entries[0].registers.address,
            },
          ]
        : []),
    ],
    unchecked: isVictim ? ['who holds what it waited for'] : [],
  });
}

/** RCU's detectors, kernel/rcu/tree_stall.h. */
const STALL =
  /^(?:panic_on_rcu_stall|print_cpu_stall|print_other_cpu_stall|check_cpu_stall|rcu_check_gp_kthread_starvation)$/;

/** The tick: where the detectors are compiled into it, it calls panic() itself. */
const TICK = /^(?:rcu_sched_clock_irq|rcu_check_callbacks|__?rcu_pending)$/;

function* rcuStall(scene: Scene): Generator<Fact> {
  const panic = findCall(scene, 'panic', 'vpanic');
  const decides = panic && callersOf(scene, panic)[0];
  const detector =
    scene.calls.find(({ name }) => STALL.test(name)) ??
    (decides && TICK.test(decides.name) ? decides : undefined);
  if (!detector) return;
  const states = [...cpuStates(scene)];
  const own = states.find(({ cpu }) => cpu === scene.cpu);
  // A CPU that only detects is idle or does something of its own: whoever spins in the kernel is the culprit.
  const others = states.filter(({ cpu, work }) => cpu !== scene.cpu && work.length > 0);
  const busy = others.filter((each) => !isIdle(each) && tellingCalls(each.work).length > 0);
  const isOwn =
    findCall(scene, 'print_cpu_stall') !== undefined || (own !== undefined && !isIdle(own));
  const culprit = isOwn || busy.length !== 1 ? own : busy[0];
  const work = culprit === own ? (scene.entries[0]?.outer ?? []) : (culprit?.work ?? []);
  const telling = tellingCalls(work).filter(({ name }) => !SPINNERS.test(name));
  const subject = subjectOf(telling[0]);
  yield fact({
    class: 'rcu-stall',
    certainty: subject === undefined ? 'possible' : 'likely',
    subject,
    summary: `an RCU grace period did not end: CPU ${culprit?.cpu ?? '?'} stayed in ${subject ?? 'an unknown function'}`,
    cpu: culprit?.cpu,
    ...(culprit ? { task: culprit.task } : {}),
    evidence: [
      {
        text: `${detector.symbol}() decided to panic, frame ${frameNumber(detector) || 'before it'}`,
        command: 'bt',
        address: detector.sp,
      },
      {
        text: `CPU ${culprit?.cpu ?? '?'} ran ${culprit?.task.comm ?? '?'}`,
        command: `bt -c ${culprit?.cpu ?? 0}`,
      },
    ],
    unchecked: ['tasks that were preempted within an RCU reader (blkd_tasks)'],
  });
}
