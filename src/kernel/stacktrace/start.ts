import { plus, type VAddr, va } from '../../base/address.ts';
import {
  type FullRegisters,
  registersSize,
  type Stack,
  type UnwindContext,
} from '../../unwind/types.ts';
import { type Walked, walkStack } from '../../unwind/walk.ts';
import { functionRange, isReturnInto } from '../core/functions.ts';
import type { Loss } from '../core/losses.ts';
import type { Target } from '../core/target.ts';
import { panicTask } from '../panic/panic.ts';
import { stackWords } from '../task/stack.ts';
import type { Task } from '../task/tasks.ts';
import { cpuRegisters } from './cpu-registers.ts';
import { stacksOf } from './stacks.ts';

/** A walk of a task's stack, and its CPU's registers when it starts from them. */
export interface TaskWalk extends Walked {
  /** The note of the CPU, when the walk starts from it and not from a place on the stack. */
  readonly registers?: FullRegisters;
}

/** Walks the stack of a task that was not running, from its context switch. Throws ReadError. */
export function walkBlocked(target: Target, context: UnwindContext, task: Task): TaskWalk {
  const { at, ...place } = target.machine.stacks.switchFrame(target, task.address);
  return walkStack(context, { ...place, exact: false }, at);
}

/** Walks from a return address at `at`; no register is known there. */
export function walkFrom(context: UnwindContext, at: VAddr, ip: VAddr): Walked {
  const sp = plus(at, context.abi.wordSize);
  return walkStack(context, { ip, sp, registers: {}, exact: false }, at);
}

/**
 * Walks the stack of a task that was running. The registers in the CPU notes are taken before machine_kexec in a kdump
 * and inside panic() in a hypervisor dump, so a chain that begins with them has lost its innermost functions or has some
 * too many. Therefore the functions of the crash path are looked for on the stack, as crash does, and a chain that
 * begins with one is believed only if it and the registers' chain meet.
 */
export function walkActive(target: Target, context: UnwindContext, task: Task): TaskWalk {
  const registers = cpuRegisters(target, task);
  const fromNote = registers && walkNote(context, registers);
  let fallback: TaskWalk | undefined;
  const lost: Loss[] = [];
  for (const place of endings(target, task, lost)) {
    const inNote =
      fromNote?.frames.findIndex(({ at, kind }) => kind === 'call' && at === place.at) ?? -1;
    if (fromNote && inNote >= 0)
      return { frames: fromNote.frames.slice(inNote), end: fromNote.end };
    const walk = walkFrom(context, place.at, place.ip);
    if (registers && fromNote && meets(walk, fromNote, registers)) return walk;
    if (walk.end.kind !== 'broken' && !walk.frames.some(({ by }) => by === 'scan'))
      fallback ??= walk;
  }
  // What was not found may lie on pages that are not there.
  for (const loss of lost) target.losses.report(loss);
  if (registers && fromNote) {
    const trusted = fromNote.frames.length > 1 || fromNote.end.kind !== 'broken';
    if (trusted || !fallback) return { ...fromNote, registers };
  }
  return fallback ?? walkBlocked(target, context, task);
}

/** The walk from a CPU's note; without frames when the CPU was in user space; undefined when its stack is unknown. */
function walkNote(context: UnwindContext, registers: FullRegisters): Walked | undefined {
  const place = { ip: va(registers.ip), sp: va(registers.sp), registers, exact: true };
  if (context.abi.isUser(registers)) return { frames: [], end: { kind: 'user' } };
  if (!context.stackOf(registers.sp)) return undefined;
  return walkStack(context, place);
}

/** Whether a walk from further down the stack passes the place where the note was taken. */
function meets(walk: Walked, note: Walked, registers: FullRegisters): boolean {
  if (note.frames.length === 0) {
    return walk.frames.some(({ saved }) => saved?.user && saved.registers.sp === registers.sp);
  }
  const places = new Set<bigint>(
    note.frames.filter(({ kind }) => kind === 'call').map(({ at }) => at),
  );
  return walk.frames.some(
    ({ kind, at, saved }) =>
      (kind === 'call' && places.has(at)) || saved?.registers.sp === registers.sp,
  );
}

interface Place {
  readonly at: VAddr;
  readonly ip: VAddr;
}

/**
 * Return addresses into the last functions of a CPU, in the order in which crash prefers them. Most are never needed:
 * the first on the task's own stack usually leads out.
 */
function* endings(target: Target, task: Task, lost: Loss[]): Generator<Place> {
  const panicked = panicTask(target)?.address === task.address;
  const { kexecFunction, stopFunction } = target.machine.unwind;
  const late: Place[] = [];
  for (const stack of stacksOf(target, task)) {
    const words = stackWords(target, stack, (loss) => lost.push(loss));
    const of = (name: string): readonly Place[] => placesOn(target, stack, words, name);
    yield* of(kexecFunction).slice(0, 1);
    if (!panicked) yield* of(stopFunction).slice(0, 1);
    yield* of('die').slice(0, 1);
    // The first panic() counts; one inside it is further down.
    yield* of('panic').toReversed();
    yield* of('crash_kexec').slice(1, 2);
    yield* of('crash_kexec').slice(0, 1);
    late.push(...of('sysrq_handle_crash').slice(-1));
  }
  yield* late;
}

/** The words of a stack that point into a function, from its low end. */
function placesOn(
  target: Target,
  stack: Stack,
  words: BigUint64Array,
  name: string,
): readonly Place[] {
  const range = functionRange(target, name);
  if (!range) return [];
  const { pointerSize } = target.kernel;
  const found: Place[] = [];
  for (const [i, word] of words.entries()) {
    if (isReturnInto(target, range, word))
      found.push({ at: plus(stack.base, i * pointerSize), ip: va(word) });
  }
  return found;
}

/** The registers of a task's entry from user space: at the end of its stack. */
export function entryRegisters(target: Target, stack: Stack): VAddr {
  const { abi, entryPadding } = target.machine.stacks;
  return plus(stack.top, -entryPadding(target) - registersSize(abi));
}
