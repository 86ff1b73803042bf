import { plus, type VAddr, va } from '../../base/address.ts';
import { readPtRegs } from '../../unwind/pt-regs.ts';
import { PT_REGS, PT_REGS_SIZE, type Stack } from '../../unwind/types.ts';
import type { Target } from '../core/target.ts';
import { isBelowKernel, regionOf } from '../mm/address-map.ts';
import { slabCacheOf } from '../mm/slab/find.ts';
import type { Task } from '../task/tasks.ts';
import { type CodePlace, codePlace, type FrameRegisters, type Trace } from './backtrace.ts';
import { stackAbi, wordsOn } from './stack-abi.ts';
import { taskStack } from './stacks.ts';
import { wholeStackOf } from './start.ts';
import { wordAt } from './unwinding.ts';

/** A word of a stack, and what it points to where that was asked for. */
export interface StackWord {
  readonly value: bigint;
  readonly symbol?: { readonly name: string; readonly offset: number };
  /** Name of the slab cache that owns the memory it points to. */
  readonly cache?: string;
}

/** A run of words on a stack. */
export interface WordRun {
  readonly address: VAddr;
  readonly words: readonly StackWord[];
}

/** How much to say of a stack word: nothing, its symbol, or its slab cache too. */
export type Naming = 'plain' | 'symbols' | 'slabs';

/** The words from `from` to `to`, both included; undefined when that is no run. Stops at what is not in the dump. */
export function wordRun(
  target: Target,
  stack: Stack | undefined,
  from: VAddr,
  to: VAddr,
  naming: Naming,
): WordRun | undefined {
  if (!stack || from > to || from < stack.base || to >= stack.top) return undefined;
  const words: StackWord[] = [];
  for (let at = from; at <= to; at = wordsOn(target, at, 1)) {
    const value = wordAt(target, at);
    if (value === undefined) break;
    words.push(nameWord(target, value, naming));
  }
  return { address: from, words };
}

/** What a word points to, if it points to memory that the dump has. */
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

/** A word that points into code, by where it lies. */
export interface TextWord extends CodePlace {
  readonly at: VAddr;
}

/** The words on a stack from `from` on that point into code: return addresses, live and stale, and function pointers. */
export function textWords(target: Target, stack: Stack, from: VAddr): readonly TextWord[] {
  const found: TextWord[] = [];
  wholeStackOf(target, stack).forEach((word, i) => {
    const at = wordsOn(target, stack.base, i);
    if (at < from || isBelowKernel(target, word) || !target.symbols.isText(va(word))) return;
    found.push({ at, ...codePlace(target, va(word)) });
  });
  return found;
}

const KERNEL_HALF = 1n << 63n;

/** Bits of RFLAGS that are always zero, and the one that is always one: Intel SDM 1, 3.4.3. */
const FLAGS_ZERO = 0xffff_ffff_ffc0_8028n;
const FLAGS_ONE = 2n;

/** Selectors of arch/x86/include/asm/segment.h. */
const KERNEL_CS = 0x10n;
const KERNEL_SS = 0x18n;
const USER_CS = [0x33n, 0x23n];
const USER_SS = 0x2bn;

/** The places on a stack where a `struct pt_regs` may lie: what the processor pushes has a look of its own. */
export function findExceptionFrames(target: Target, stack: Stack): readonly FrameRegisters[] {
  if (target.arch.name === 'i386') return findShortFrames(target, stack);
  const words = wholeStackOf(target, stack);
  const found: FrameRegisters[] = [];
  for (let i = 0; i + PT_REGS.length <= words.length; i++) {
    const at = plus(stack.base, i * 8);
    const word = (name: (typeof PT_REGS)[number]): bigint => words[i + PT_REGS.indexOf(name)]!;
    const flags = word('flags');
    if ((flags & FLAGS_ZERO) !== 0n || (flags & FLAGS_ONE) === 0n) continue;
    const raw = { at, cs: word('cs'), ss: word('ss'), ip: word('ip'), sp: word('sp') };
    if (!isUserFrame(target, raw) && !isKernelFrame(target, stack, raw)) continue;
    const saved = readPtRegs((address) => wordAt(target, address), at);
    if (!saved) continue;
    found.push({
      address: at,
      values: saved.registers,
      user: saved.user,
      place: saved.user ? undefined : codePlace(target, va(saved.registers.ip)),
    });
  }
  return found;
}

/** Selectors of arch/x86/include/asm/segment.h for 32 bits; grsecurity's kernels run on another code segment. */
const KERNEL_CS_32 = [0x60n, 0xf0n];
const USER_CS_32 = 0x73n;
const USER_SS_32 = 0x7bn;

