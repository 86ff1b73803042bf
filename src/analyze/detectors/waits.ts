import { hex } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import { stateCode } from '../../kernel/task/state.ts';
import { taskTable } from '../../kernel/task/tasks.ts';
import { waitOf } from '../../kernel/waits/find-waits.ts';
import { linkWaits, waitGraph } from '../../kernel/waits/graph.ts';
import type { Thing, Wait, WaitCycle, WaitGraph, WaitRoot } from '../../kernel/waits/types.ts';
import { workers } from '../../kernel/waits/workers.ts';
import { type Evidence, type Fact, fact } from '../facts.ts';
import { subjectName } from '../scene/code-names.ts';
import { attempt, callersOf, findCall, type Scene } from '../scene/scene.ts';
import type { Detector } from './detector.ts';

/** Tasks that wait for each other, for an owner that is gone, or for too long. */
export const waits: Detector = {
  name: 'waits',
  looksFor:
    'locks that wait for each other, owners that are gone, and who holds up the tasks that wait',
  needs: ['symbols', 'types', 'tasks', 'stack'],
  *find(scene) {
    const isHung = hasHungTask(scene);
    if (!isHung && !mayHang(scene)) return;
    const { unlooked, ...graph } = graphOf(scene.target);
    for (const found of factsOf(scene.target, graph, isHung))
      yield unlooked === undefined
        ? found
        : { ...found, unchecked: [...found.unchecked, unlooked] };
  },
};

function* factsOf(target: Target, graph: WaitGraph, isHung: boolean): Generator<Fact> {
  for (const cycle of graph.cycles) yield deadlock(cycle);
  for (const root of graph.roots) {
    if (root.subject.kind === 'gone') yield orphan(root, root.subject);
  }
  yield* spinning(graph);
  const [root] = graph.roots;
  if (isHung) yield root ? hung(target, root) : hungWithoutRoot(graph);
}

/** Of more tasks than this, only those are looked at that can be stuck: a stack takes a fifth of a millisecond. */
const MANY_TASKS = 2000;
/** And of those, so many. */
const MOST_STUCK = 4000;

/**
 * Who waits for whom: of few tasks all, of many those that run or cannot be interrupted, as a task that waits for a lock.
 * `unlooked`: which waits that leaves out.
 */
function graphOf(target: Target): WaitGraph & { readonly unlooked?: string } {
  const { tasks, missing } = taskTable(target);
  if (tasks.length <= MANY_TASKS) return waitGraph(target);
  const stuck = tasks.filter(({ state }) => state === 0 || stateCode(state) === 'UN');
  const waits: Wait[] = [];
  let unread = missing.length;
  for (const task of stuck.slice(0, MOST_STUCK)) {
    const wait = waitOf(target, task);
    if (wait === 'unread') unread++;
    else if (wait) waits.push(wait);
  }
  const left = tasks.length - Math.min(stuck.length, MOST_STUCK);
  const unlooked = `what ${left} of ${tasks.length} tasks wait for (waits)`;
  return { ...linkWaits(waits), unread, unlooked };
}

/** check_hung_uninterruptible_tasks(), which is compiled into the thread's function: kernel/hung_task.c. */
function hasHungTask(scene: Scene): boolean {
  if (findCall(scene, 'check_hung_uninterruptible_tasks', 'check_hung_task') !== undefined)
    return true;
  const panic = findCall(scene, 'panic', 'vpanic');
  const before = panic && callersOf(scene, panic)[0];
  return before?.name === 'watchdog' && scene.task?.comm === 'khungtaskd';
}

/** Deaths that a hang may stand behind: somebody asked for the dump, or a CPU made no progress. */
function mayHang(scene: Scene): boolean {
  return (
    !scene.hasPanicked ||
    findCall(scene, 'sysrq_handle_crash', 'watchdog_timer_fn', 'unknown_nmi_error') !== undefined ||
    scene.calls.some(({ name }) => /rcu_stall|hardlockup|rcu_sched_clock_irq/.test(name))
  );
}

/** `faulty_a@faulty`, or the address of a lock that has no symbol. */
const thingName = (thing: Thing | undefined): string | undefined =>
  thing && (thing.name ? subjectName(thing.name.symbol, thing.name.module) : hex(thing.address));

const kindName = ({ kind }: Wait): string =>
  kind.replace('rwsem-read', 'rwsem (to read)').replace('rwsem-write', 'rwsem (to write)');

const seconds = ({ since }: Wait): string =>
  since === undefined ? '' : `, for ${(Number(since / 1_000_000n) / 1000).toFixed(0)} s`;

const waitEvidence = (wait: Wait): Evidence => ({
  text: `${wait.task.comm} (${wait.task.pid}) waits for the ${kindName(wait)} ${thingName(wait.thing) ?? ''}${seconds(wait)}`,
  command: `bt ${wait.task.pid}`,
  address: wait.waiter,
});

const proofs = (wait: Wait): Evidence[] =>
  wait.evidence.map(({ what, address, value }) => ({
    text: `${what} of ${wait.task.comm}'s wait is ${hex(value)}`,
    command: `rd ${hex(address)}`,
    address,
    value,
  }));

