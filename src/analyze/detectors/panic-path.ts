import type { ClassName } from '../classes.ts';
import { type Certainty, type Fact, fact } from '../facts.ts';
import { type Call, frameNumber, subjectOf, tellingCalls, waitingCalls } from '../scene/chain.ts';
import { stringArgument } from '../scene/panic-text.ts';
import { attempt, callersOf, findCall, type Scene } from '../scene/scene.ts';
import { ALLOCATOR } from './bug.ts';
import type { Detector } from './detector.ts';

/** Who is named: the function that the check was made for, the running task, or nobody. */
type Names = 'caller' | 'waiter' | 'self' | 'task' | 'nobody';

interface Path {
  readonly class: ClassName;
  /** Any of them on the panicking stack, by plain name. */
  readonly functions: RegExp;
  readonly names: Names;
  readonly certainty: Certainty;
  /** What happened; `%` is the subject. */
  readonly text: string;
  /** Callers that are the subsystem itself. */
  readonly skips?: RegExp;
  readonly unchecked?: readonly string[];
}

/**
 * Panics whose cause is told by a function on the stack, most telling first. The stack of the panicking CPU is memory:
 * these functions stand there only when they decided to panic.
 */
const PATHS: readonly Path[] = [
  {
    class: 'sysrq',
    functions: /^sysrq_handle_crash$/,
    names: 'nobody',
    certainty: 'certain',
    text: 'somebody asked for this crash: sysrq-c',
  },
  {
    class: 'sanitizer',
    functions:
      /^(?:kasan_report\w*|kfence_report_error|kfence_handle_page_fault|__ubsan_handle_\w+|ubsan_epilogue|kcsan_report\w*|kmsan_report)$/,
    names: 'caller',
    certainty: 'certain',
    text: 'a sanitizer of the kernel stopped %',
    skips:
      /^(?:__asan_\w+|kasan_\w+|__kasan_\w+|kfence_\w+|check_memory_region|print_report|end_report|memcpy|memset|memmove|__ubsan_\w+)$/,
  },
  {
    class: 'lockdep',
    functions:
      /^(?:print_circular_bug\w*|print_deadlock_bug|print_usage_bug\w*|print_bad_irq_dependency|print_irq_inversion_bug|debug_print_object|lockdep_rcu_suspicious|check_deadlock)$/,
    names: 'caller',
    certainty: 'certain',
    text: 'lockdep found an order of locks that can deadlock, in %',
    skips:
      /^(?:check_\w+|validate_chain|__lock_acquire|lock_acquire|mark_lock\w*|_raw_\w+|mutex_\w+|__mutex_\w+|down_\w+)$/,
  },
  {
    class: 'atomic-sleep',
    functions: /^(?:__schedule_bug|___might_sleep|__might_sleep|__might_resched)$/,
    names: 'waiter',
    certainty: 'certain',
    text: '% slept where it must not: preemption or interrupts were off',
  },
  {
    class: 'slab-corruption',
    functions:
      /^(?:check_bytes_and_report|object_err|slab_err|slab_pad_check|slab_fix|print_trailer|kmem_cache_report\w*|slab_bug|check_object|__slab_err|cache_free_debugcheck)$/,
    names: 'caller',
    certainty: 'certain',
    text: 'the slab allocator found damage around an object that % freed or allocated',
    skips: ALLOCATOR,
    unchecked: ['who wrote outside of its object: the one who frees it need not have'],
  },
  {
    class: 'page-corruption',
    functions:
      /^(?:bad_page|bad_page_reason|print_bad_pte|free_page_is_bad|check_new_page_bad|free_pages_check\w*)$/,
    names: 'caller',
    certainty: 'certain',
    text: 'a page struct or a page-table entry was in an impossible state when % used it',
  },
  {
    class: 'workqueue-lockup',
    functions: /^wq_watchdog_timer_fn$/,
    names: 'nobody',
    certainty: 'likely',
    text: 'a pool of workers made no progress',
  },
  {
    class: 'stuck-ipi',
    functions: /^csd_lock_wait_toolong$/,
    names: 'caller',
    certainty: 'likely',
    text: '% waited for another CPU, which did not answer',
  },
  {
    class: 'filesystem-panic',
    functions:
      /^(?:__?ext[234]_(?:error|abort|std_error|grp_locked_error|journal_abort)\w*|ext[234]_handle_error|xfs_\w*(?:panic|assfail|cmn_err|force_shutdown|do_force_shutdown)\w*|__?btrfs_(?:panic|handle_fs_error|abort_transaction)|jbd2?_journal_abort\w*|f2fs_handle_\w+|gfs2_\w*withdraw\w*|nilfs_error|fat_fs_error|__fat_fs_error|udf_error|ocfs2_\w*(?:error|abort)\w*|reiserfs_\w*(?:error|panic)\w*)$/,
    names: 'self',
    certainty: 'certain',
    text: 'the file system was damaged, and is mounted or built to panic then: % reported it',
    skips: /^ext[234]_handle_error$/,
    unchecked: ['what damaged the file system'],
  },
  {
    class: 'firmware',
    functions:
      /^(?:unknown_nmi_error|pci_serr_error|io_check_error|mem_parity_error|hpwdt_pretimeout|__ghes_panic|ghes_panic|ghes_proc_in_irq|ghes_notify_nmi|ghes_in_nmi_queue_one_entry|iTCO_\w+|ipmi_panic_request|panic_event|handle_nmi_ipmi|ipmi_nmi)$/,
    names: 'nobody',
    certainty: 'likely',
    text: 'the firmware or a watchdog raised an NMI; what ran then has nothing to do with it',
    unchecked: ['the log of the machine itself (BMC, IPMI), which knows why'],
  },
  {
    class: 'hard-lockup',
    functions:
      /^(?:watchdog_overflow_callback|watchdog_hardlockup_check|watchdog_hardlockup_\w+|hardlockup_\w+)$/,
    names: 'caller',
    certainty: 'likely',
    text: 'the CPU did not take interrupts for too long, in %',
  },
];

