import type { VAddr } from '../../base/address.ts';
import type { Task } from '../task/tasks.ts';
import type { Certainty, Holder, Wait, WaitCycle } from './types.ts';

/** The task that a holder is, or that a processor was running. */
export const holderTask = (holder: Holder): Task | undefined =>
  holder.kind === 'task' || holder.kind === 'cpu' ? holder.task : undefined;

const CERTAINTIES: readonly Certainty[] = ['certain', 'likely', 'possible'];
/** The weaker of two statements: a chain is as good as its weakest link. */
export const weaker = (a: Certainty, b: Certainty): Certainty =>
  CERTAINTIES[Math.max(CERTAINTIES.indexOf(a), CERTAINTIES.indexOf(b))]!;

/** The waits of each task's victims: who waits directly for it. */
export function waitersByTask(waits: readonly Wait[]): ReadonlyMap<VAddr, readonly Wait[]> {
  const found = new Map<VAddr, Wait[]>();
  for (const wait of waits) {
    for (const holder of wait.holders) {
      const address = holderTask(holder)?.address;
      if (address === undefined) continue;
      const list = found.get(address);
      if (list) list.push(wait);
      else found.set(address, [wait]);
    }
  }
  return found;
}

/** All tasks that wait for one of these, directly or not, without them. By pid. */
export function victimsOf(
  of: readonly VAddr[],
  direct: readonly Wait[],
  waiters: ReadonlyMap<VAddr, readonly Wait[]>,
): readonly Task[] {
  const seen = new Set<VAddr>(of);
  const victims: Task[] = [];
  const queue: Wait[] = [...direct];
  for (let i = 0; i < queue.length; i++) {
    const { task } = queue[i]!;
    if (seen.has(task.address)) continue;
    seen.add(task.address);
    victims.push(task);
    for (const wait of waiters.get(task.address) ?? []) queue.push(wait);
  }
  return victims.sort(
    (a, b) => a.pid - b.pid || (a.address < b.address ? -1 : a.address > b.address ? 1 : 0),
  );
}

/**
 * The circles of tasks that wait for each other, those with the lowest pid first. Each task is in one circle at most:
 * the first that its waits lead into. A wait with several holders leads to each.
 */
export function findCycles(waits: readonly Wait[]): readonly WaitCycle[] {
  const byTask = new Map(waits.map((wait) => [wait.task.address, wait] as const));
  const done = new Set<VAddr>();
  const circles: Wait[][] = [];
  for (const wait of waits) {
    if (!done.has(wait.task.address)) walkFrom(wait, byTask, done, circles);
  }
  const waiters = waitersByTask(waits);
  return circles
    .map((circle) => fromLowestPid(circle))
    .sort((a, b) => a[0]!.task.pid - b[0]!.task.pid)
    .map((circle) => {
      const inside = circle.map(({ task }) => task.address);
      const direct = inside.flatMap((address) => waiters.get(address) ?? []);
      return {
        waits: circle,
        victims: victimsOf(inside, direct, waiters),
        certainty: circle.map(linkCertainty(circle)).reduce(weaker),
      };
    });
}

/** How sure one link of a circle is: that the task waits for the thing, and that the next one holds it. */
const linkCertainty =
  (circle: readonly Wait[]) =>
  (wait: Wait, i: number): Certainty => {
    const next = circle[(i + 1) % circle.length]!.task.address;
    const holder = wait.holders.find((each) => holderTask(each)?.address === next);
    return holder && holder.kind !== 'unknown'
      ? weaker(wait.certainty, holder.certainty)
      : 'possible';
  };

interface Step {
  readonly wait: Wait;
  /** Holders that were followed. */
  next: number;
}

/** Depth first, without recursion: chains of waits may be as long as there are tasks. */
function walkFrom(
  start: Wait,
  byTask: ReadonlyMap<VAddr, Wait>,
  done: Set<VAddr>,
  circles: Wait[][],
): void {
  const path: Step[] = [{ wait: start, next: 0 }];
  const onPath = new Map<VAddr, number>([[start.task.address, 0]]);
  const inCircle = new Set<VAddr>();
  while (path.length > 0) {
    const step = path.at(-1)!;
    const holder = step.wait.holders[step.next++];
    if (holder === undefined) {
      path.pop();
      onPath.delete(step.wait.task.address);
      done.add(step.wait.task.address);
      continue;
    }
    const address = holderTask(holder)?.address;
    const wait = address === undefined ? undefined : byTask.get(address);
    if (address === undefined || wait === undefined || done.has(address)) continue;
    const at = onPath.get(address);
    if (at === undefined) {
      onPath.set(address, path.length);
      path.push({ wait, next: 0 });
    } else {
      const circle = path.slice(at).map((each) => each.wait);
      if (circle.some(({ task }) => inCircle.has(task.address))) continue;
      for (const { task } of circle) inCircle.add(task.address);
      circles.push(circle);
    }
  }
}

function fromLowestPid(circle: readonly Wait[]): readonly Wait[] {
  let lowest = 0;
  for (const [i, { task }] of circle.entries()) {
    if (task.pid < circle[lowest]!.task.pid) lowest = i;
  }
  return [...circle.slice(lowest), ...circle.slice(0, lowest)];
}