/** The same on i386, by code segment, flags, and a place that fits the segment. */
function findShortFrames(target: Target, stack: Stack): readonly FrameRegisters[] {
  const abi = stackAbi(target);
  const found: FrameRegisters[] = [];
  for (let at = stack.base; at < stack.top; at = plus(at, abi.wordSize)) {
    const saved = readPtRegs((address) => wordAt(target, address), at, false, abi);
    if (!saved) break;
    const { address, registers, user } = saved;
    const { cs, ss, ip, sp, flags } = registers;
    if ((flags & FLAGS_ZERO) !== 0n || (flags & FLAGS_ONE) === 0n) continue;
    const isFrame = user
      ? cs === USER_CS_32 && ss === USER_SS_32 && target.arch.isUser(va(ip)) && sp > 0n
      : KERNEL_CS_32.includes(cs) && target.symbols.isText(va(ip));
    if (!isFrame) continue;
    const place = user ? undefined : codePlace(target, va(ip));
    found.push({ address, values: registers, user, place });
  }
  return found;
}

interface RawFrameWords {
  readonly at: VAddr;
  readonly cs: bigint;
  readonly ss: bigint;
  readonly ip: bigint;
  readonly sp: bigint;
}

const isUserFrame = ({ arch }: Target, { cs, ss, ip, sp }: RawFrameWords): boolean =>
  USER_CS.includes(cs) && ss === USER_SS && arch.isUser(va(ip)) && arch.isUser(va(sp));

/** A kernel frame's stack pointer is the one that an entry had: right above the frame, but for alignment. */
function isKernelFrame(
  target: Target,
  stack: Stack,
  { at, cs, ss, ip, sp }: RawFrameWords,
): boolean {
  if (cs !== KERNEL_CS) return false;
  const kernelSp = sp >= KERNEL_HALF;
  const above = sp - at - BigInt(PT_REGS_SIZE);
  const text = target.symbols.isText(va(ip));
  if (ss === KERNEL_SS && ((text && kernelSp) || above === 0n)) return true;
  if (text && kernelSp && (above === 0n || above === 8n || stack.kind === 'exception')) return true;
  return (
    kernelSp &&
    regionOf(target, va(ip)) === 'vmalloc' &&
    target.kernel.translate(va(ip)) !== undefined
  );
}

/** A part of a stack as `bt -t` shows it, and how it is left. */
export interface TextSegment {
  readonly words: readonly TextWord[];
  readonly registers: FrameRegisters | undefined;
  readonly leaves: string | undefined;
}

/** The code words of all stacks that a trace runs over, each from where the trace came onto it. */
export function textSegments(
  target: Target,
  trace: Trace,
  stackOf: (at: bigint) => Stack | undefined,
): readonly TextSegment[] {
  const segments: TextSegment[] = [];
  let from: VAddr | undefined = trace.start.sp;
  let entered: TextWord | undefined;
  for (const frame of trace.frames) {
    if (from === undefined) {
      const entry: TextWord = { at: frame.sp, ...codePlace(target, frame.ip) };
      const { registers } = frame;
      if (frame.kind === 'interrupted') entered = entry;
      else if (registers && frame.leaves === undefined) {
        // An interrupt found the stack here: what it saved is no code, and the story goes on behind it.
        segments.push({ words: [entry], registers, leaves: undefined });
        if (registers.user) return segments;
        from = va(registers.values.sp);
        continue;
      }
      from = frame.sp;
    }
    if (frame.leaves === undefined) continue;
    segments.push({
      words: segmentWords(target, stackOf(from), from, entered),
      registers: frame.registers,
      leaves: frame.leaves,
    });
    from = undefined;
    entered = undefined;
  }
  if (from !== undefined) {
    const registers = trace.frames.at(-1)?.registers;
    segments.push({
      words: segmentWords(target, stackOf(from), from, entered),
      registers: registers?.user ? registers : undefined,
      leaves: undefined,
    });
  }
  return segments;
}

function segmentWords(
  target: Target,
  stack: Stack | undefined,
  from: VAddr,
  entered: TextWord | undefined,
): readonly TextWord[] {
  const words = stack ? textWords(target, stack, from) : [];
  return entered ? [entered, ...words] : words;
}

/** include/uapi/linux/magic.h: the word at a stack's low end. */
const STACK_END_MAGIC = 0x57ac6e9dn;

/** What is at the low end of a task's stack when it is not what the kernel put there. */
export interface Overflow {
  readonly task: Task;
  readonly address: VAddr;
  /** Undefined when there is no stack, or it is not in the dump. */
  readonly value: bigint | undefined;
}

/** A task whose stack's last word has been written over, or cannot be read; undefined when all is well. */
export function checkStackEnd(target: Target, task: Task): Overflow | undefined {
  const stack = taskStack(target, task);
  if (!stack) return { task, address: va(0), value: undefined };
  const value = wordAt(target, stack.base);
  return value === STACK_END_MAGIC ? undefined : { task, address: stack.base, value };
}
