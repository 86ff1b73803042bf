import { plus, type VAddr } from '../../base/address.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import type { HiddenReturn } from './hidden-return.ts';

/** FTRACE_RETFUNC_DEPTH, kernel/trace/fgraph.c: entries of a task's array. */
const MAX_ENTRIES = 50;
/** Words of the newer form, SHADOW_STACK_SIZE: a page, with room for a later one to be larger. */
const MAX_WORDS = 4096;
/** FGRAPH_FRAME_OFFSET_MASK: how many words below itself an entry begins. */
const OFFSET_MASK = 0x3ffn;
/** FTRACE_NOTRACE_DEPTH, to 4.20: taken off the index while nothing is to be traced. */
const NOTRACE_DEPTH = 65_536;

/** The return addresses that the function graph tracer keeps of a task, innermost first. Throws ReadError. */
export function* functionGraphReturns(target: Target, task: Task): Generator<HiddenReturn> {
  const object = target.object('task_struct', task.address);
  if (!object.has('ret_stack') || !object.has('curr_ret_stack')) return;
  const stack = object.pointer('ret_stack');
  if (stack === 0n) return;
  const current = object.num('curr_ret_stack');
  const places = isWords(target, object)
    ? placesOfWords(target, stack, current)
    : placesOfArray(target, stack, current);
  for (const place of places) yield hiddenReturn(target.object('ftrace_ret_stack', place));
}

/** 6.11 (42675b723b48, function_graph: Convert ret_stack to a series of longs). */
function isWords(target: Target, task: KernelObject): boolean {
  const pointer = target.types.resolve(task.member('ret_stack').type);
  return pointer.kind === 'pointer' && target.types.resolve(pointer.target).kind === 'int';
}

/** `current` counts words. The word under it says how far below the entry is whose last word it is. */
function* placesOfWords(target: Target, stack: VAddr, current: number): Generator<VAddr> {
  const word = target.kernel.pointerSize;
  for (let top = Math.min(current, MAX_WORDS) - 1; top > 0; ) {
    const offset = Number(target.kernel.word(plus(stack, top * word)) & OFFSET_MASK);
    if (offset === 0 || offset > top) return;
    yield plus(stack, (top - offset) * word);
    top -= offset + 1;
  }
}

/** `current` is the index of the last entry; -1 of none. */
function* placesOfArray(target: Target, stack: VAddr, current: number): Generator<VAddr> {
  const size = target.types.sizeof('ftrace_ret_stack');
  const last = current < -1 ? current + NOTRACE_DEPTH : current;
  for (let i = Math.min(last, MAX_ENTRIES - 1); i >= 0; i--) yield plus(stack, i * size);
}

/** struct ftrace_ret_stack, include/linux/ftrace.h; retp since 4.9 (9a7c348ba6a4, ftrace: Add return address pointer to ftrace_ret_stack). */
const hiddenReturn = (entry: KernelObject): HiddenReturn => ({
  ip: entry.pointer('ret'),
  at: entry.has('retp') ? entry.pointer('retp') : undefined,
  function: entry.pointer('func'),
});
