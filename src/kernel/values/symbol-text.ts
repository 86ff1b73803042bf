import type { VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/** The symbol that an address lies in, and the distance from its start. */
export interface NamedPlace {
  readonly symbol: string;
  readonly offset: number;
  /** The name is a module's, whose memory begins there. */
  readonly isModule?: true;
}

/**
 * The symbol that a word points into, where it can be an address of the kernel or a module. Undefined for all other
 * words.
 */
export function placeOf(target: Target, word: bigint): NamedPlace | undefined {
  try {
    const address = word as VAddr;
    if (!target.symbols.inRange(address)) return undefined;
    const found = target.symbols.at(address);
    if (!found) return undefined;
    const { symbol, offset } = found;
    return symbol.type === 'm' && symbol.module !== undefined
      ? { symbol: symbol.module, offset, isModule: true }
      : { symbol: symbol.name, offset };
  } catch (error) {
    // Without symbols no word has a name.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
