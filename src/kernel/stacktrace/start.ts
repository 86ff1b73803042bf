import { plus, type VAddr, va } from '../../base/address.ts';
import { ReadError } from '../../base/errors.ts';
import {
  type FullRegisters,
  type RegisterName,
  type Stack,
  type UnwindContext,
  X86_64_ABI,
} from '../../unwind/types.ts';
import { type Walked, walkStack } from '../../unwind/walk.ts';
import type { Target } from '../core/target.ts';
import { panicTask } from '../panic/panic.ts';
import type { Task } from '../task/tasks.ts';
import { stackAbi, wordsOn } from './stack-abi.ts';
import { cpuStacks, taskStack } from './stacks.ts';
import { switchFrame } from './unwinding.ts';

/** A walk of a task's stack, and what its CPU's registers were where they are where it starts. */
export interface TaskWalk extends Walked {
  /** The note of the CPU, when the walk starts from it and not from a place on the stack. */
  readonly registers?: FullRegisters;
}

/** The registers that the dump file has of a CPU: NT_PRSTATUS, else a hypervisor's own note. */
export function cpuRegisters(target: Target, cpu: number): FullRegisters | undefined {
  const notes = target.facts.cpus.filter((note) => note.cpu === cpu);
  const note = notes.find(({ source }) => source === 'prstatus') ?? notes[0];
  if (!note?.registers.ip || note.registers.sp === undefined) return undefined;
  const all: Partial<Record<RegisterName, bigint>> = {};
  for (const name of stackAbi(target).registers) all[name] = note.registers[name] ?? 0n;
  return all as FullRegisters;
}

/** Walks the stack of a task that was not running, from where it gave up its CPU. Throws ReadError. */
export function walkBlocked(target: Target, context: UnwindContext, task: Task): TaskWalk {
  const { ip, at, sp, bp } = switchFrame(target, task);
  return walkStack(context, { ip, sp, registers: { bp }, exact: false }, at);
}

/** Walks from a return address that lies at `at`; no register is known there. */
export function walkFrom(context: UnwindContext, at: VAddr, ip: VAddr): Walked {
  const { wordSize } = context.abi ?? X86_64_ABI;
  return walkStack(context, { ip, sp: plus(at, wordSize), registers: {}, exact: false }, at);
}

/**
 * Walks the stack of a task that was running. The notes say where its CPU was when it was asked, which is
 * above the end of the story in a real kdump (the CPU went on to machine_kexec), and below it in a hypervisor's
 * dump (the CPU was still busy in panic). So: places on the stack where dying kernels pass are looked for, as
 * crash does, and believed only if their call chain and the registers' are one.
 */
export function walkActive(target: Target, context: UnwindContext, task: Task): TaskWalk {
  const registers = cpuRegisters(target, task.cpu);
  const fromNote = registers && walkNote(context, registers);
  let fallback: TaskWalk | undefined;
  for (const place of endings(target, task)) {
    const inNote =
      fromNote?.frames.findIndex(({ at, kind }) => kind === 'call' && at === place.at) ?? -1;
    if (fromNote && inNote >= 0)
      return { frames: fromNote.frames.slice(inNote), end: fromNote.end };
    const walk = walkFrom(context, place.at, place.ip);
    if (registers && fromNote && meets(walk, fromNote, registers)) return walk;
    if (walk.end.kind !== 'broken' && !walk.frames.some(({ by }) => by === 'scan'))
      fallback ??= walk;
  }
  if (registers && fromNote) {
    const trusted = fromNote.frames.length > 1 || fromNote.end.kind !== 'broken';
    if (trusted || !fallback) return { ...fromNote, registers };
  }
  return fallback ?? walkBlocked(target, context, task);
}

