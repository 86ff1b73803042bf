import { plus, type VAddr, va } from '../../base/address.ts';
import type { Stack } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { stackSize, taskStack } from '../task/stack.ts';
import type { Task } from '../task/tasks.ts';
import { backtrace, type Trace, type TraceOptions } from './backtrace.ts';
import type { Frame, FrameRegisters, StackOverflow } from './listing.ts';
import {
  findExceptionFrames,
  type Naming,
  nameWord,
  type StackWord,
  type TextSegment,
  textSegments,
  textWords,
  type WordRun,
  wordRun,
} from './stack-listing.ts';
import { cpuStacks, overflownStack, stackAt } from './stacks.ts';

/** A frame, with the words of the stack between it and the one before. */
export interface ShownFrame extends Frame {
  readonly words?: WordRun;
}

/** The forms of `bt` for one task. */
export type StackView =
  | { readonly view: 'none' }
  | { readonly view: 'skipped' }
  | {
      readonly view: 'trace';
      readonly registers: FrameRegisters | undefined;
      readonly overflow: StackOverflow | undefined;
      readonly frames: readonly ShownFrame[];
      readonly end: Trace['end'];
    }
  | {
      readonly view: 'text';
      /** Start of the trace; undefined for the whole stack. */
      readonly start: { readonly ip: VAddr; readonly symbol: string | undefined } | undefined;
      readonly segments: readonly TextSegment[];
    }
  | { readonly view: 'raw'; readonly address: VAddr; readonly words: readonly StackWord[] }
  | { readonly view: 'exceptions'; readonly frames: readonly FrameRegisters[] };

/** The form, and its options. */
export interface ViewOptions extends TraceOptions {
  readonly kind: 'trace' | 'text' | 'all-text' | 'raw' | 'exceptions';
  /** The words between frames too. */
  readonly words?: Naming | undefined;
}

/** The requested view of a task's stack. Throws ReadError when its start cannot be read. */
export function viewStack(target: Target, task: Task, options: ViewOptions): StackView {
  const stack = taskStack(target, task);
  if (options.kind === 'raw') return rawView(target, options.sp ?? task.stack);
  if (!stack) return { view: 'none' };
  if (options.kind === 'exceptions') {
    return { view: 'exceptions', frames: findExceptionFrames(target, stack) };
  }
  const trace = backtrace(target, task, options);
  if (!trace) return { view: 'none' };
  if (options.kind === 'trace') {
    const frames = options.words
      ? withWords(target, task, trace.frames, options.words)
      : trace.frames;
    const { registers, overflow, end } = trace;
    return { view: 'trace', registers, overflow, frames, end };
  }
  if (options.kind === 'all-text') return allText(target, stack, trace);
  const stackOf = (at: bigint): Stack | undefined =>
    stackAt(target, task, at) ?? overflownStack(target, task, at);
  const ip = options.ip ?? trace.start.ip;
  const first = trace.frames[0];
  return {
    view: 'text',
    start: { ip, symbol: first?.ip === ip ? first.symbol : target.symbols.at(ip)?.symbol.name },
    segments: textSegments(target, trace, stackOf),
  };
}

/** Every code word of the task's own stack, and how it was entered from user space. */
function allText(target: Target, stack: Stack, trace: Trace): StackView {
  const registers = trace.frames.at(-1)?.registers;
  const segment: TextSegment = {
    words: textWords(target, stack, stack.base, trace.frames),
    registers: registers?.user ? registers : undefined,
    leaves: undefined,
    overflow: trace.overflow ?? trace.frames.find(({ overflow }) => overflow)?.overflow,
  };
  return { view: 'text', start: undefined, segments: [segment] };
}

function rawView(target: Target, address: VAddr): StackView {
  const words: StackWord[] = [];
  if (address === 0n) return { view: 'none' };
  const end = address + BigInt(stackSize(target));
  for (let at = address; at < end; at = plus(at, target.kernel.pointerSize)) {
    const value = target.kernel.tryWord(at);
    if (value === undefined) break;
    words.push(nameWord(target, value, 'symbols'));
  }
  return { view: 'raw', address, words };
}

