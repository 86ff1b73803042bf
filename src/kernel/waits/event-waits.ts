import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { type CallFrame, frameWords } from '../stacktrace/stacked-task.ts';
import { type Task, taskTable } from '../task/tasks.ts';
import type { Found } from './list-waits.ts';
import { evidence32At, evidenceAt, thingAt } from './things.ts';
import { endOfList, findWaiter, type WaiterShape, waiterShape } from './wait-lists.ts';

/** A queue that a task stands in, by its entry. */
export interface Queued {
  readonly shape: WaiterShape;
  readonly waiter: VAddr;
  /** The list_head of the queue. */
  readonly head: VAddr;
}

/** The structures by which tasks wait for events: simple wait queues, and those with a function. */
const ENTRIES = ['swait_queue', 'wait_queue_entry', '__wait_queue'] as const;

/** The wait queue that a task stands in by an entry in one of these frames. */
export function queuedIn(
  target: Target,
  task: Task,
  frames: readonly CallFrame[],
  types: readonly string[] = ENTRIES,
): Queued | undefined {
  const words = frames.flatMap((frame) => [...frameWords(target, frame)]);
  for (const type of types) {
    const shape = waiterShape(target, type);
    const waiter = shape && findWaiter(target, shape, task, words);
    if (!shape || waiter === undefined) continue;
    const head = endOfList(target, shape, plus(waiter, shape.list))?.head;
    if (head !== undefined) return { shape, waiter, head };
  }
  return undefined;
}

/** Offset of the list of a `struct completion`, and the entry by which tasks stand in it. */
function completionList(target: Target): { offset: number; types: readonly string[] } | undefined {
  // Simple wait queues since 5.7 (a5c6234e1028, completion: Use simple wait queues); task_list was the name of an
  // ordinary queue's list before 4.13.
  const simple = target.findMember('swait_queue_head', 'task_list');
  const wait = target.findMember('completion', 'wait');
  if (!wait) return undefined;
  const isSimple = simple && target.findMember('completion', 'wait.task_list') !== undefined;
  if (isSimple && target.types.has('swait_queue')) {
    return { offset: wait.offset + simple.offset, types: ['swait_queue'] };
  }
  const head =
    target.findMember('completion', 'wait.head') ??
    target.findMember('completion', 'wait.task_list');
  return head && { offset: head.offset, types: ['wait_queue_entry', '__wait_queue'] };
}

/** The completion that a task waits for, and who it is known to be done by. */
export function completionWait(target: Target, task: Task, own: readonly CallFrame[]): Found {
  const list = completionList(target);
  const queued = list && queuedIn(target, task, own, list.types);
  if (!list || !queued) {
    const reason = 'its place in the queue of the completion was not found on its stack';
    return {
      kind: 'completion',
      thing: undefined,
      holders: [{ kind: 'unknown', reason }],
      certainty: 'possible',
      evidence: [],
    };
  }
  const address = plus(queued.head, -list.offset);
  const done = target.findMember('completion', 'done')?.offset ?? 0;
  return {
    kind: 'completion',
    thing: thingAt(target, address),
    waiter: queued.waiter,
    holders: [{ kind: 'unknown', reason: 'a completion does not say who completes it' }],
    certainty: 'certain',
    evidence: [
      ...evidenceAt(target, `${queued.shape.type}.task`, plus(queued.waiter, queued.shape.task)),
      ...evidence32At(target, 'completion.done', plus(address, done)),
    ],
  };
}

/** A wait for a child that borrows the memory of this task: task->vfork_done of the child is the completion. */
export function vforkWait(target: Target, found: Found): Found | undefined {
  const address = found.thing?.address;
  const child = address === undefined ? undefined : target.memo(vforkChildren).get(address);
  const member = target.findMember('task_struct', 'vfork_done');
  if (!child || !member) return undefined;
  return {
    ...found,
    kind: 'vfork',
    holders: [{ kind: 'task', task: child, via: 'task_struct.vfork_done', certainty: 'certain' }],
    evidence: [
      ...found.evidence,
      ...evidenceAt(target, 'task_struct.vfork_done', plus(child.address, member.offset)),
    ],
  };
}

function vforkChildren(target: Target): ReadonlyMap<VAddr, Task> {
  const children = new Map<VAddr, Task>();
  const member = target.findMember('task_struct', 'vfork_done');
  if (!member) return children;
  for (const task of taskTable(target).tasks) {
    const done = target.kernel.tryWord(plus(task.address, member.offset));
    if (done !== undefined && done !== 0n) children.set(va(done), task);
  }
  return children;
}

