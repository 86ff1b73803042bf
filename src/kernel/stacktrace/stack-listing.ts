import { type Bits, plus, type VAddr, va } from '../../base/address.ts';
import type { Stack } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { isBelowKernel } from '../mm/address-map.ts';
import { slabCacheOf } from '../mm/slab/find.ts';
import { stackWords } from '../task/stack.ts';
import type { Trace } from './backtrace.ts';
import {
  type CodePlace,
  codePlace,
  type Frame,
  type FrameRegisters,
  frameRegisters,
  type StackOverflow,
} from './listing.ts';

/** A word of a stack, with its target's name on request. */
export interface StackWord {
  readonly value: Bits;
  readonly symbol?: { readonly name: string; readonly offset: number };
  /** Name of the slab cache that owns the memory it points to. */
  readonly cache?: string;
}

/** A run of words on a stack. */
export interface WordRun {
  readonly address: VAddr;
  readonly words: readonly StackWord[];
}

/** Naming of a stack word: none, its symbol, or its slab cache too. */
export type Naming = 'plain' | 'symbols' | 'slabs';

/**
 * The words from `from` to `to`, both included; undefined when `to` is below `from`. Stops at words that are not in the
 * dump.
 */
export function wordRun(
  target: Target,
  stack: Stack | undefined,
  from: VAddr,
  to: VAddr,
  naming: Naming,
): WordRun | undefined {
  if (!stack || from > to || from < stack.base || to >= stack.top) return undefined;
  const words: StackWord[] = [];
  for (let at = from; at <= to; at = plus(at, target.kernel.pointerSize)) {
    const value = target.kernel.tryWord(at);
    if (value === undefined) break;
    words.push(nameWord(target, value, naming));
  }
  return { address: from, words };
}

/** The name of a word's target, if it points to memory that the dump has. */
export function nameWord(target: Target, value: bigint, naming: Naming): StackWord {
  const address = va(value);
  if (
    naming === 'plain' ||
    target.arch.isUser(address) ||
    target.kernel.translate(address) === undefined
  ) {
    return { value };
  }
  if (target.symbols.inRange(address)) {
    const found = target.symbols.at(address);
    if (found) return { value, symbol: { name: found.symbol.name, offset: found.offset } };
  }
  if (naming === 'symbols') return { value };
  const cache = slabCacheOf(target, address)?.cache.name;
  return cache === undefined ? { value } : { value, cache };
}

/** A word that points into code, and its address. */
export interface TextWord extends CodePlace {
  readonly at: VAddr;
}

/**
 * The words on a stack from `from` on that point into code: return addresses, live and stale, and function pointers.
 * One that `frames` know as a return address is named as its frame is.
 */
export function textWords(
  target: Target,
  stack: Stack,
  from: VAddr,
  frames: readonly Frame[],
): readonly TextWord[] {
  const found: TextWord[] = [];
  const known = new Map(frames.map((frame) => [frame.sp, frame]));
  const { pointerSize } = target.kernel;
  stackWords(target, stack).forEach((word, i) => {
    const at = plus(stack.base, i * pointerSize);
    if (at < from || isBelowKernel(target, word) || !target.symbols.isText(va(word))) return;
    const frame = known.get(at);
    const isReturn =
      frame?.kind === 'call' && (frame.ip === word || frame.trampoline !== undefined);
    found.push({ at, ...(isReturn ? placeOf(frame) : codePlace(target, va(word))) });
  });
  return found;
}

const placeOf = ({ ip, symbol, offset, module }: Frame): CodePlace => ({
  address: ip,
  symbol,
  offset,
  module,
});

/** The places on a stack where a `struct pt_regs` may lie. */
export const findExceptionFrames = (target: Target, stack: Stack): readonly FrameRegisters[] =>
  target.machine.stacks.findRegisters(target, stack).map((saved) => frameRegisters(target, saved));

/** A part of a stack as `bt -t` shows it, and how it is left. */
export interface TextSegment {
  readonly words: readonly TextWord[];
  readonly registers: FrameRegisters | undefined;
  readonly leaves: string | undefined;
  /** The stack was full where the trace came onto it. */
  readonly overflow?: StackOverflow | undefined;
}

/** The code words of all stacks of a trace, each from where the trace came onto it. */
export function textSegments(
  target: Target,
  trace: Trace,
  stackOf: (at: bigint) => Stack | undefined,
): readonly TextSegment[] {
  const segments: TextSegment[] = [];
  let from: VAddr | undefined = trace.start.sp;
  let entered: TextWord | undefined;
  let { overflow } = trace;
  for (const frame of trace.frames) {
    overflow ??= frame.overflow;
    if (from === undefined) {
      const entry: TextWord = { at: frame.sp, ...placeOf(frame) };
      const { registers } = frame;
      if (frame.kind === 'interrupted') entered = entry;
      else if (registers && frame.leaves === undefined) {
        // The saved registers are not return addresses: continue above them, at the interrupted stack pointer.
        segments.push({ words: [entry], registers, leaves: undefined });
        if (registers.user) return segments;
        from = va(registers.values.sp);
        continue;
      }
      from = frame.sp;
    }
    if (frame.leaves === undefined) continue;
    segments.push({
      words: segmentWords(target, stackOf(from), from, entered, trace.frames),
      registers: frame.registers,
      leaves: frame.leaves,
      overflow,
    });
    from = undefined;
    entered = undefined;
    overflow = undefined;
  }
  if (from !== undefined) {
    const registers = trace.frames.at(-1)?.registers;
    segments.push({
      words: segmentWords(target, stackOf(from), from, entered, trace.frames),
      registers: registers?.user ? registers : undefined,
      leaves: undefined,
      overflow,
    });
  }
  return segments;
}

function segmentWords(
  target: Target,
  stack: Stack | undefined,
  from: VAddr,
  entered: TextWord | undefined,
  frames: readonly Frame[],
): readonly TextWord[] {
  const words = stack ? textWords(target, stack, from, frames) : [];
  return entered ? [entered, ...words] : words;
}