/** The words from behind the return address of one listed frame to that of the next, stack by stack. */
function withWords(
  target: Target,
  task: Task,
  frames: readonly Frame[],
  naming: Naming,
): readonly ShownFrame[] {
  let from: VAddr | undefined;
  return frames.map((frame) => {
    if (frame.index === undefined) return frame;
    const stack = stackAt(target, task, frame.sp);
    const words = from === undefined ? undefined : wordRun(target, stack, from, frame.sp, naming);
    if (frame.leaves !== undefined) from = undefined;
    // No words lie below a stack that was full.
    else from = frame.overflow?.base ?? plus(frame.sp, target.kernel.pointerSize);
    return words ? { ...frame, words: namedReturn(words, frame) } : frame;
  });
}

/** The last word before a frame is its return address, which goes by the name of the frame. */
function namedReturn(run: WordRun, { kind, ip, symbol, offset }: Frame): WordRun {
  const last = run.words.at(-1);
  if (kind !== 'call' || symbol === undefined || !last?.symbol || last.value !== ip) return run;
  return {
    ...run,
    words: [...run.words.slice(0, -1), { ...last, symbol: { name: symbol, offset } }],
  };
}

/** Whether a view of a trace refers to a symbol or an address. */
export function refersTo(target: Target, view: StackView, reference: string): boolean {
  const address = referenceAddress(target, reference);
  const isNamed = (symbol: string | undefined, start: VAddr | undefined): boolean =>
    address === undefined ? symbol === reference : start === address;
  const place = (ip: VAddr, symbol: string | undefined, offset: number): boolean =>
    ip === address || isNamed(symbol, plus(ip, -offset));
  const registers = (saved: FrameRegisters | undefined): boolean =>
    saved !== undefined &&
    ((saved.place !== undefined &&
      place(saved.place.address, saved.place.symbol, saved.place.offset)) ||
      Object.values(saved.values).some(
        (value) =>
          value === address || (address === undefined && startsAt(target, value, reference)),
      ));
  if (view.view === 'trace') {
    return (
      registers(view.registers) ||
      view.frames.some(
        (frame) =>
          (frame.index !== undefined && place(frame.ip, frame.symbol, frame.offset)) ||
          registers(frame.registers),
      )
    );
  }
  if (view.view !== 'text') return false;
  return view.segments.some(
    (segment) =>
      segment.words.some((word) => place(word.address, word.symbol, word.offset)) ||
      registers(segment.registers),
  );
}

/** A reference in hexadecimal is an address; any other is a symbol's name. */
function referenceAddress(target: Target, reference: string): bigint | undefined {
  if (!/^(0x)?[0-9a-f]{1,16}$/i.test(reference)) return undefined;
  if (target.findSymbol(reference) !== undefined) return undefined;
  return BigInt(`0x${reference.replace(/^0x/i, '')}`);
}

function startsAt(target: Target, value: bigint, name: string): boolean {
  const found = target.arch.isUser(va(value)) ? undefined : target.symbols.at(va(value));
  return found?.offset === 0 && found.symbol.name === name;
}

/** An interrupt or exception stack of a CPU, and the saved registers found on it. */
export interface CpuStackSearch {
  readonly cpu: number;
  /** crash's heading: `IRQ STACK`, `NMI EXCEPTION STACK`. */
  readonly stack: string;
  readonly frames: readonly FrameRegisters[];
}

/** Saved registers on the interrupt stacks of CPUs, then on their exception stacks: `bt -E`. */
export function* searchCpuStacks(
  target: Target,
  cpus: readonly number[],
): Generator<CpuStackSearch> {
  for (const kind of ['irq', 'exception'] as const) {
    for (const cpu of cpus) {
      for (const stack of cpuStacks(target, cpu).filter((each) => each.kind === kind)) {
        yield { cpu, stack: stack.name.toUpperCase(), frames: findExceptionFrames(target, stack) };
      }
    }
  }
}
