import { hex, type VAddr } from '../../base/address.ts';
import { holderTask, victimsOf, waitersByTask } from './cycles.ts';
import type { RootSubject, Thing, Wait, WaitCycle, WaitRoot } from './types.ts';

/** Chains that end in the same place, while they are collected. */
interface Ending {
  readonly subject: RootSubject;
  readonly waits: Wait[];
}

/**
 * The ends of chains that lead into no circle, those with the most victims first. A chain ends at a task that waits for
 * nobody, at one that is gone, at a processor, or at a thing of which nothing says who holds it. Where only one task
 * waits for such a thing, and others wait for that task, the task is the end: it holds what they want.
 */
export function findRoots(
  stuck: readonly Wait[],
  byTask: ReadonlyMap<VAddr, Wait>,
  cycles: readonly WaitCycle[],
): readonly WaitRoot[] {
  const waiters = waitersByTask(stuck);
  const inCircle = new Set(cycles.flatMap(({ waits }) => waits.map(({ task }) => task.address)));
  const endings = new Map<string, Ending>();
  const end = (key: string, subject: RootSubject, wait: Wait): void => {
    const known = endings.get(key);
    if (!known) endings.set(key, { subject, waits: [wait] });
    else if (!known.waits.includes(wait)) known.waits.push(wait);
  };
  const viasOfCpu = new Map<number, Set<string>>();
  const stuckTasks = new Set(stuck.map(({ task }) => task.address));
  for (const wait of stuck) {
    if (inCircle.has(wait.task.address)) continue;
    if (wait.holders.length === 0) endAtThing(wait, 'nothing says who ends it', end);
    for (const holder of wait.holders) {
      const task = holderTask(holder);
      if (task && stuckTasks.has(task.address)) continue;
      if (holder.kind === 'unknown') {
        if (wait.holders.every(({ kind }) => kind === 'unknown'))
          endAtThing(wait, holder.reason, end);
      } else if (holder.kind === 'task') {
        const of = byTask.get(holder.task.address);
        end(
          `task ${hex(holder.task.address)}`,
          { kind: 'task', task: holder.task, wait: of },
          wait,
        );
      } else if (holder.kind === 'cpu') {
        const vias = viasOfCpu.get(holder.cpu) ?? new Set();
        viasOfCpu.set(holder.cpu, vias.add(holder.via));
        end(`cpu ${holder.cpu}`, holder, wait);
      } else end(`gone ${hex(holder.address)}`, holder, wait);
    }
  }
  return [...endings.values()]
    .map((ending) => holding(withAllVias(ending, viasOfCpu), waiters))
    .map(({ subject, waits }) => {
      const self = subject.kind === 'task' ? [subject.task.address] : [];
      return { subject, waits: byTaskPid(waits), victims: victimsOf(self, waits, waiters) };
    })
    .sort((a, b) => b.victims.length - a.victims.length || firstPid(a) - firstPid(b));
}

/** A CPU may hold up several things, each in a way of its own: all of them are told. */
function withAllVias(ending: Ending, vias: ReadonlyMap<number, ReadonlySet<string>>): Ending {
  const { subject } = ending;
  if (subject.kind !== 'cpu') return ending;
  const all = [...(vias.get(subject.cpu) ?? [])].sort();
  return { ...ending, subject: { ...subject, via: all.join('; ') } };
}

function endAtThing(
  wait: Wait,
  reason: string,
  end: (key: string, subject: RootSubject, wait: Wait) => void,
): void {
  // Without an address each wait is for a thing of its own: the place where its task waits.
  const thing: Thing = wait.thing ?? { address: wait.waiter ?? wait.task.address };
  end(`thing ${hex(thing.address)}`, { kind: 'thing', of: wait.kind, thing, reason }, wait);
}

/** The one task that waits for a thing and holds others up, in place of the thing. */
function holding(ending: Ending, waiters: ReadonlyMap<VAddr, readonly Wait[]>): Ending {
  const [only, second] = ending.waits;
  if (ending.subject.kind !== 'thing' || !only || second) return ending;
  const held = waiters.get(only.task.address);
  if (!held) return ending;
  return { subject: { kind: 'task', task: only.task, wait: only }, waits: [...held] };
}

const byTaskPid = (waits: readonly Wait[]): readonly Wait[] =>
  [...waits].sort((a, b) => a.task.pid - b.task.pid);

const firstPid = ({ waits }: WaitRoot): number => waits[0]?.task.pid ?? 0;
