import { plus, type VAddr, va } from '../../base/address.ts';
import { readPtRegs } from '../../unwind/pt-regs.ts';
import {
  type FoundBy,
  type FullRegisters,
  onStack,
  type RawFrame,
  registerOffset,
  type SavedRegisters,
  type Stack,
  type WalkEnd,
} from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { isActive, type Task } from '../task/tasks.ts';
import { stackAbi } from './stack-abi.ts';
import { cpuStacks, stackAmong, taskStack } from './stacks.ts';
import { entryRegisters, type TaskWalk, walkActive, walkBlocked, walkFrom } from './start.ts';
import { isAfterCall, unwindContext, wordAt } from './unwinding.ts';

/** An address of code by name. `symbol` is undefined for code without one (generated code, a wild pointer). */
export interface CodePlace {
  readonly address: VAddr;
  readonly symbol: string | undefined;
  readonly offset: number;
  readonly module: string | undefined;
}

/** Registers in a `struct pt_regs` on the stack. */
export interface FrameRegisters {
  readonly address: VAddr;
  readonly values: FullRegisters;
  readonly user: boolean;
  /** Where the kernel was interrupted; undefined in user space. */
  readonly place: CodePlace | undefined;
}

/** One frame of a call chain. */
export interface Frame {
  /** Its number in crash's listing; undefined for one that crash does not list. */
  readonly index: number | undefined;
  /** `call`: where the return address lies (or, in an entry from an IRQ stack, the registers). `interrupted`: SP. */
  readonly sp: VAddr;
  readonly ip: VAddr;
  readonly symbol: string | undefined;
  readonly offset: number;
  readonly module: string | undefined;
  /** The exception that brought the chain here, where code common to all of them saved the registers. */
  readonly via?: string;
  readonly kind: RawFrame['kind'];
  readonly by: FoundBy;
  /** The name of the stack that the next frame is no longer on. */
  readonly leaves: string | undefined;
  readonly registers: FrameRegisters | undefined;
}

/** The call chain of a task. */
export interface Trace {
  readonly task: Task;
  readonly active: boolean;
  /** Where it begins: what `bt -t` calls START. */
  readonly start: { readonly ip: VAddr; readonly sp: VAddr };
  /** Registers of the CPU, when the chain begins with them. */
  readonly registers: FrameRegisters | undefined;
  readonly frames: readonly Frame[];
  readonly end: WalkEnd;
}

export interface TraceOptions {
  /** Begin at the first return address at or above this one. */
  readonly sp?: VAddr | undefined;
  readonly ip?: VAddr | undefined;
}

const PF_KTHREAD = 0x0020_0000;

/** The call chain of a task; undefined when it has no stack. Throws ReadError when there is nothing to begin with. */
export function backtrace(
  target: Target,
  task: Task,
  options: TraceOptions = {},
): Trace | undefined {
  const stack = taskStack(target, task);
  if (!stack) return undefined;
  const active = isActive(target, task);
  const walk = walkTask(target, task, active, options);
  const registers = walk.registers && cpuPlace(target, walk.registers);
  const frames = withUserRegisters(target, task, stack, walk);
  const first = frames[0];
  const start =
    registers !== undefined
      ? { ip: va(registers.values.ip), sp: va(registers.values.sp) }
      : { ip: first?.ip ?? va(0), sp: first?.at ?? stack.top };
  const listed = registers ? frames.slice(first?.kind === 'interrupted' ? 1 : 0) : frames;
  return { task, active, start, registers, frames: listFrames(target, listed), end: walk.end };
}

function walkTask(target: Target, task: Task, active: boolean, { sp }: TraceOptions): TaskWalk {
  const context = unwindContext(target, task);
  if (sp !== undefined) {
    const at = firstReturn(target, task, sp);
    if (at !== undefined) return walkFrom(context, at, va(wordAt(target, at)!));
  }
  return active ? walkActive(target, context, task) : walkBlocked(target, context, task);
}

/** The first word at or above `sp` on its stack that points into code. */
function firstReturn(target: Target, task: Task, sp: VAddr): VAddr | undefined {
  const stack = stackAt(target, task, sp);
  if (!stack) return undefined;
  const { wordSize } = stackAbi(target);
  for (let at = va(sp - (sp % BigInt(wordSize))); at < stack.top; at = plus(at, wordSize)) {
    const word = wordAt(target, at);
    if (word === undefined) return undefined;
    if (target.symbols.isText(va(word)) && target.symbols.at(va(word))?.offset) return at;
  }
  return undefined;
}

/** The stack that an address lies on: a task's own or one of its CPU's. */
export function stackAt(target: Target, task: Task, address: bigint): Stack | undefined {
  const own = taskStack(target, task);
  return stackAmong(
    own ? [own, ...cpuStacks(target, task.cpu)] : cpuStacks(target, task.cpu),
    address,
  );
}

const cpuPlace = (target: Target, values: FullRegisters): FrameRegisters => {
  const user = (values.cs & 3n) === 3n;
  return {
    address: va(0),
    values,
    user,
    place: user ? undefined : codePlace(target, va(values.ip)),
  };
};

