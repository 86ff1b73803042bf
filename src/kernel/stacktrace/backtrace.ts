import { plus, type VAddr, va } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import { readPtRegs } from '../../unwind/pt-regs.ts';
import type { RawFrame, Stack, WalkEnd } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { taskStack } from '../task/stack.ts';
import { isActive, type Task } from '../task/tasks.ts';
import {
  type Frame,
  type FrameRegisters,
  listFrames,
  overflowOf,
  type StackOverflow,
  savedRegisters,
} from './listing.ts';
import { stackAt } from './stacks.ts';
import { entryRegisters, type TaskWalk, walkActive, walkBlocked, walkFrom } from './start.ts';
import { unwindContext } from './unwinding.ts';

/** The call chain of a task. */
export interface Trace {
  readonly task: Task;
  readonly active: boolean;
  /** Its start, which `bt -t` calls START. */
  readonly start: { readonly ip: VAddr; readonly sp: VAddr };
  /** Registers of the CPU, when the chain begins with them. */
  readonly registers: FrameRegisters | undefined;
  /** The CPU's registers were taken where its stack was full; elsewhere a frame says so. */
  readonly overflow: StackOverflow | undefined;
  readonly frames: readonly Frame[];
  readonly end: WalkEnd;
}

/** Where a chain is to begin. */
export interface TraceOptions {
  /** Begin at the first return address at or above this one. */
  readonly sp?: VAddr | undefined;
  readonly ip?: VAddr | undefined;
}

const PF_KTHREAD = 0x0020_0000;

/** The call chain of a task; undefined when it has no stack. Throws ReadError when its start cannot be read. */
export function backtrace(
  target: Target,
  task: Task,
  options: TraceOptions = {},
): Trace | undefined {
  const stack = taskStack(target, task);
  if (!stack) return undefined;
  const active = isActive(target, task);
  const walk = walkTask(target, task, active, options);
  // A CPU's note lies in the dump file: it has no address.
  const registers =
    walk.registers &&
    savedRegisters(target, va(0), walk.registers, target.machine.stacks.abi.isUser(walk.registers));
  const frames = withUserRegisters(target, task, stack, walk);
  const first = frames[0];
  if (walk.end.kind === 'broken') reportBroken(target, walk.end);
  const start =
    registers !== undefined
      ? { ip: va(registers.values.ip), sp: va(registers.values.sp) }
      : { ip: first?.ip ?? va(0), sp: first?.at ?? stack.top };
  const listed = registers ? frames.slice(first?.kind === 'interrupted' ? 1 : 0) : frames;
  return {
    task,
    active,
    start,
    registers,
    overflow: registers && first && overflowOf(first),
    frames: listFrames(target, listed),
    end: walk.end,
  };
}

/** A chain whose next frame is not in the dump lacks it; what else ends a chain is told with it. */
function reportBroken(target: Target, end: WalkEnd & { kind: 'broken' }): void {
  if (end.missing === undefined) return;
  try {
    target.kernel.read(end.missing, 1);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    target.losses.report({ what: 'frame', reason: error.message });
  }
}

function walkTask(target: Target, task: Task, active: boolean, { sp }: TraceOptions): TaskWalk {
  const context = unwindContext(target, task);
  if (sp !== undefined) {
    const at = firstReturn(target, task, sp);
    if (at !== undefined) return walkFrom(context, at, target.kernel.pointer(at));
  }
  return active ? walkActive(target, context, task) : walkBlocked(target, context, task);
}

/** The first word at or above `sp` on its stack that points into code. */
function firstReturn(target: Target, task: Task, sp: VAddr): VAddr | undefined {
  const stack = stackAt(target, task, sp);
  if (!stack) return undefined;
  const { wordSize } = target.machine.stacks.abi;
  for (let at = va(sp - (sp % BigInt(wordSize))); at < stack.top; at = plus(at, wordSize)) {
    const word = target.kernel.tryWord(at);
    if (word === undefined) return undefined;
    if (target.symbols.isText(va(word)) && target.symbols.at(va(word))?.offset) return at;
  }
  return undefined;
}

/**
 * A user task's chain that ends before its entry registers gets them: assembly at the bottom of a new task's stack has
 * no ORC entry for them.
 */
function withUserRegisters(
  target: Target,
  task: Task,
  stack: Stack,
  walk: TaskWalk,
): readonly RawFrame[] {
  const last = walk.frames.at(-1);
  if (!last || walk.end.kind === 'user' || (task.flags & PF_KTHREAD) !== 0) return walk.frames;
  if (last.saved || last.stack?.kind !== 'process') return walk.frames;
  const saved = readPtRegs(
    (at) => target.kernel.tryWord(at),
    entryRegisters(target, stack),
    target.machine.stacks.abi,
  );
  return saved?.user ? [...walk.frames.slice(0, -1), { ...last, saved }] : walk.frames;
}
