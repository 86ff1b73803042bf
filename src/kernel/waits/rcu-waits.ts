import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import { machineCpus, perCpuAddress } from '../core/cpus.ts';
import type { Target } from '../core/target.ts';
import { taskAt, taskTable } from '../task/tasks.ts';
import type { Found } from './list-waits.ts';
import { runningCpus } from './running-cpus.ts';
import { evidenceAt } from './things.ts';
import type { Holder, WaitEvidence } from './types.ts';

/** The grace period of RCU that is in progress. */
export interface GracePeriod {
  /** rcu_state.gp_seq; its two lowest bits are 0 when none is in progress. */
  readonly sequence: bigint;
  readonly inProgress: boolean;
  /** CPUs that have not passed a quiescent state, and tasks that were preempted in a reader. */
  readonly holders: readonly Holder[];
  readonly evidence: readonly WaitEvidence[];
}

/** Blocked readers of a node that are listed. */
const MAX_READERS = 100_000;
/** RCU_SEQ_STATE_MASK, kernel/rcu/rcu.h. */
const SEQUENCE_STATE = 3n;

/** What the grace period waits for (kernel/rcu/tree.h); undefined for kernels without tree RCU's types or symbols. */
export const gracePeriod = (target: Target): GracePeriod | undefined =>
  target.memo(readGracePeriod);

function readGracePeriod(target: Target): GracePeriod | undefined {
  const state = target.findSymbol('rcu_state');
  const gp = target.findMember('rcu_state', 'gp_seq');
  if (state === undefined || !gp || target.findSymbol('rcu_data') === undefined) return undefined;
  try {
    const sequenceAt = plus(state, gp.offset);
    const sequence = target.kernel.word(sequenceAt);
    const holders: Holder[] = [];
    const evidence: WaitEvidence[] = [...evidenceAt(target, 'rcu_state.gp_seq', sequenceAt)];
    const inProgress = (sequence & SEQUENCE_STATE) !== 0n;
    if (inProgress) for (const leaf of leaves(target)) addLeaf(target, leaf, holders, evidence);
    return { sequence, inProgress, holders, evidence };
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    target.losses.report({ what: 'RCU node', reason: error.message });
    return undefined;
  }
}

/** The leaves of the tree of nodes: those that the CPUs' own data point to. */
function leaves(target: Target): ReadonlySet<VAddr> {
  const { node } = target.layout('rcu_data', { node: 'mynode' });
  const found = new Set<VAddr>();
  for (const cpu of machineCpus(target)) {
    found.add(target.kernel.pointer(plus(perCpuAddress(target, 'rcu_data', cpu), node)));
  }
  found.delete(va(0));
  return found;
}

function addLeaf(
  target: Target,
  address: VAddr,
  holders: Holder[],
  evidence: WaitEvidence[],
): void {
  const node = target.object('rcu_node', address);
  const mask = node.big('qsmask');
  const low = node.num('grplo');
  if (mask !== 0n)
    evidence.push(...evidenceAt(target, 'rcu_node.qsmask', node.addressOf('qsmask')));
  const last = machineCpus(target).length;
  for (let bit = 0; bit < 64 && low + bit < last; bit++) {
    if (((mask >> BigInt(bit)) & 1n) === 0n) continue;
    const cpu = low + bit;
    const task = runningCpus(target).get(cpu)?.task;
    // An idle CPU is in a quiescent state that nobody has reported yet.
    const certainty = task?.pid === 0 ? 'possible' : 'certain';
    holders.push({ kind: 'cpu', cpu, task, via: 'it holds up RCU (rcu_node.qsmask)', certainty });
  }
  if (!node.has('gp_tasks')) return;
  const entry = target.findMember('task_struct', 'rcu_node_entry')?.offset;
  const head = node.addressOf('blkd_tasks');
  if (entry === undefined) return;
  const seen = new Set<VAddr>();
  for (let at = node.pointer('gp_tasks'); at !== 0n && at !== head && !seen.has(at); ) {
    if (seen.size >= MAX_READERS) break;
    seen.add(at);
    const task = taskAt(target, plus(at, -entry));
    if (task) {
      const via = 'rcu_node.gp_tasks: it was preempted in a reader';
      holders.push({ kind: 'task', task, via, certainty: 'certain' });
    }
    at = target.kernel.pointer(at);
  }
}

/** A wait for a grace period: `found` is the wait for the completion in its struct rcu_synchronize, or what there is. */
export function rcuWait(target: Target, found: Found | undefined, isSleepable: boolean): Found {
  const base: Found = {
    kind: 'rcu',
    thing: found?.thing,
    ...(found?.waiter === undefined ? {} : { waiter: found.waiter }),
    holders: [],
    certainty: found?.certainty ?? 'likely',
    evidence: found?.evidence ?? [],
  };
  if (isSleepable) {
    const reason = 'sleepable RCU counts its readers and does not list them';
    return { ...base, holders: [{ kind: 'unknown', reason }] };
  }
  const period = gracePeriod(target);
  if (!period) {
    return { ...base, holders: [{ kind: 'unknown', reason: 'the state of RCU cannot be read' }] };
  }
  const evidence = [...base.evidence, ...period.evidence];
  if (period.holders.length > 0) return { ...base, holders: period.holders, evidence };
  const thread = target.findMember('rcu_state', 'gp_kthread');
  const state = target.findSymbol('rcu_state');
  const task =
    thread && state !== undefined
      ? taskTable(target).byAddress.get(va(target.kernel.tryWord(plus(state, thread.offset)) ?? 0n))
      : undefined;
  const why = period.inProgress ? 'no CPU and no task holds it up' : 'none is in progress';
  if (task) {
    const via = `rcu_state.gp_kthread: ${why}`;
    return { ...base, evidence, holders: [{ kind: 'task', task, via, certainty: 'likely' }] };
  }
  return {
    ...base,
    evidence,
    holders: [{ kind: 'unknown', reason: `of the grace period: ${why}` }],
  };
}