/**
 * A user task's chain that ends before its entry registers gets them: assembly at the bottom of a new task's
 * stack has no entry that says they are there.
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
    (at) => wordAt(target, at),
    entryRegisters(target, stack),
    false,
    stackAbi(target),
  );
  return saved?.user ? [...walk.frames.slice(0, -1), { ...last, saved }] : walk.frames;
}

/** Frames with names and numbers, as crash lists them. */
function listFrames(target: Target, raw: readonly RawFrame[]): readonly Frame[] {
  const shown = raw.flatMap((frame, i) => splitEntry(frame, raw[i + 1]?.stack));
  let index = 0;
  return shown.map((frame, i) => {
    const place = calledFrom(target, frame);
    const next = shown[i + 1];
    const before = shown[i - 1];
    const onOther = before !== undefined && before.stack !== frame.stack;
    const fromIrq = onOther && before.stack?.kind === 'irq' && frame.saved !== undefined;
    return {
      index: isListed(target, frame, onOther) ? index++ : undefined,
      // Coming from an IRQ stack, crash names the place of the registers.
      sp: fromIrq ? frame.saved!.address : shownPlace(target, frame, before),
      ip: frame.ip,
      symbol: place.symbol,
      offset: place.offset,
      module: place.module,
      ...viaOf(target, place.symbol, before && calledFrom(target, before).symbol),
      kind: frame.kind,
      by: frame.by,
      leaves: leaving(frame, next),
      registers: frame.saved && frameRegisters(target, frame.saved),
    };
  });
}

/**
 * Until 5.8 (931b94145981) the entry code itself changed to the IRQ stack: its return address is there, the
 * registers that it saved are where it came from. crash lists it on both.
 */
function splitEntry(frame: RawFrame, outer: Stack | undefined): readonly RawFrame[] {
  const { saved, stack } = frame;
  if (!saved || stack?.kind !== 'irq' || onStack(stack, saved.address)) return [frame];
  const { saved: _, ...left } = frame;
  return [left, { ...frame, at: saved.address, stack: outer }];
}

/**
 * crash lists the function that an exception interrupted only where the stack changes with it; else the line of
 * the registers names it. And crash 8 does not list a caller whose last instruction is its call (of a function
 * that does not return): see {@link calledFrom}. Nor does it list where a new task will begin.
 */
function isListed(target: Target, frame: RawFrame, onOther: boolean): boolean {
  // Of i386's registers crash says no name: the function is in the list.
  if (frame.kind === 'interrupted') return onOther || !stackAbi(target).hasTables;
  return !endsInCall(target, frame.ip);
}

/** Where i386's processor pushed the address of an interrupted function lies what a call would have left. */
function shownPlace(target: Target, frame: RawFrame, before: RawFrame | undefined): VAddr {
  const abi = stackAbi(target);
  if (abi.hasTables || frame.kind !== 'interrupted' || !before?.saved) return frame.at;
  return plus(before.saved.address, registerOffset(abi, 'ip'));
}

/** i386's exceptions save registers in one place: `page_fault` leads to error_code, which calls do_page_fault. */
function viaOf(
  target: Target,
  symbol: string | undefined,
  called: string | undefined,
): { via?: string } {
  if (symbol !== 'error_code' || called?.startsWith('do_') !== true) return {};
  const via = called.slice('do_'.length);
  return target.symbols.kernel.named(via) ? { via } : {};
}

/** Is a return address the first byte of a function, the one behind the caller? */
const endsInCall = (target: Target, ip: VAddr): boolean => target.symbols.at(ip)?.offset === 0;

/**
 * The function that a frame is in: by the return address itself, as crash looks it up, but by the byte before
 * it where that is the end of the caller.
 */
function calledFrom(target: Target, { kind, ip }: RawFrame): CodePlace {
  const byItself = kind === 'interrupted' || !endsInCall(target, ip) || !isAfterCall(target, ip);
  if (byItself) return codePlace(target, ip);
  const place = codePlace(target, plus(ip, -1));
  return { ...place, address: ip, offset: place.offset + 1 };
}

function leaving(frame: RawFrame, next: RawFrame | undefined): string | undefined {
  const { stack } = frame;
  if (!stack || stack.kind === 'process') return undefined;
  // The end of a chain on such a stack is the way back to user space.
  const leaves = next ? next.stack !== stack : frame.saved?.user === true;
  return leaves ? stack.name : undefined;
}

function frameRegisters(target: Target, saved: SavedRegisters): FrameRegisters {
  const { address, registers, user } = saved;
  return {
    address,
    values: registers,
    user,
    place: user ? undefined : codePlace(target, va(registers.ip)),
  };
}

/** The name of an address of code, as crash looks a return address up: by the address itself. */
export function codePlace(target: Target, address: VAddr): CodePlace {
  const found = target.symbols.at(address);
  const { symbol } = found ?? {};
  return {
    address,
    symbol: symbol?.name,
    offset: found?.offset ?? 0,
    module: symbol?.module,
  };
}
