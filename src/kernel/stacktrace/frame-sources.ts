import { sourceAt } from '../core/source-places.ts';
import type { Target } from '../core/target.ts';
import type { FrameRegisters } from './listing.ts';
import type { ShownFrame, StackView } from './views.ts';

/**
 * A trace with the source lines of its frames. As in crash the line is that of the return address itself, which is often
 * the statement after the call; other views have none.
 */
export function withSources(target: Target, view: StackView): StackView {
  if (view.view !== 'trace' || target.debug.isEmpty) return view;
  return { ...view, frames: view.frames.map((frame) => withSource(target, frame)) };
}

function withSource(target: Target, frame: ShownFrame): ShownFrame {
  const source = frame.index === undefined ? undefined : sourceAt(target, frame.ip);
  const registers = frame.registers && ofRegisters(target, frame.registers);
  return { ...frame, registers, ...(source && { source }) };
}

function ofRegisters(target: Target, registers: FrameRegisters): FrameRegisters {
  const source = registers.place && sourceAt(target, registers.place.address);
  return source ? { ...registers, source } : registers;
}
