import { type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { TrueReturn } from '../../unwind/types.ts';
import { callBefore } from '../core/functions.ts';
import type { Target } from '../core/target.ts';
import type { Task } from '../task/tasks.ts';
import { functionGraphReturns } from './function-graph.ts';
import type { HiddenReturn } from './hidden-return.ts';
import { kretprobeReturns, rethookReturns } from './return-hooks.ts';

/** What stands on the stack in place of the return addresses. */
const TRAMPOLINES: ReadonlySet<string> = new Set([
  'return_to_handler',
  'arch_rethook_trampoline',
  // 5.16 (adf8a61a940c, kprobes: treewide: Make it harder to refer kretprobe_trampoline directly).
  '__kretprobe_trampoline',
  'kretprobe_trampoline',
]);

const SOURCES = [functionGraphReturns, rethookReturns, kretprobeReturns] as const;

/** Is an address the beginning of a trampoline that stands in place of return addresses? */
export function isTrampoline(target: Target, address: bigint): boolean {
  const found = target.symbols.at(va(address));
  return found?.offset === 0 && TRAMPOLINES.has(found.symbol.name);
}

/**
 * What a return address of a task's stack was before a tracer took it. One function may have several hooks, which
 * then hide each other at the same place; the address that is no trampoline is what the first of them took. The
 * tables are read when the first trampoline is met.
 */
export function trueReturns(
  target: Target,
  task: Task,
): (ip: bigint, at: VAddr, from: bigint | undefined) => TrueReturn | undefined {
  let known: readonly HiddenReturn[] | undefined;
  return (ip, at, from) => {
    if (!isTrampoline(target, ip)) return undefined;
    known ??= hiddenReturns(target, task);
    const here = known.filter((hidden) => hidden.at === at);
    if (here.length > 0) return { ip: here.at(-1)!.ip };
    const ofFunction = known.filter(
      (hidden) =>
        hidden.at === undefined && hidden.function !== undefined && hidden.function === from,
    );
    return { ip: ofFunction.length === 1 ? ofFunction[0]!.ip : undefined };
  };
}

/** All that can be read: one broken table does not take the others away. */
function hiddenReturns(target: Target, task: Task): readonly HiddenReturn[] {
  const found: HiddenReturn[] = [];
  for (const source of SOURCES) {
    try {
      for (const hidden of source(target, task)) {
        if (!isTrampoline(target, hidden.ip) && callBefore(target, hidden.ip)) found.push(hidden);
      }
    } catch (error) {
      // The frame whose return address is not known says so.
      if (!(error instanceof CrashError)) throw error;
    }
  }
  return found;
}
