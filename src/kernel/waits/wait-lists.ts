import { plus, type VAddr, va } from '../../base/address.ts';
import type { Target } from '../core/target.ts';
import { MAX_LIST } from '../lib/lists.ts';
import { stackSize } from '../task/stack.ts';
import { type Task, taskTable } from '../task/tasks.ts';

/** Where a structure by which tasks wait keeps its place in a list, in bytes. */
export interface WaiterShape {
  readonly type: string;
  /** Its struct list_head. */
  readonly list: number;
  /** The pointer to the task. */
  readonly task: number;
  /** The function pointer of a wait_queue_entry, by which an entry without a task is told from the list's head. */
  readonly func?: number;
}

/** What a list of waiters leads to: its head, which lies in the lock; undefined for a ring without one. */
export interface ListEnd {
  readonly head: VAddr | undefined;
  /** One of the entries. */
  readonly entry: VAddr;
}

/**
 * Newest first: the structures have their present names since 4.11 or longer. A kernel without one of them waits with
 * another one.
 */
export function waiterShape(target: Target, type: string): WaiterShape | undefined {
  const shapes = target.memo(knownShapes);
  if (!shapes.has(type)) shapes.set(type, readShape(target, type));
  return shapes.get(type);
}
const knownShapes = (_: Target): Map<string, WaiterShape | undefined> => new Map();

function readShape(target: Target, type: string): WaiterShape | undefined {
  const member = (...paths: readonly string[]): number | undefined =>
    paths.map((path) => target.findMember(type, path)).find((found) => found)?.offset;
  if (!target.types.has(type)) return undefined;
  // 4.13 (2055da97389a, sched/wait: Disambiguate wq_entry->task_list and wq_head->task_list naming)
  const list = member('list', 'entry', 'task_list');
  const task = member('task', 'private');
  if (list === undefined || task === undefined) return undefined;
  const func = member('func');
  return { type, list, task, ...(func === undefined ? {} : { func }) };
}

/** The task whose waiter has its list_head at `node`: the waiter names it, and lies on its stack. */
export function waiterTask(target: Target, shape: WaiterShape, node: VAddr): Task | undefined {
  const word = target.kernel.tryWord(plus(node, shape.task - shape.list));
  const task = word === undefined ? undefined : taskTable(target).byAddress.get(va(word));
  if (!task || task.stack === 0n || node < task.stack) return undefined;
  return node < task.stack + BigInt(stackSize(target)) ? task : undefined;
}

/** Whether an entry is one, and not the head of the list, which has no function and no task at the same places. */
function isEntry(target: Target, shape: WaiterShape, node: VAddr): boolean {
  if (waiterTask(target, shape, node)) return true;
  if (shape.func === undefined) return false;
  const func = target.kernel.tryWord(plus(node, shape.func - shape.list));
  return func !== undefined && func !== 0n && target.symbols.isText(va(func));
}

/**
 * The end of the list that a waiter's list_head is on; undefined when the list is broken on the way. What each entry
 * leads to is remembered, so that all waiters of a lock cost one walk.
 */
export function endOfList(target: Target, shape: WaiterShape, node: VAddr): ListEnd | undefined {
  let ends = target.memo(knownEnds).get(shape.type);
  if (!ends) {
    ends = new Map();
    target.memo(knownEnds).set(shape.type, ends);
  }
  const path: VAddr[] = [];
  const seen = new Set<VAddr>();
  let end: ListEnd | undefined;
  for (let at = node; path.length < MAX_LIST; ) {
    if (ends.has(at)) {
      end = ends.get(at);
      break;
    }
    if (seen.has(at)) {
      end = at === node ? { head: undefined, entry: node } : undefined;
      break;
    }
    if (!isEntry(target, shape, at)) {
      end = path.length > 0 ? { head: at, entry: node } : undefined;
      break;
    }
    seen.add(at);
    path.push(at);
    const next = target.kernel.tryWord(at);
    // A list that does not lead back is none, or was cut.
    if (
      next === undefined ||
      target.kernel.tryWord(plus(va(next), target.kernel.pointerSize)) !== at
    )
      break;
    at = va(next);
  }
  for (const entry of path) ends.set(entry, end);
  return end;
}
const knownEnds = (_: Target): Map<string, Map<VAddr, ListEnd | undefined>> => new Map();

/**
 * The waiter of a task among the words of its stack: a structure that names the task and whose list_head's neighbours
 * point back to it. `words` are the addresses to try.
 */
export function findWaiter(
  target: Target,
  shape: WaiterShape,
  task: Task,
  words: Iterable<readonly [at: VAddr, word: bigint]>,
): VAddr | undefined {
  const { pointerSize } = target.kernel;
  for (const [at, word] of words) {
    if (word !== task.address) continue;
    const waiter = plus(at, -shape.task);
    const node = plus(waiter, shape.list);
    if (isLinked(target, node, pointerSize)) return waiter;
  }
  return undefined;
}

/** Both neighbours of a list_head point to it. */
function isLinked(target: Target, node: VAddr, pointerSize: number): boolean {
  const next = target.kernel.tryWord(node);
  const prev = target.kernel.tryWord(plus(node, pointerSize));
  if (!next || !prev) return false;
  return (
    target.kernel.tryWord(plus(va(next), pointerSize)) === node &&
    target.kernel.tryWord(va(prev)) === node
  );
}
