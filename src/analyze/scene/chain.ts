import { type VAddr, va } from '../../base/address.ts';
import { callBefore } from '../../kernel/core/functions.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { Trace } from '../../kernel/stacktrace/backtrace.ts';
import type { Frame, FrameRegisters } from '../../kernel/stacktrace/listing.ts';
import { operationsOf } from '../../kernel/text/word-flow.ts';
import { isHandler, isSleeper, plainName, subjectName } from './code-names.ts';

/** One function of a call chain, innermost first. */
export interface Call {
  /** As the symbol has it; undefined for code without a name. */
  readonly symbol: string | undefined;
  /** Without the compiler's suffixes; '' without a name. */
  readonly name: string;
  readonly module: string | undefined;
  readonly ip: VAddr;
  readonly sp: VAddr;
  /** The stack does not show it: its caller's call goes there, and it left by a jump to what it called last. */
  readonly isTailCall: boolean;
  readonly doubtful: boolean;
  /** The registers that an entry saved here. */
  readonly registers: FrameRegisters | undefined;
  readonly frame: Frame;
}

/** A frame's number in `bt`, with its hash; '' for a function that has none. */
export const frameNumber = ({ frame, isTailCall }: Call): string =>
  frame.index === undefined || isTailCall ? '' : `#${frame.index}`;

/** The functions of a chain, with the one that ran when its CPU was stopped, and those that left by a jump. */
export function callsOf(target: Target, { frames: listed, registers }: Trace): readonly Call[] {
  const running = registers && !registers.user ? runningFrame(registers) : undefined;
  const frames = running ? [running, ...listed] : listed;
  const calls: Call[] = [];
  for (const [i, frame] of frames.entries()) {
    const callee = frames[i - 1];
    if (callee) calls.push(...tailCalls(target, frame, callee));
    calls.push(callOf(frame));
  }
  return calls;
}

/** The function that a CPU's registers were in, as a frame: `bt` shows it with the registers. */
const runningFrame = ({ values, place }: FrameRegisters): Frame => ({
  index: undefined,
  sp: va(values.sp),
  ip: va(values.ip),
  symbol: place?.symbol,
  offset: place?.offset ?? 0,
  module: place?.module,
  kind: 'interrupted',
  by: 'start',
  leaves: undefined,
  registers: undefined,
});

const callOf = (frame: Frame): Call => ({
  symbol: frame.symbol,
  name: plainName(frame.symbol ?? ''),
  module: frame.module,
  ip: frame.ip,
  sp: frame.sp,
  isTailCall: false,
  doubtful: frame.doubtful === true || frame.by === 'scan',
  registers: frame.registers,
  frame,
});

/** A function that jumps on through more functions than this is not followed. */
const MAX_JUMPS = 4;
/** A function with more ways out is a table of them (the system calls): only its own jumps are looked at. */
const MAX_BREADTH = 16;

/**
 * The functions between a caller and the function that its frame shows as called, where they are told without doubt: the
 * call goes to another function, and exactly one path of jumps leads from there to the one on the stack.
 */
function tailCalls(target: Target, caller: Frame, callee: Frame): Call[] {
  if (caller.kind !== 'call' || caller.registers || callee.registers) return [];
  const called = callBefore(target, caller.ip)?.target;
  if (called === undefined) return [];
  const start = target.symbols.at(va(called));
  if (start?.offset !== 0) return [];
  const same = [callee.symbol, caller.symbol].map((name) => plainName(name ?? ''));
  if (same.includes(plainName(start.symbol.name))) return [];
  const paths =
    callee.symbol === undefined
      ? [jumpsAnywhere(target, start.symbol.address) ? [start.symbol.address] : []]
      : jumpPaths(target, start.symbol.address, callee.symbol, MAX_JUMPS);
  if (paths.length !== 1) return [];
  return (paths[0] ?? []).toReversed().map((address) => {
    const found = target.symbols.at(address);
    const symbol = found?.symbol.name;
    return {
      ...callOf(caller),
      symbol,
      name: plainName(symbol ?? ''),
      module: found?.symbol.module,
      ip: address,
      isTailCall: true,
      registers: undefined,
    };
  });
}

/** Whether a function may leave by a jump to an address that a register has. */
function jumpsAnywhere(target: Target, start: VAddr): boolean {
  const { indirectThunk } = target.machine.code;
  return operationsOf(target, start).some(({ flow, target: to }) => {
    if (flow !== 'jump') return false;
    if (to === undefined) return true;
    return target.symbols.at(va(to))?.symbol.name.startsWith(indirectThunk) === true;
  });
}

/** Paths of jumps from a function's start to the function of a name: the starts of the functions on the way. */
function jumpPaths(target: Target, start: VAddr, wanted: string, depth: number): VAddr[][] {
  const starts = jumpTargets(target, start).flatMap((next) => {
    const found = target.symbols.at(next);
    return found?.offset === 0 ? [found.symbol] : [];
  });
  // A way through others would be no shorter.
  if (starts.some(({ name }) => name === wanted)) return [[start]];
  const paths: VAddr[][] = [];
  if (depth <= 1 || starts.length > MAX_BREADTH) return paths;
  for (const { address } of starts) {
    if (address === start) continue;
    for (const path of jumpPaths(target, address, wanted, depth - 1)) paths.push([start, ...path]);
  }
  return paths;
}

/** Where a function's jumps leave it, each once. */
export function jumpTargets(target: Target, start: VAddr): readonly VAddr[] {
  const operations = operationsOf(target, start);
  const last = operations.at(-1);
  if (!last) return [];
  const end = last.address + BigInt(last.length);
  const targets = new Set<bigint>();
  for (const { flow, target: to } of operations) {
    if ((flow === 'jump' || flow === 'branch') && to !== undefined && (to < start || to >= end))
      targets.add(to);
  }
  return [...targets].map(va);
}

/** `function@module` of a call; undefined for code without a name. */
export const subjectOf = (call: Call | undefined): string | undefined =>
  call?.symbol === undefined ? undefined : subjectName(call.symbol, call.module);

/** The calls that say something of the cause, without handlers of errors and entries. */
export const tellingCalls = (calls: readonly Call[]): readonly Call[] =>
  calls.filter(({ name, symbol }) => symbol !== undefined && !isHandler(name));

/** {@link tellingCalls} of a task that waits: without what puts it to sleep. */
export const waitingCalls = (calls: readonly Call[]): readonly Call[] =>
  tellingCalls(calls).filter(({ name }) => !isSleeper(name));