/** The walk from a CPU's note; of one frame when the CPU was in user space; undefined when it is nowhere. */
function walkNote(context: UnwindContext, registers: FullRegisters): Walked | undefined {
  const place = { ip: va(registers.ip), sp: va(registers.sp), registers, exact: true };
  if ((registers.cs & 3n) === 3n) return { frames: [], end: { kind: 'user' } };
  if (!context.stackOf(registers.sp)) return undefined;
  return walkStack(context, place);
}

/** Does a walk from further down the stack come through the place where the note was taken? */
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
 * Return addresses into the functions that a CPU ends in, in the order in which crash prefers them. Most are never
 * asked for: the first on the task's own stack usually leads out.
 */
function* endings(target: Target, task: Task): Generator<Place> {
  const panicked = panicTask(target)?.address === task.address;
  const late: Place[] = [];
  for (const stack of stacksOf(target, task)) {
    const words = wholeStackOf(target, stack);
    const of = (name: string): readonly Place[] => placesOn(target, stack, words, name);
    // crash begins at crash_kexec where it has no tables to leave machine_kexec with.
    yield* of(stackAbi(target).hasTables ? 'machine_kexec' : 'crash_kexec').slice(0, 1);
    if (!panicked) yield* of('crash_nmi_callback').slice(0, 1);
    yield* of('die').slice(0, 1);
    // The panic that came first is the one; another inside it is further down.
    yield* of('panic').toReversed();
    yield* of('crash_kexec').slice(1, 2);
    yield* of('crash_kexec').slice(0, 1);
    late.push(...of('sysrq_handle_crash').slice(-1));
  }
  yield* late;
}

/** The stacks that a running task may be on: its own, then its CPU's. */
function* stacksOf(target: Target, task: Task): Generator<Stack> {
  const own = taskStack(target, task);
  if (own) yield own;
  yield* cpuStacks(target, task.cpu);
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
  const { start, end } = range;
  const found: Place[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word > start && word < end)
      found.push({ at: wordsOn(target, stack.base, i), ip: va(word) });
  }
  return found;
}

interface FunctionRange {
  readonly start: bigint;
  readonly end: bigint;
}

function functionRange(target: Target, name: string): FunctionRange | undefined {
  const known = target.memo(functionRanges);
  if (!known.has(name)) {
    const symbol = target.symbols.kernel.named(name);
    const next = symbol && target.symbols.next(symbol);
    known.set(name, next && { start: symbol.address, end: next.address });
  }
  return known.get(name);
}
const functionRanges = (_: Target): Map<string, FunctionRange | undefined> => new Map();

/** The words of a stack from its low end; empty when it is not in the dump. */
export function wholeStackOf(target: Target, stack: Stack): BigUint64Array {
  try {
    return wordsOf(target, target.kernel.read(stack.base, Number(stack.top - stack.base)));
  } catch (error) {
    if (error instanceof ReadError) return new BigUint64Array();
    throw error;
  }
}

/** Bytes of a stack as words; they must be the whole of their buffer. */
export const wordsOf = (target: Target, { buffer }: Uint8Array): BigUint64Array =>
  target.arch.pointerSize === 8
    ? new BigUint64Array(buffer)
    : BigUint64Array.from(new Uint32Array(buffer), BigInt);

/** Where the registers of a task's entry from user space lie: at the end of its stack. */
export function entryRegisters(target: Target, stack: Stack): VAddr {
  // With FRED two words of padding follow (TOP_OF_KERNEL_STACK_PADDING, 6.9: 65c9cc9e2c14).
  const { wordSize, registers, hasTables } = stackAbi(target);
  // i386 leaves 8 bytes so that ss and sp may be looked at in a frame that has none.
  const padding = !hasTables ? 8 : target.memo(hasFred) ? 16 : 0;
  return plus(stack.top, -padding - registers.length * wordSize);
}

/** CONFIG_X86_FRED, by its entry point: to find that there is no type of its own is to read all type names. */
const hasFred = (target: Target): boolean =>
  target.findSymbol('asm_fred_entrypoint_user') !== undefined;
