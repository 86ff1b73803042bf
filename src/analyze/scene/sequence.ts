import { pa, type VAddr } from '../../base/address.ts';
import type { Target } from '../../kernel/core/target.ts';
import type { AddressSpace } from '../../memory/address-space.ts';
import { attempt } from './scene.ts';

/** A huge page's entry that breaks the sequence of its neighbours. */
export interface OutOfSequence {
  readonly level: string;
  /** Physical address of the entry. */
  readonly at: bigint;
  readonly entry: bigint;
  readonly frame: bigint;
  /** The frame that the neighbours say. */
  readonly expected: bigint;
}

/** How many entries on each side must agree. */
const NEIGHBOURS = 4;

/**
 * The entry of a huge page whose frame is not what the entries around it say: where the frames of {@link NEIGHBOURS}
 * entries in a row, on either side of it, differ by one and the same distance. Undefined for small pages, and where the
 * neighbours have no sequence. Throws ReadError.
 */
export function frameOutOfSequence(
  target: Target,
  space: AddressSpace,
  address: VAddr,
): OutOfSequence | undefined {
  const walk = space.walk(address);
  const last = walk.steps.at(-1);
  const size = walk.pageSize;
  if (walk.outcome !== 'mapped' || !last || size === undefined || size <= target.pageSize)
    return undefined;
  const { entrySize } = target.arch;
  const shift = Math.log2(size);
  const frameAt = (distance: number): bigint | undefined => {
    const at = last.entryAddress + BigInt(distance * entrySize);
    if (at < last.table || at >= last.table + BigInt(target.pageSize)) return undefined;
    const entry = readEntry(target, at);
    return entry === undefined || !target.arch.isPresent(entry)
      ? undefined
      : target.arch.entryAddress(entry, shift);
  };
  const frame = frameAt(0);
  const step = stepOf(frameAt);
  if (frame === undefined || step === undefined) return undefined;
  const expected = step.from + step.step * BigInt(step.distance);
  if (expected === frame) return undefined;
  return { level: last.level, at: last.entryAddress, entry: last.entry, frame, expected };
}

const readEntry = (target: Target, at: bigint): bigint | undefined =>
  attempt(() => target.memory.physical.u64(pa(at)));

/** The distance between frames that both sides of an entry agree on, and the frame to count from. */
function stepOf(
  frameAt: (distance: number) => bigint | undefined,
): { readonly step: bigint; readonly from: bigint; readonly distance: number } | undefined {
  const differences = new Map<bigint, number>();
  let from: { frame: bigint; distance: number } | undefined;
  for (const side of [-1, 1]) {
    for (let i = 1; i < NEIGHBOURS; i++) {
      const near = frameAt(side * i);
      const far = frameAt(side * (i + 1));
      if (near === undefined || far === undefined) break;
      const difference = side < 0 ? near - far : far - near;
      differences.set(difference, (differences.get(difference) ?? 0) + 1);
      if (i === 1 && !from) from = { frame: near, distance: -side };
    }
  }
  const best = [...differences].sort((a, b) => b[1] - a[1])[0];
  if (!from || !best || best[1] < NEIGHBOURS - 1 || best[0] === 0n) return undefined;
  const [step] = best;
  return { step, from: from.frame, distance: from.distance };
}
