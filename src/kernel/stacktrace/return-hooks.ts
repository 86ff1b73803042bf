import { plus, type VAddr } from '../../base/address.ts';
import type { KernelObject } from '../core/object.ts';
import type { Target } from '../core/target.ts';
import { walkChain } from '../lib/lists.ts';
import type { Task } from '../task/tasks.ts';
import type { HiddenReturn } from './hidden-return.ts';

/** More hooks than functions fit on a stack. */
const MAX_HOOKS = 4096;

/**
 * Return addresses that return hooks (kretprobes, fprobes) keep of a task, innermost first:
 * task->rethooks, a list of struct rethook_node, since 5.18 (54ecbe6f1ed5, rethook: Add a generic return hook).
 * Throws ReadError, BrokenListError.
 */
export function* rethookReturns(target: Target, task: Task): Generator<HiddenReturn> {
  const object = target.object('task_struct', task.address);
  if (!object.has('rethooks') || !target.types.has('rethook_node')) return;
  const link = target.types.member('rethook_node', 'llist').offset;
  for (const node of walkChain(target.kernel, object.pointer('rethooks.first'), 0, MAX_HOOKS)) {
    const hook = target.object('rethook_node', plus(node, -link));
    yield { ip: hook.pointer('ret_addr'), at: hook.pointer('frame'), function: undefined };
  }
}

/**
 * The same of kretprobes before: struct kretprobe_instance, listed by task since 5.11 (d741bf41d7c7, kprobes: Remove kretprobe hash).
 * Throws ReadError, BrokenListError.
 */
export function* kretprobeReturns(target: Target, task: Task): Generator<HiddenReturn> {
  const object = target.object('task_struct', task.address);
  const ofTask = object.has('kretprobe_instances.first')
    ? instancesOfTask(target, object)
    : instancesByHash(target, task);
  for (const instance of ofTask) {
    yield {
      ip: instance.pointer('ret_addr'),
      at: instance.has('fp') ? instance.pointer('fp') : undefined,
      function: probedFunction(instance),
    };
  }
}

function* instancesOfTask(target: Target, task: KernelObject): Generator<KernelObject> {
  const link = target.types.member('kretprobe_instance', 'llist').offset;
  const first = task.pointer('kretprobe_instances.first');
  for (const node of walkChain(target.kernel, first, 0, MAX_HOOKS))
    yield target.object('kretprobe_instance', plus(node, -link));
}

/** KPROBE_TABLE_SIZE, kernel/kprobes.c: lists of the instances of all tasks, newest first. */
const HASH_LISTS = 64;

function* instancesByHash(target: Target, task: Task): Generator<KernelObject> {
  const table = target.findSymbol('kretprobe_inst_table');
  if (table === undefined || target.findMember('kretprobe_instance', 'hlist') === undefined) return;
  const link = target.types.member('kretprobe_instance', 'hlist').offset;
  for (let i = 0; i < HASH_LISTS; i++) {
    const first = target.kernel.pointer(plus(table, i * target.kernel.pointerSize));
    for (const node of walkChain(target.kernel, first, 0, MAX_HOOKS)) {
      const instance = target.object('kretprobe_instance', plus(node, -link));
      if (instance.pointer('task') === task.address) yield instance;
    }
  }
}

/** Where the probed function begins, for instances that do not note their place. */
function probedFunction(instance: KernelObject): VAddr | undefined {
  if (!instance.has('rp')) return undefined;
  return instance.follow('rp', 'kretprobe')?.pointer('kp.addr');
}
