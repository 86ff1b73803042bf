import type { VAddr } from '../../base/address.ts';
import { va } from '../../base/address.ts';
import { viewOf } from '../../base/bytes.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';
import { taskOfStack } from '../stacktrace/task-at.ts';
import type { Thing, ThingName, WaitEvidence } from './types.ts';

/** Bytes behind a symbol that still count as its variable: a structure that holds locks may be large. */
const REACH = 0x4000;

/** A thing with its symbol, or with the task on whose stack it lies. */
export function thingAt(target: Target, address: VAddr): Thing {
  const name = nameOf(target, address);
  if (name) return { address, name };
  const owner = taskOfStack(target, address);
  return owner ? { address, onStackOf: owner.pid } : { address };
}

/** The variable that an address lies in; undefined for memory that was allocated. */
export function nameOf(target: Target, address: VAddr): ThingName | undefined {
  try {
    if (!target.symbols.inRange(address)) return undefined;
    const found = target.symbols.at(address);
    if (!found || found.offset > REACH) return undefined;
    const { symbol, offset } = found;
    const { module } = symbol;
    return { symbol: symbol.name, offset, ...(module === undefined ? {} : { module }) };
  } catch (error) {
    // Without symbols nothing has a name.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}

/** A word of memory as evidence; nothing where it cannot be read. */
export function evidenceAt(target: Target, what: string, address: VAddr): readonly WaitEvidence[] {
  const value = target.kernel.tryWord(address);
  return value === undefined ? [] : [{ what, address, value }];
}

/** As {@link evidenceAt}, for a member of 32 bits: a counter, flags, a spinlock. */
export function evidence32At(
  target: Target,
  what: string,
  address: VAddr,
): readonly WaitEvidence[] {
  const bytes = target.kernel.tryRead(address, 4);
  if (!bytes) return [];
  return [{ what, address, value: BigInt(viewOf(bytes).getUint32(0, true)) }];
}

/** The word at an address as an address, or 0. */
export const pointerAt = (target: Target, address: VAddr): VAddr =>
  va(target.kernel.tryWord(address) ?? 0n);
