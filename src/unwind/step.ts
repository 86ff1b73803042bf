import { plus, type VAddr, va } from '../base/address.ts';
import { readPtRegs } from './pt-regs.ts';
import { scanForReturn } from './scan.ts';
import {
  type FoundBy,
  type OrcEntry,
  type OrcRegister,
  onStack,
  type RegisterName,
  type Registers,
  registerOffset,
  type SavedRegisters,
  type UnwindContext,
  type WalkEnd,
} from './types.ts';

/** A place in a walk: the innermost function not yet left. */
export interface Place {
  readonly ip: VAddr;
  /** The stack pointer at `ip` (behind a call: after its return). */
  readonly sp: VAddr;
  readonly registers: Registers;
  /** `ip` was interrupted there; else it is a return address, and the call before it counts. */
  readonly exact: boolean;
  /** `ip` is a tracer's trampoline, and nothing says where it returns to. */
  readonly isLost?: true;
}

/** What leaving a function shows. */
export type Step =
  | {
      readonly kind: 'call';
      readonly at: VAddr;
      readonly next: Place;
      readonly by: FoundBy;
      readonly trampoline?: VAddr;
    }
  | { readonly kind: 'saved'; readonly saved: SavedRegisters; readonly next: Place | undefined }
  | { readonly kind: 'end'; readonly end: WalkEnd };

const broken = (reason: string): Step => ({ kind: 'end', end: { kind: 'broken', reason } });
const lacking = (what: string, missing: VAddr): Step => ({
  kind: 'end',
  end: { kind: 'broken', reason: `${what} ${hex(missing)} is not in the dump`, missing },
});
const hex = (value: bigint): string => value.toString(16);

/** Which pt_regs register an ORC base register is. */
const BASES: Partial<Record<OrcRegister, RegisterName>> = {
  ax: 'ax',
  dx: 'dx',
  di: 'di',
  r10: 'r10',
  r13: 'r13',
  bp: 'bp',
  'bp-indirect': 'bp',
};

/**
 * Leaves the function at `place`. ORC first; where it has no word, the frame pointer; then the nearest word
 * above that a call may have left. arch/x86/kernel/unwind_orc.c: unwind_next_frame.
 */
export function step(context: UnwindContext, place: Place): Step {
  if (place.isLost) return behindTrampoline(context, place);
  // A call through a wild pointer: nothing was pushed but the return address.
  if (place.exact && !context.isText(place.ip)) {
    const caller = returnAt(context, place.sp, undefined);
    if (caller?.ip !== undefined && context.callBefore(caller.ip)) {
      const above = plus(place.sp, context.abi.wordSize);
      return callStep(context, place, above, place.registers.bp, 'orc');
    }
  }
  const entry = context.orc(place.exact ? place.ip : place.ip - 1n);
  if (entry?.type === 'end-of-stack') return { kind: 'end', end: { kind: 'end' } };
  if (!entry || entry.type === 'undefined') return withoutOrc(context, place, entry);
  const cfa = baseAddress(context, entry, place);
  if (cfa === undefined) return guess(context, place, entry);
  if (entry.type === 'call') {
    const next = callStep(context, place, cfa, restoredBp(context, entry, place, cfa), 'orc');
    return next.kind === 'end' ? guess(context, place, entry, next) : next;
  }
  // A partial set is what the processor pushed; unwind_orc.c, deref_stack_iret_regs.
  const partial = entry.type === 'regs-partial';
  const address = partial ? plus(cfa, -registerOffset(context.abi, 'ip')) : cfa;
  return savedStep(context, place, address, partial);
}

/** The address that an entry's `sp_reg` and `sp_offset` say; undefined when a register is not known. */
function baseAddress(context: UnwindContext, entry: OrcEntry, place: Place): VAddr | undefined {
  const offset = BigInt(entry.spOffset);
  if (entry.spReg === 'sp') return plus(place.sp, entry.spOffset);
  if (entry.spReg === 'sp-indirect') {
    // Since 5.12 (87ccc826bf1c, x86/unwind/orc: Change REG_SP_INDIRECT) the offset is added after the load. Before, it
    // was added first, and only entries of saved registers used this base.
    const early = entry.type !== 'call';
    const value = context.word(va(early ? place.sp + offset : place.sp));
    return value === undefined ? undefined : va(early ? value : value + offset);
  }
  const name = BASES[entry.spReg];
  const base = name && place.registers[name];
  if (base === undefined) return undefined;
  const address = va(base + offset);
  if (entry.spReg !== 'bp-indirect') return address;
  const value = context.word(address);
  return value === undefined ? undefined : va(value);
}

/** The caller's frame pointer; undefined when it is not known. */
function restoredBp(
  context: UnwindContext,
  entry: OrcEntry,
  place: Place,
  cfa: VAddr,
): bigint | undefined {
  const bp = place.registers.bp;
  if (entry.bpReg === 'undefined') return bp;
  if (entry.bpReg === 'prev-sp') return context.word(plus(cfa, entry.bpOffset));
  if (entry.bpReg === 'bp')
    return bp === undefined ? undefined : context.word(plus(va(bp), entry.bpOffset));
  return undefined;
}

