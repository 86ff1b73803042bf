import type { VAddr } from '../base/address.ts';
import { type Place, step } from './step.ts';
import type { FoundBy, RawFrame, UnwindContext, WalkEnd } from './types.ts';

/** More frames than a stack of 16 KiB can hold, and enough for one of 64 KiB. */
const MAX_FRAMES = 2048;
/** A walk crosses from stack to stack: process, IRQ, a handful of exception stacks. */
const MAX_STACK_CHANGES = 16;

/** A call chain, innermost first, and how it ended. */
export interface Walked {
  readonly frames: readonly RawFrame[];
  readonly end: WalkEnd;
}

/**
 * Follows a call chain from its innermost function outwards. `at` is where the return address `ip` lies when
 * the first function has called another; without it `ip` was interrupted there. Never throws for what is in
 * memory; never goes on for ever: an address never goes down on a stack, and stacks change only so often.
 */
export function walkStack(context: UnwindContext, from: Place, at?: VAddr): Walked {
  const frames: RawFrame[] = [];
  let doubtful = false;
  const add = (frame: RawFrame): void => {
    doubtful ||= frame.by === 'scan';
    frames.push(doubtful ? { ...frame, doubtful } : frame);
  };
  const stackOf = (address: bigint) => context.stackOf(address);
  add(
    at === undefined
      ? interrupted(context, from, 'start')
      : { kind: 'call', ip: from.ip, at, stack: stackOf(at), by: 'start' },
  );
  let place = from;
  let changes = 0;
  while (frames.length < MAX_FRAMES) {
    const next = step(context, place);
    if (next.kind === 'end') return { frames, end: next.end };
    const before = stackOf(place.sp);
    if (next.kind === 'call') {
      const { at, by, trampoline } = next;
      const frame = { kind: 'call', ip: next.next.ip, at, stack: stackOf(at), by } as const;
      add(trampoline === undefined ? frame : { ...frame, trampoline });
    } else {
      frames[frames.length - 1] = { ...frames.at(-1)!, saved: next.saved };
      if (next.saved.user) return { frames, end: { kind: 'user' } };
      if (!next.next) {
        const sp = next.saved.registers.sp.toString(16);
        return {
          frames,
          end: { kind: 'broken', reason: `${sp} is on none of this task's stacks` },
        };
      }
      add(interrupted(context, next.next, 'orc'));
    }
    const back = goesBack(frames.at(-2), frames.at(-1));
    if (back) {
      frames.pop();
      return { frames, end: back };
    }
    place = next.next!;
    if (stackOf(place.sp) !== before && ++changes > MAX_STACK_CHANGES) {
      return {
        frames,
        end: { kind: 'broken', reason: 'the stacks lead to each other in a circle' },
      };
    }
  }
  return { frames, end: { kind: 'broken', reason: `more than ${MAX_FRAMES} frames` } };
}

/** The frame of a function that was interrupted, maybe because its stack was full. */
function interrupted(context: UnwindContext, { ip, sp }: Place, by: FoundBy): RawFrame {
  const frame = { kind: 'interrupted', ip, at: sp, by } as const;
  const stack = context.stackOf(sp);
  const full = stack ? undefined : context.overflownBy(sp);
  return full ? { ...frame, stack: full, overflows: true } : { ...frame, stack };
}

/**
 * Chains go up a stack, also where they come back to one that they have left. Only the return address of an
 * interrupted function may lie right where its stack pointer was.
 */
function goesBack(before: RawFrame | undefined, frame: RawFrame | undefined): WalkEnd | undefined {
  if (!before || !frame || before.stack !== frame.stack) return undefined;
  const up = frame.at > before.at;
  if (up || (frame.at === before.at && before.kind === 'interrupted')) return undefined;
  const reason = `the stack goes back from ${before.at.toString(16)} to ${frame.at.toString(16)}`;
  return { kind: 'broken', reason };
}
