import type { VAddr } from '../../base/address.ts';
import { waitersByTask } from './cycles.ts';
import type { Wait, WaitGraph, WaitRoot } from './types.ts';

/** A victim in the tree below a root. */
export interface Branch {
  /** 0 for those who wait for the root itself. */
  readonly depth: number;
  readonly wait: Wait;
}

/**
 * The victims below the given waits, each after the one that it waits for, by pid among those of the same one. A task
 * stands once, where it is met first. `except` are tasks that have their place elsewhere.
 */
export function branches(
  graph: WaitGraph,
  from: readonly Wait[],
  except: Iterable<VAddr> = [],
): readonly Branch[] {
  const waiters = stuckWaiters(graph);
  const seen = new Set<VAddr>(except);
  const found: Branch[] = [];
  // The stack has the next one last.
  const due: Branch[] = from.map((wait) => ({ depth: 0, wait })).reverse();
  for (let branch = due.pop(); branch !== undefined; branch = due.pop()) {
    const { address } = branch.wait.task;
    if (seen.has(address)) continue;
    seen.add(address);
    found.push(branch);
    const next = [...(waiters.get(address) ?? [])].sort((a, b) => b.task.pid - a.task.pid);
    for (const wait of next) due.push({ depth: branch.depth + 1, wait });
  }
  return found;
}

/** The tree below a root. */
export const rootBranches = (graph: WaitGraph, { subject, waits }: WaitRoot): readonly Branch[] =>
  branches(graph, waits, subject.kind === 'task' ? [subject.task.address] : []);

const known = new WeakMap<WaitGraph, ReadonlyMap<VAddr, readonly Wait[]>>();
/** Who waits for each task, made once for a graph. */
function stuckWaiters(graph: WaitGraph): ReadonlyMap<VAddr, readonly Wait[]> {
  let waiters = known.get(graph);
  if (!waiters) {
    waiters = waitersByTask(graph.waits.filter(({ idle }) => !idle));
    known.set(graph, waiters);
  }
  return waiters;
}