/** Panics that one function on the stack explains. */
export const panicPath: Detector = {
  name: 'panic-path',
  looksFor: 'functions on the panicking stack that decide to panic',
  needs: ['symbols', 'stack'],
  *find(scene) {
    for (const path of PATHS) {
      const call = scene.calls.find(({ name }) => path.functions.test(name));
      if (call) yield pathFact(scene, path, call);
    }
    yield* initDied(scene);
    yield* ownPanic(scene);
  },
};

function pathFact(scene: Scene, path: Path, call: Call): Fact {
  const subject = subjectFor(scene, path, call);
  return fact({
    class: path.class,
    certainty: call.doubtful ? 'possible' : path.certainty,
    subject,
    summary: path.text.replace('%', subject ?? 'an unknown function'),
    evidence: [frameEvidence(call)],
    unchecked: path.unchecked ?? [],
  });
}

const frameEvidence = (call: Call) => ({
  text: `${call.symbol}() is on the panicking stack, frame ${frameNumber(call) || 'before it'}`,
  command: 'bt',
  address: call.sp,
});

function subjectFor(scene: Scene, { names, skips }: Path, call: Call): string | undefined {
  const outer = names === 'self' ? [call, ...callersOf(scene, call)] : callersOf(scene, call);
  // An exception on the way leads to the function that it interrupted.
  const telling = (names === 'waiter' ? waitingCalls(outer) : tellingCalls(outer)).filter(
    ({ name }) => !skips?.test(name),
  );
  if (names === 'nobody') return undefined;
  return names === 'task' ? scene.task?.comm : subjectOf(telling[0]);
}

/** do_exit() panics for the first process of the machine, kernel/exit.c. */
function* initDied(scene: Scene): Generator<Fact> {
  const { task } = scene;
  const exit = findCall(scene, 'do_exit', 'do_group_exit');
  const panic = findCall(scene, 'panic', 'vpanic');
  const before = panic && exit ? callersOf(scene, panic)[0] : undefined;
  if (task?.tgid !== 1 || !exit || before !== exit) return;
  const code = attempt(() => scene.target.object('task_struct', task.address).num('exit_code'));
  const end = code === undefined ? '' : `: ${exitText(code)}`;
  yield fact({
    class: 'init-died',
    certainty: 'certain',
    subject: task.comm,
    summary: `the first process, ${task.comm}, ended${end}`,
    evidence: [
      frameEvidence(exit),
      {
        text: `its exit code is 0x${(code ?? 0).toString(16)}`,
        command: `task -R exit_code ${task.pid}`,
      },
    ],
    unchecked: ['why it ended: its own memory and files would say'],
  });
}

/** kernel/exit.c: the low seven bits are a signal, 80 a core dump, the next eight bits the status. */
function exitText(code: number): string {
  const signal = code & 0x7f;
  return signal === 0 ? `exit status ${(code >> 8) & 0xff}` : `killed by signal ${signal}`;
}

/** panic() called by a module, or by a function that no other rule knows. */
function* ownPanic(scene: Scene): Generator<Fact> {
  const panic = scene.calls.findLast(({ name }) => name === 'panic' || name === 'vpanic');
  const caller = panic && callersOf(scene, panic)[0];
  if (!panic || !caller?.symbol) return;
  const message = attempt(() => stringArgument(scene, caller));
  const subject = subjectOf(caller);
  if (caller.module === undefined || KNOWN_CALLERS.test(caller.name)) return;
  if (PATHS.some(({ functions }) => functions.test(caller.name))) return;
  yield fact({
    class: 'driver-panic',
    certainty: 'certain',
    subject,
    summary: `the module ${caller.module} called panic() itself${message === undefined ? '' : `: "${message}"`}`,
    evidence: [frameEvidence(caller)],
    unchecked: ['whether the module is right: it decided to stop the machine'],
  });
}

/** Callers of panic() that other rules tell more of. */
const KNOWN_CALLERS =
  /^(?:oops_end|die|__die|out_of_memory|do_exit|mce_panic|nmi_panic|check_panic_on_warn|watchdog\w*)$/;