/** The step to a caller whose return address lies right below `cfa`; an end when there is none. */
function callStep(
  context: UnwindContext,
  place: Place,
  cfa: VAddr,
  bp: bigint | undefined,
  by: FoundBy,
): Step {
  const { wordSize } = context.abi;
  const at = plus(cfa, -wordSize);
  if (at % BigInt(wordSize) !== 0n) return broken(`the stack pointer ${hex(at)} is not aligned`);
  const stack = context.stackOf(at);
  if (!stack) return broken(`${hex(at)} is on none of this task's stacks`);
  if (stack === context.stackOf(place.sp) && at < place.sp) {
    return broken(`the stack pointer goes back from ${hex(place.sp)} to ${hex(at)}`);
  }
  const registers: Registers = bp === undefined ? {} : { bp };
  const found = returnAt(
    context,
    at,
    context.functionStart(place.exact ? place.ip : place.ip - 1n),
  );
  if (found === undefined) return lacking('the stack at', at);
  const { trampoline } = found;
  if (found.ip === undefined) {
    const next: Place = { ip: trampoline!, sp: cfa, registers, exact: false, isLost: true };
    return { kind: 'call', at, by, next, trampoline: trampoline! };
  }
  const { ip } = found;
  if (!context.isText(ip) && !context.callBefore(ip))
    return broken(`${hex(ip)} at ${hex(at)} is not a return address`);
  const next: Place = { ip, sp: cfa, registers, exact: false };
  return { kind: 'call', at, by, next, ...(trampoline !== undefined && { trampoline }) };
}

/**
 * The return address that lies at `at`, be it behind a tracer's trampoline: `ip` is undefined where nothing says it.
 * Undefined when it is not in the dump.
 */
function returnAt(
  context: UnwindContext,
  at: VAddr,
  from: bigint | undefined,
): { readonly ip: VAddr | undefined; readonly trampoline?: VAddr } | undefined {
  const word = context.word(at);
  if (word === undefined) return undefined;
  const hidden = context.trueReturn(word, at, from);
  return hidden ? { ip: hidden.ip, trampoline: va(word) } : { ip: va(word) };
}

/** The caller of a function whose return address a tracer took and did not keep: it is guessed. */
function behindTrampoline(context: UnwindContext, place: Place): Step {
  const found = scanForReturn(context, place);
  if (!found) return broken(`nothing says where ${hex(place.ip)} returns to`);
  return callStep(context, place, plus(found.at, context.abi.wordSize), undefined, 'scan');
}

/** The step over registers that an entry saved: to what it interrupted, or to user space. */
function savedStep(context: UnwindContext, place: Place, address: VAddr, partial: boolean): Step {
  const saved = readPtRegs((at) => context.word(at), address, context.abi, partial);
  if (!saved) return lacking('what was saved at', address);
  const { registers, user } = saved;
  if (user) return { kind: 'saved', saved, next: undefined };
  const stack = context.stackOf(registers.sp) ?? context.overflownBy(registers.sp);
  if (!stack) return { kind: 'saved', saved, next: undefined };
  if (stack === context.stackOf(address) && registers.sp <= address) {
    return broken(`the interrupted stack pointer ${hex(registers.sp)} lies below its own frame`);
  }
  const { bp } = place.registers;
  const known: Registers = partial ? (bp === undefined ? {} : { bp }) : registers;
  return {
    kind: 'saved',
    saved,
    next: { ip: va(registers.ip), sp: va(registers.sp), registers: known, exact: true },
  };
}

/**
 * Code without ORC entries keeps frame pointers: code generated by BPF, and all of a kernel without ORC. There an entry
 * marks the registers that it saved by an odd frame pointer: ENCODE_FRAME_POINTER, arch/x86/include/asm/frame.h, 4.10
 * (946c191161ce, x86/entry/unwind: Create stack frames for saved interrupt registers).
 */
function withoutOrc(context: UnwindContext, place: Place, entry: OrcEntry | undefined): Step {
  const bp = place.registers.bp;
  const { wordSize, hasTables } = context.abi;
  // Without tables a frame pointer of 0 does not prove the end of the stack: continue with the scan.
  if (bp === 0n && !entry && hasTables) return { kind: 'end', end: { kind: 'end' } };
  if (!entry && bp !== undefined && (bp & 1n) === 1n && context.stackOf(bp)) {
    return savedStep(context, place, va(bp - 1n), false);
  }
  // Only the current stack is checked: finding the other stacks reads per-CPU memory.
  const stack = context.stackOf(place.sp);
  if (bp !== undefined && bp >= place.sp && stack && onStack(stack, bp)) {
    const caller = returnAt(context, plus(va(bp), wordSize), context.functionStart(place.ip - 1n));
    if (caller?.ip !== undefined && context.callBefore(caller.ip)) {
      const at = plus(va(bp), 2 * wordSize);
      const next = callStep(context, place, at, context.word(va(bp)), 'frame-pointer');
      if (next.kind === 'call') return next;
    }
  }
  const found = scanForReturn(context, place);
  // Assembly at the bottom of a stack has no entries: nothing above it means that this was the last function.
  if (found === undefined) {
    return entry
      ? { kind: 'end', end: { kind: 'end' } }
      : broken(`nothing is known of ${hex(place.ip)}`);
  }
  return callStep(context, place, plus(found.at, wordSize), undefined, found.by);
}

/** ORC needs a register that is not known, or led astray. */
function guess(context: UnwindContext, place: Place, entry: OrcEntry, otherwise?: Step): Step {
  const found = scanForReturn(context, place);
  if (found === undefined) {
    return otherwise ?? broken(`no return address above ${hex(place.sp)}`);
  }
  const cfa = plus(found.at, context.abi.wordSize);
  const bp = entry.bpReg === 'prev-sp' ? context.word(plus(cfa, entry.bpOffset)) : undefined;
  return callStep(context, place, cfa, bp, found.by);
}
