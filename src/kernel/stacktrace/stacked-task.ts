import { plus, type VAddr, va } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { RawFrame, Registers } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { stackSize } from '../task/stack.ts';
import { isActive, type Task } from '../task/tasks.ts';
import { walkActive, walkBlocked } from './start.ts';
import { unwindContext } from './unwinding.ts';

/** A function on the stack of a task. */
export interface CallFrame {
  /** Empty for code without a name. */
  readonly symbol: string;
  readonly module: string | undefined;
  readonly ip: VAddr;
  /** Its local variables and saved registers: from here ... */
  readonly from: VAddr;
  /** ... to here, exclusive. */
  readonly to: VAddr;
  readonly raw: RawFrame;
}

/** A task with the functions that it was in, innermost first. */
export interface StackedTask {
  readonly task: Task;
  readonly running: boolean;
  readonly frames: readonly CallFrame[];
  /** The registers of the note of its CPU, for a running task whose chain begins with them. */
  readonly registers: Registers | undefined;
}

/**
 * The functions that a task was in; undefined when its stack is gone or cannot be read, which is a loss. As
 * `backtrace`, without what only a listing needs.
 */
export function stackedTask(target: Target, task: Task): StackedTask | undefined {
  if (task.stack === 0n) return undefined;
  const running = isActive(target, task);
  const walk = target.losses.attempt(`stack of task ${task.pid}`, task.stack, () => {
    const context = unwindContext(target, task);
    return running ? walkActive(target, context, task) : walkBlocked(target, context, task);
  });
  if (!walk) return undefined;
  const top = plus(task.stack, stackSize(target));
  return {
    task,
    running,
    frames: namedFrames(target, walk.frames, top),
    registers: walk.registers,
  };
}

function namedFrames(target: Target, raw: readonly RawFrame[], top: VAddr): readonly CallFrame[] {
  return raw.map((frame, i) => {
    const { symbol, module } = codeName(target, frame.kind === 'call' ? frame.ip - 1n : frame.ip);
    const next = raw[i + 1];
    const from = frame.kind === 'call' ? plus(frame.at, target.kernel.pointerSize) : frame.at;
    const end = frame.stack?.top ?? top;
    const to = next && next.stack === frame.stack && next.at > from ? next.at : end;
    return { symbol, module, ip: frame.ip, from, to, raw: frame };
  });
}

interface CodeName {
  readonly symbol: string;
  readonly module: string | undefined;
}

/** The function of an address of code. Few addresses stand on many stacks: each is looked up once. */
function codeName(target: Target, address: bigint): CodeName {
  const known = target.memo(codeNames);
  let name = known.get(address);
  if (!name) {
    const found = target.symbols.at(va(address));
    name = { symbol: found?.symbol.name ?? '', module: found?.symbol.module };
    known.set(address, name);
  }
  return name;
}
const codeNames = (_: Target): Map<bigint, CodeName> => new Map();

/** The words of a frame's own part of the stack, with their addresses; fewer where memory is missing. */
export function* frameWords(
  target: Target,
  { from, to }: Pick<CallFrame, 'from' | 'to'>,
): Generator<readonly [at: VAddr, word: bigint]> {
  const { pointerSize } = target.kernel;
  const length = Number(to - from);
  if (length < pointerSize) return;
  const size = Math.min(length - (length % pointerSize), stackSize(target));
  let words: BigUint64Array;
  try {
    words = target.kernel.wordsOf(target.kernel.read(from, size));
  } catch (error) {
    if (!(error instanceof CrashError)) throw error;
    return;
  }
  for (const [i, word] of words.entries()) yield [plus(from, i * pointerSize), word];
}
