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

/**
 * A place as crash names it: `schedule`, `init_task+168` (the distance in hexadecimal with radix 16), `(faulty)` for
 * the start of a module.
 */
export function namedPlaceText({ symbol, offset, isModule }: NamedPlace, radix: 10 | 16): string {
  if (offset === 0) return isModule ? `(${symbol})` : symbol;
  return `${symbol}+${radix === 16 ? `0x${offset.toString(16)}` : offset}`;
}

/** {@link placeOf} as text. */
export function symbolText(target: Target, word: bigint, radix: 10 | 16): string | undefined {
  const place = placeOf(target, word);
  return place && namedPlaceText(place, radix);
}