/**
 * The wait queue that a task stands in; undefined when none was found. Who wakes it up is not written anywhere:
 * `holders` is empty.
 */
export function queueWait(
  target: Target,
  task: Task,
  frames: readonly CallFrame[],
): Found | undefined {
  const queued = queuedIn(target, task, frames);
  if (!queued) return undefined;
  const { shape, waiter, head } = queued;
  const member = headOffset(target, shape.type);
  return {
    kind: 'wait-queue',
    thing: thingAt(target, plus(head, -member)),
    waiter,
    holders: [],
    certainty: 'certain',
    evidence: [
      ...evidenceAt(
        target,
        `${shape.type}.${shape.func === undefined ? 'task' : 'private'}`,
        plus(waiter, shape.task),
      ),
      ...evidenceAt(target, `${shape.type}.list`, plus(waiter, shape.list)),
    ],
  };
}

/** Offset of the list in the head of a queue. */
function headOffset(target: Target, entry: string): number {
  const [type, ...paths] =
    entry === 'swait_queue'
      ? ['swait_queue_head', 'task_list']
      : entry === 'wait_queue_entry'
        ? ['wait_queue_head', 'head', 'task_list']
        : ['__wait_queue_head', 'task_list'];
  return paths.map((path) => target.findMember(type!, path)).find((found) => found)?.offset ?? 0;
}

/**
 * A bit that a task waits for: of a page (struct wait_page_queue on its stack), or of a word (wait_bit_queue_entry).
 * Nothing says who set it; for a page it is the one who locked it, or the device that reads or writes it.
 */
export function bitWait(target: Target, task: Task, own: readonly CallFrame[]): Found {
  const words = own.flatMap((frame) => [...frameWords(target, frame)]);
  const shape = waiterShape(target, 'wait_queue_entry') ?? waiterShape(target, '__wait_queue');
  const waiter = shape && findWaiter(target, shape, task, words);
  const unknown =
    'the bit does not say who set it: the owner of the lock, or a device that is not done';
  const found: Found = {
    kind: 'bit',
    thing: undefined,
    holders: [{ kind: 'unknown', reason: unknown }],
    certainty: 'possible',
    evidence: [],
  };
  if (!shape || waiter === undefined) return found;
  const evidence = evidenceAt(target, `${shape.type}.private`, plus(waiter, shape.task));
  // folio since 5.16 (include/linux/pagemap.h), page before. The same stack may hold either structure.
  const page = firstMember(target, 'wait_page_queue', ['folio', 'page']);
  const pageWait = target.findMember('wait_page_queue', 'wait');
  if (page && pageWait) {
    const at = plus(waiter, page.offset - pageWait.offset);
    const address = target.kernel.tryWord(at);
    if (address !== undefined && isPage(target, va(address))) {
      return {
        ...found,
        thing: { address: va(address) },
        waiter,
        certainty: 'certain',
        evidence: [...evidence, ...evidenceAt(target, `wait_page_queue.${page.name}`, at)],
      };
    }
  }
  const key =
    target.findMember('wait_bit_queue_entry', 'key.flags') ??
    target.findMember('wait_bit_queue', 'key.flags');
  const entry =
    target.findMember('wait_bit_queue_entry', 'wq_entry') ??
    target.findMember('wait_bit_queue', 'wait');
  if (!key || !entry) return found;
  const at = plus(waiter, key.offset - entry.offset);
  const address = target.kernel.tryWord(at);
  if (address === undefined || address < target.arch.kernelStart) return found;
  return {
    ...found,
    thing: thingAt(target, va(address)),
    waiter,
    certainty: 'certain',
    evidence: [...evidence, ...evidenceAt(target, 'wait_bit_key.flags', at)],
  };
}

function firstMember(target: Target, type: string, names: readonly string[]) {
  for (const name of names) {
    const found = target.findMember(type, name);
    if (found) return { name, offset: found.offset };
  }
  return undefined;
}

/** Whether an address lies among the page structs. */
function isPage(target: Target, address: VAddr): boolean {
  const { vmemmap } = target.machine.addressMap(target);
  return vmemmap !== undefined && address >= vmemmap.start && address < vmemmap.end;
}
