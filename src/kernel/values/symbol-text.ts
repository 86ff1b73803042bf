import type { VAddr } from '../../base/address.ts';
import { CrashError } from '../../base/errors.ts';
import type { Target } from '../core/target.ts';

/**
 * A word as crash names it where it can be an address of the kernel or a module: `schedule`, `init_task+168` (the
 * distance in hexadecimal with radix 16), `(faulty)` for the start of a module. Undefined for anything else.
 */
export function symbolText(target: Target, word: bigint, radix: 10 | 16): string | undefined {
  try {
    const address = word as VAddr;
    if (!target.symbols.inRange(address)) return undefined;
    const found = target.symbols.at(address);
    if (!found) return undefined;
    const { symbol, offset } = found;
    const isMark = symbol.type === 'm' && symbol.module !== undefined;
    const name = isMark ? (symbol.module ?? symbol.name) : symbol.name;
    if (offset === 0) return isMark ? `(${name})` : name;
    return `${name}+${radix === 16 ? `0x${offset.toString(16)}` : offset}`;
  } catch (error) {
    // Without symbols a word is a word.
    if (error instanceof CrashError) return undefined;
    throw error;
  }
}