function deadlock({ waits: circle, victims, certainty }: WaitCycle): Fact {
  const names = circle.map(({ thing }) => thingName(thing) ?? '').filter((name) => name !== '');
  const tasks = circle.map(({ task }) => `${task.comm} (${task.pid})`).join(', ');
  const [first] = circle;
  return fact({
    class: 'deadlock',
    certainty,
    subject: names.length > 0 ? names.toSorted().join('+') : undefined,
    summary: `${tasks} wait for each other${victims.length > 0 ? `, and ${victims.length} more tasks for them` : ''}: each holds what the next one wants`,
    ...(first ? { task: first.task } : {}),
    evidence: [...circle.map(waitEvidence), ...circle.flatMap(proofs)],
  });
}

function orphan(root: WaitRoot, gone: Extract<WaitRoot['subject'], { kind: 'gone' }>): Fact {
  const [wait] = root.waits;
  const lock = thingName(wait?.thing);
  const who = gone.comm === undefined ? hex(gone.address) : `${gone.comm} (${gone.pid})`;
  return fact({
    class: 'orphaned-lock',
    certainty: gone.certainty,
    subject: lock,
    summary: `${lock ?? 'a lock'} belongs to ${who}, which is gone: ${root.victims.length} tasks wait for it for ever`,
    ...(wait ? { task: wait.task } : {}),
    evidence: [
      {
        text: gone.reason,
        command: `struct task_struct ${hex(gone.address)}`,
        address: gone.address,
      },
      ...root.waits.slice(0, MOST_WAITS).map(waitEvidence),
      ...(wait ? proofs(wait) : []),
    ],
  });
}
const MOST_WAITS = 6;

/** Nanoseconds after which nobody spins on a lock that is only busy. */
const LONG = 10_000_000_000n;

/** A CPU that has spun on a lock for long. */
function* spinning({ waits: all }: WaitGraph): Generator<Fact> {
  for (const wait of all) {
    if (wait.kind !== 'spinlock' || wait.since === undefined || wait.since < LONG) continue;
    const holder = wait.holders.find(({ kind }) => kind === 'task' || kind === 'cpu');
    yield fact({
      class: 'deadlock',
      certainty: 'possible',
      subject: thingName(wait.thing),
      summary: `${wait.task.comm} (${wait.task.pid}) has spun on a spinlock that nobody releases${seconds(wait)}`,
      task: wait.task,
      evidence: [waitEvidence(wait), ...proofs(wait)],
      unchecked: holder ? [] : ['who holds the lock: a spinlock does not say'],
    });
  }
}

function hung(target: Target, root: WaitRoot): Fact {
  const { subject } = root;
  const [wait] = root.waits;
  const task = subject.kind === 'task' ? subject.task : wait?.task;
  const name = rootName(target, root);
  const own = subject.kind === 'task' ? subject.wait : undefined;
  return fact({
    class: 'hung-task',
    certainty: 'likely',
    subject: name,
    summary: `${root.victims.length} tasks wait for ${name ?? 'something unknown'}${own ? `, which waits for the ${kindName(own)} ${thingName(own.thing) ?? ''}` : ''}`,
    ...(task ? { task } : {}),
    evidence: [
      ...root.waits.slice(0, MOST_WAITS).map(waitEvidence),
      ...(own ? [waitEvidence(own)] : []),
      ...root.waits.slice(0, 1).flatMap(proofs),
    ],
    unchecked: [
      subject.kind === 'thing'
        ? `who should end the wait: ${subject.reason}`
        : own
          ? `who should end the wait for the ${kindName(own)} ${thingName(own.thing) ?? ''}`
          : 'why it does not go on',
    ],
  });
}

/** The task or thing at the root; of a worker the function that it executes, which says more than its name. */
function rootName(target: Target, { subject, waits: ending }: WaitRoot): string | undefined {
  if (subject.kind === 'thing') return thingName(subject.thing);
  if (subject.kind === 'cpu') return subject.task?.comm;
  if (subject.kind !== 'task') return thingName(ending[0]?.thing);
  const { task } = subject;
  const worker = attempt(() => workers(target).get(task.address));
  return worker?.func ? subjectName(worker.func.symbol, worker.func.module) : task.comm;
}

/** The watchdog panicked, and no chain of waits was found. */
function hungWithoutRoot(graph: WaitGraph): Fact {
  const [wait] = graph.waits
    .filter(({ idle, since, task }) => !idle && since !== undefined && (task.state & 2) !== 0)
    .toSorted((a, b) => Number((b.since ?? 0n) - (a.since ?? 0n)));
  return fact({
    class: 'hung-task',
    certainty: 'possible',
    subject: wait?.task.comm,
    summary: `${wait ? `${wait.task.comm} (${wait.task.pid})` : 'a task'} did not run for too long`,
    ...(wait ? { task: wait.task, evidence: [waitEvidence(wait)] } : {}),
    unchecked: ['what it waits for: nothing in memory names it'],
  });
}
