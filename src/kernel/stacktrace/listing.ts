import { plus, type VAddr, va } from '../../base/address.ts';
import type { SourcePlace } from '../../debuginfo/lines/source-lines.ts';
import {
  type FoundBy,
  type FullRegisters,
  onStack,
  type RawFrame,
  registerOffset,
  type SavedRegisters,
  type Stack,
} from '../../unwind/types.ts';
import { callBefore, lacksCode } from '../core/functions.ts';
import type { Target } from '../core/target.ts';
import { generatedCodeAt } from './generated-code.ts';

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
  /** The interrupted place; undefined in user space. */
  readonly place: CodePlace | undefined;
  /** The source line of the interrupted place, where it was asked for and is known. */
  readonly source?: SourcePlace;
}

/** A stack that was full: where it lies, and how far below it the stack pointer was. */
export interface StackOverflow {
  /** crash's name: `process stack`, `IRQ stack`. */
  readonly stack: string;
  readonly base: VAddr;
  /** Exclusive. */
  readonly top: VAddr;
  readonly below: number;
}

/** One frame of a call chain. */
export interface Frame {
  /** Its number in crash's listing; undefined for one that crash does not list. */
  readonly index: number | undefined;
  /** `call`: address of the return address (or, in an entry from an IRQ stack, of the registers). `interrupted`: SP. */
  readonly sp: VAddr;
  readonly ip: VAddr;
  readonly symbol: string | undefined;
  readonly offset: number;
  readonly module: string | undefined;
  /** Name of the exception's entry point; set where the registers were saved by code common to all exceptions. */
  readonly via?: string;
  readonly kind: RawFrame['kind'];
  readonly by: FoundBy;
  /** The chain went over a guess on its way here: this frame may be wrong. */
  readonly doubtful?: true;
  /** The tracer's trampoline that stands on the stack in place of the return address. */
  readonly trampoline?: string | undefined;
  /** The name of the stack that the next frame has left. */
  readonly leaves: string | undefined;
  readonly registers: FrameRegisters | undefined;
  /** This function was interrupted because its stack was full. */
  readonly overflow?: StackOverflow | undefined;
  /** The source line of `ip` itself, as crash prints it; where it was asked for and is known. */
  readonly source?: SourcePlace;
}

/** Frames with names and numbers, as crash lists them. */
export function listFrames(target: Target, raw: readonly RawFrame[]): readonly Frame[] {
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
      // After an IRQ stack, crash shows the address of the registers.
      sp: fromIrq ? frame.saved!.address : shownPlace(target, frame, before),
      ip: frame.ip,
      symbol: place.symbol,
      offset: place.offset,
      module: place.module,
      ...viaOf(target, place.symbol, before && calledFrom(target, before).symbol),
      kind: frame.kind,
      by: frame.by,
      ...(frame.doubtful && { doubtful: true }),
      ...(frame.trampoline !== undefined && {
        trampoline: codePlace(target, frame.trampoline).symbol,
      }),
      leaves: leaving(frame, next),
      registers: frame.saved && frameRegisters(target, frame.saved),
      ...(frame.overflows && { overflow: overflowOf(frame) }),
    };
  });
}

/** The overflow that a frame reports. */
export const overflowOf = ({ overflows, stack, at }: RawFrame): StackOverflow | undefined =>
  overflows && stack
    ? { stack: stack.name, base: stack.base, top: stack.top, below: Number(stack.base - at) }
    : undefined;

/**
 * Before 5.8 (931b94145981, x86/entry: Provide helpers for executing on the irqstack) the entry code itself changed to
 * the IRQ stack: its return address is there, the registers that it saved are on the stack it came from. crash lists it
 * on both.
 */
function splitEntry(frame: RawFrame, outer: Stack | undefined): readonly RawFrame[] {
  const { saved, stack } = frame;
  if (!saved || stack?.kind !== 'irq' || onStack(stack, saved.address)) return [frame];
  const { saved: _, ...left } = frame;
  return [left, { ...frame, at: saved.address, stack: outer }];
}

/**
 * crash lists the function that an exception interrupted only where the stack changes with it; else the line of the
 * registers names it. The start of a new task that has registers is not listed either.
 */
function isListed(target: Target, frame: RawFrame, onOther: boolean): boolean {
  if (frame.kind === 'interrupted') return onOther || target.machine.unwind.listsInterrupted;
  return !(frame.saved?.user && isBeginning(target, frame.ip));
}

/** Whether an address is the first byte of a function and not a return address: a place where a task begins. */
const isBeginning = (target: Target, ip: VAddr): boolean =>
  target.symbols.at(ip)?.offset === 0 && callBefore(target, ip) === undefined;

/** The place of an interrupted function that is listed in every case: where its address is in the saved registers. */
function shownPlace({ machine }: Target, frame: RawFrame, before: RawFrame | undefined): VAddr {
  const { stacks, unwind } = machine;
  if (!unwind.listsInterrupted || frame.kind !== 'interrupted' || !before?.saved) return frame.at;
  return plus(before.saved.address, registerOffset(stacks.abi, 'ip'));
}

/** The exception behind common entry code, if the kernel has a function of that name. */
function viaOf(
  target: Target,
  symbol: string | undefined,
  called: string | undefined,
): { via?: string } {
  if (symbol === undefined || called === undefined) return {};
  const via = target.machine.unwind.exceptionBehind(symbol, called);
  return via !== undefined && target.symbols.kernel.named(via) ? { via } : {};
}

/**
 * The function that a frame is in. A return address belongs to the byte before it, where the call is: a function whose
 * last instruction is its call (of one that never returns) has a return address that is another one's first byte.
 * crash 8 lists no such frame; since 2026 (7b3f6e0) it names it so, too. Where that byte is not in the dump, a loss, the only way
 * in is still a call: no function is entered by its first byte from a stack.
 */
function calledFrom(target: Target, { kind, ip }: RawFrame): CodePlace {
  const place = codePlace(target, ip);
  if (kind === 'interrupted' || place.offset > 0) return place;
  if (!callBefore(target, ip) && !lacksCode(target, ip)) return place;
  const caller = codePlace(target, plus(ip, -1));
  return { ...caller, address: ip, offset: caller.offset + 1 };
}

function leaving(frame: RawFrame, next: RawFrame | undefined): string | undefined {
  const { stack } = frame;
  if (!stack || stack.kind === 'process') return undefined;
  // The end of a chain on such a stack is the way back to user space.
  const leaves = next ? next.stack !== stack : frame.saved?.user === true;
  return leaves ? stack.name : undefined;
}

/** Registers with the name of the interrupted place. */
export const savedRegisters = (
  target: Target,
  address: VAddr,
  values: FullRegisters,
  user: boolean,
): FrameRegisters => ({
  address,
  values,
  user,
  place: user ? undefined : codePlace(target, va(values.ip)),
});

/** {@link savedRegisters} of a `struct pt_regs`. */
export const frameRegisters = (
  target: Target,
  { address, registers, user }: SavedRegisters,
): FrameRegisters => savedRegisters(target, address, registers, user);

/** The name of an address of code, as crash looks it up: by the address itself. Code that the kernel made has one too. */
export function codePlace(target: Target, address: VAddr): CodePlace {
  const found = target.symbols.at(address);
  if (!found && !target.arch.isUser(address)) {
    const code = generatedCodeAt(target, address);
    if (code) {
      const offset = Number(address - code.start);
      return { address, symbol: code.name, offset, module: undefined };
    }
  }
  return {
    address,
    symbol: found?.symbol.name,
    offset: found?.offset ?? 0,
    module: found?.symbol.module,
  };
}
